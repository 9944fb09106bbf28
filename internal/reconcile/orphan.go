package reconcile

import (
	"context"
	"slices"

	"github.com/lectern-project/lectern/internal/store"
)

// absent is the state of a space that is not there.
const absent store.SpaceState = ""

// orphans returns the collections that belong to no space. A space is in the relational store before
// its collection is made and until that is dropped, so one without a space was brought back by an
// older snapshot of the index.
func (r *Reconciler) orphans(ctx context.Context) ([]string, error) {
	ids, err := r.index.Collections(ctx)
	if err != nil {
		return nil, err
	}
	spaces, err := r.store.ListSpaces(ctx) // after the collections: what was made since is there
	if err != nil {
		return nil, err
	}
	orphans := []string{}
	for _, id := range ids {
		if !slices.ContainsFunc(spaces, func(s store.SpaceStatus) bool { return s.ID() == id }) {
			orphans = append(orphans, id)
		}
	}
	return orphans, nil
}
