package matrix

import (
	"context"

	"github.com/lectern-project/lectern/internal/reconcile"
)

// reembedding moves the whole book to the other embedding space and drops the one that it had:
// backfill, switch, drop.
var reembedding = operation{
	name: "re-embed", stride: 32, before: state{edition: 1}, apply: same,
	run: func(ctx context.Context, r *replica, p *page) error {
		to := r.embedders[0].Space()
		if p.to != to.ID() {
			to = r.embedders[1].Space()
		}
		_, err := r.reconcile.Move(ctx, reconcile.Move{To: to, DropOld: true})
		return err
	},
	ended: func(a *attempt) {
		spaces, err := a.home.store.ListSpaces(a.t.Context())
		a.ok(err)
		if len(spaces) != 1 || spaces[0].ID() != a.page.to {
			a.errorf("the spaces are %+v, not %s alone", spaces, a.page.to)
		}
	},
}

// other is the id of the embedding space that the book does not have.
func (w *world) other() string {
	w.t.Helper()
	active, err := w.home.store.ActiveSpace(w.t.Context())
	w.ok(err)
	for _, e := range w.home.embedders {
		if id := e.Space().ID(); id != active.ID() {
			return id
		}
	}
	return ""
}
