// Package reconcile brings the two stores into agreement again after a writer has stopped half-way
// (Drain), and looks whether they agree (Audit).
package reconcile

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// batch is how many rows or points are handled at once.
const batch = 256

// Store is what reconciling needs of the relational store.
type Store interface {
	store.Points
	store.Ledger
	store.Spaces
}

// Reconciler settles the ledger and audits the stores. It is safe for concurrent use, also by several
// processes over the same stores.
type Reconciler struct {
	store  Store
	index  vector.Index
	ingest *ingest.Service
}

// New returns a Reconciler over the stores that svc writes to.
func New(s Store, index vector.Index, svc *ingest.Service) *Reconciler {
	return &Reconciler{store: s, index: index, ingest: svc}
}

// Drained says what a Drain did.
type Drained struct {
	Expired   int // writing rows whose lease had ended
	Settled   int // due rows
	Rewritten int // points of a wrong scope
}

// Drain settles what is due and rewrites points of a wrong scope, until nothing is left
// or ctx ends. Rows whose writer has stopped are made due first, in a transaction of their own:
// from then on that writer's commit must fail, so its points can be deleted safely.
func (r *Reconciler) Drain(ctx context.Context) (Drained, error) {
	var done Drained
	for {
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
	for {
		entries, err := r.store.ListDue(ctx, batch)
		if err != nil || len(entries) == 0 {
			return done, r.rescope(ctx, &done, err)
		}
		if err := r.ingest.Settle(ctx, entries); err != nil {
			return done, err
		}
		done.Settled += len(entries)
	}
}

// rescope rewrites the points of a wrong scope in the active space.
func (r *Reconciler) rescope(ctx context.Context, done *Drained, err error) error {
	if err != nil {
		return err
	}
	space, err := r.store.ActiveSpace(ctx)
	if book.CodeOf(err) == book.NotFound {
		return nil // an empty store
	}
	if err != nil {
		return err
	}
	after := uuid.Nil
	for {
		bases, err := r.store.ListMisscoped(ctx, space.ID(), "", after, batch)
		if err != nil || len(bases) == 0 {
			return err
		}
		n, err := r.ingest.Rewrite(ctx, space, bases, false)
		if err != nil {
			return err
		}
		done.Rewritten += n
		after = bases[len(bases)-1].ChunkID
	}
}
