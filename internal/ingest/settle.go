package ingest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
)

// Settle deletes from the index the points of those entries that no chunk refers to, and takes
// the entries off the ledger. It may run any number of times, in any order, in several places.
func (s *Service) Settle(ctx context.Context, entries []store.LedgerEntry) (err error) {
	if len(entries) == 0 {
		return nil
	}
	ctx, end := s.Telemetry.Stage(ctx, telemetry.Settle)
	defer end(&err)
	astray := map[string][]uuid.UUID{}
	for _, e := range entries {
		if !e.Referenced {
			astray[e.SpaceID] = append(astray[e.SpaceID], e.VectorID)
		}
	}
	failpoint.Hit("settle.beforeDelete")
	for _, spaceID := range slices.Sorted(maps.Keys(astray)) { // in order: the simulation repeats it
		err := s.index.Delete(ctx, spaceID, astray[spaceID])
		if err != nil && book.CodeOf(err) != book.NotFound { // no collection, no points
			return err
		}
	}
	failpoint.Hit("settle.afterDelete")
	_, err = s.store.Drop(ctx, entries)
	return err
}

// settleNow settles what a write has let go. The write is done and stays done: an error here is
// left to Drain, which finds the entries on the ledger.
func (s *Service) settleNow(ctx context.Context, entries []store.LedgerEntry) {
	failpoint.Hit("write.afterCommit")
	ctx, cancel := afterwards(ctx)
	defer cancel()
	_ = s.Settle(ctx, entries)
}

// afterwards is the context of what a write does at its end and Drain can do as well. It goes on
// although the caller may be gone, but a store that hangs does not hold up the answer.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}

// overtaken reports whether a write has to start over.
func overtaken(err error) bool { return errors.Is(err, store.ErrStale) }
