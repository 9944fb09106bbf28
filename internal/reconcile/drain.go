// Package reconcile brings the two stores into agreement again after a writer has stopped half-way
// (Drain), looks whether they agree (Audit), and moves a book from one embedding space to another
// (Backfill, Switch, Drain for what is left of the old one).
package reconcile

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// batch is how many rows or points are handled at once.
const batch = 256

// What one run of Drain, or of the audit in the background, does at most. The next run goes on.
const (
	maxBatches = 4096 // a million rows or points
	maxRun     = time.Minute
)

// Store is what reconciling needs of the relational store.
type Store interface {
	store.Points
	store.Ledger
	store.Spaces
	store.SpaceChanges
	store.Leadership
}

// Reconciler settles the ledger and audits the stores. It is safe for concurrent use, also by several
// processes over the same stores.
type Reconciler struct {
	store  Store
	index  vector.Index
	ingest *ingest.Service

	counters counters

	// mu guards at, where the audit in the background goes on.
	mu sync.Mutex
	at place
}

// New returns a Reconciler over the stores that svc writes to.
func New(s Store, index vector.Index, svc *ingest.Service) *Reconciler {
	return &Reconciler{store: s, index: index, ingest: svc}
}

// budget bounds a run.
type budget struct {
	batches int
	end     time.Time
}

func newBudget() *budget { return &budget{maxBatches, time.Now().Add(maxRun)} }

// take reports whether there is time for another batch.
func (b *budget) take() bool {
	b.batches--
	return b.batches >= 0 && time.Now().Before(b.end)
}

// Drained says what a Drain did.
type Drained struct {
	Expired   int // writing rows whose lease had ended
	Settled   int // due rows
	Rewritten int // points of a wrong scope
}

// Drain settles what is due, rewrites points of a wrong scope and empties retired spaces, until
// nothing is left, ctx ends, or a million rows or a minute are used up. Where somebody else is
// draining it does nothing. Rows whose writer has stopped are made due first, in a transaction of
// their own: from then on that writer's commit must fail, so its points can be deleted safely.
func (r *Reconciler) Drain(ctx context.Context) (Drained, error) {
	start := time.Now()
	var done Drained
	led, err := r.store.Lead(ctx, "drain", func(ctx context.Context) (err error) {
		done, err = r.drain(ctx, newBudget())
		return err
	})
	if led || err != nil {
		r.counters.drain.ended(start, err)
	}
	r.counters.expired.Add(int64(done.Expired))
	r.counters.settled.Add(int64(done.Settled))
	r.counters.rewritten.Add(int64(done.Rewritten))
	return done, err
}

func (r *Reconciler) drain(ctx context.Context, b *budget) (done Drained, err error) {
	for b.take() {
		n, err := r.store.ExpireLeases(ctx, batch)
		if err != nil {
			return done, err
		}
		done.Expired += n
		if n < batch {
			break
		}
	}
	failpoint.Hit("drain.afterExpire")
	for b.take() {
		entries, err := r.store.ListDue(ctx, batch)
		if err != nil {
			return done, err
		}
		if err := r.ingest.Settle(ctx, entries); err != nil {
			return done, err
		}
		done.Settled += len(entries)
		if len(entries) < batch {
			break
		}
	}
	err = r.drainSpaces(ctx, b, &done)
	return done, err
}

// drainSpaces does what is left to do in each space. A space that cannot be brought into order does
// not keep the others from it.
func (r *Reconciler) drainSpaces(ctx context.Context, b *budget, done *Drained) error {
	spaces, err := r.store.ListSpaces(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, s := range spaces {
		if s.State == store.SpaceRetired {
			failed = append(failed, r.empty(ctx, s.Space, b))
			continue
		}
		n, err := r.rescope(ctx, s.Space, b)
		done.Rewritten += n
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// rescope rewrites the points of a space whose scope is not their document's, and returns how many.
func (r *Reconciler) rescope(ctx context.Context, space book.Space, b *budget) (int, error) {
	done, after := 0, uuid.Nil
	for b.take() {
		bases, err := r.store.ListMisscoped(ctx, space.ID(), "", after, batch)
		if err != nil || len(bases) == 0 {
			return done, err
		}
		n, err := r.ingest.Rewrite(ctx, space, bases, false)
		if err != nil {
			return done, err
		}
		done += n
		after = bases[len(bases)-1].ChunkID
	}
	return done, nil
}
