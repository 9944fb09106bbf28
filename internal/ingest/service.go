// Package ingest writes documents: it turns a text into chunks and points and brings them into
// both stores so that these never contradict each other, and it keeps folders in step.
//
// Every write of points, whoever asks for it, takes the steps of Service.write: reserve fresh
// vector ids on the ledger, write the points, then let one transaction of the relational store
// refer to them. A writer may stop between any two steps: what it left is on the ledger, and Drain
// settles it.
package ingest

import (
	"time"

	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/vector"
)

// Store is what ingesting needs of the relational store.
type Store interface {
	store.Documents
	store.Points
	store.Ledger
	store.Spaces
}

// Service ingests, changes and deletes documents, and settles the ledger. It is safe for
// concurrent use, also by several processes over the same stores.
type Service struct {
	// Telemetry records stages and outcomes; nil records nothing. It must be set before the first
	// ingest.
	Telemetry *telemetry.Recorder

	store     Store
	index     vector.Index
	embedders embed.Set

	// lease is how long reserved ids are this writer's alone, and writeTimeout, which is
	// shorter, how long writing points may take.
	lease        time.Duration
	writeTimeout time.Duration
}

// New returns a Service over these stores.
func New(s Store, index vector.Index, embedders embed.Set) *Service {
	lease := failpoint.Duration("ingest.lease", 2*time.Minute)
	return &Service{
		store: s, index: index, embedders: embedders,
		lease: lease, writeTimeout: lease * 3 / 4,
	}
}

// LongestWrite is the time after which every write that was under way has ended or lost its lease.
func (s *Service) LongestWrite() time.Duration { return s.lease }
