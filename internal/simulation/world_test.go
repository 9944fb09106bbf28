package simulation

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/memory"
	"github.com/lectern-project/lectern/internal/vector"
)

// The accounts. The owner writes everything; the heir is given documents.
var (
	owner = uuid.MustParse("aaaaaaaa-0000-4000-8000-000000000001")
	heir  = uuid.MustParse("bbbbbbbb-0000-4000-8000-000000000002")
)

// clock is the clock of the relational store: only the scheduler moves it. Deadlines and pauses go by
// the clocks of the processes, which have nothing to do with it; see simulation.tick.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	moved func(by time.Duration) // tells a store that has a clock of its own
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
	if c.moved != nil {
		c.moved(by)
	}
}

// stores are the stores that a schedule runs over.
type stores struct {
	relational store.Store
	index      vector.Index
	without    memory.Rule // the rule that is missing
	together   int         // how many calls may be let through at once
}

// embedders are those of the two spaces between which the book moves.
var embedders = []embed.Embedder{embedtest.NewFake(4), embedtest.NewFake(6)}

// services is the code under test over some stores.
type services struct {
	ingest    *ingest.Service
	reconcile *reconcile.Reconciler
	retrieve  *retrieve.Service
}

func servicesOver(s relational, x vector.Index) services {
	set := embed.NewSet(embedders...)
	svc := ingest.New(s, x, set)
	return services{
		ingest: svc, reconcile: reconcile.New(s, x, svc), retrieve: retrieve.New(s, x, set),
	}
}

// prepare makes accounts, the first space and the first version of each document.
func (s stores) prepare(ctx context.Context) error {
	for id, name := range map[uuid.UUID]string{owner: "owner", heir: "heir"} {
		u := book.User{ID: id, Username: name, Email: name + "@example.org", Role: book.Editor}
		if _, err := s.relational.CreateUser(ctx, u); err != nil {
			return err
		}
	}
	space, err := s.relational.EnsureSpace(ctx, embedders[0].Space())
	if err != nil {
		return err
	}
	if err := s.index.Ensure(ctx, space); err != nil {
		return err
	}
	svc := servicesOver(s.relational, s.index)
	for _, doc := range docs {
		if _, err := svc.ingest.Ingest(ctx, ingest.Request{
			OwnerID: owner, DocID: doc, Text: texts[doc][1],
		}); err != nil {
			return err
		}
	}
	return nil
}
