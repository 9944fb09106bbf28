package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// maxSwitches is how often a switch is tried again because chunks were ingested in between.
const maxSwitches = 20

// AddSpace makes a space with an empty collection that can be filled and switched to. One that is
// there already stays as it is. Conflict when the space is being dropped or may still be, and when its
// collection is another's.
func (r *Reconciler) AddSpace(ctx context.Context, space book.Space) error {
	dropping, err := r.dropping(ctx, space.ID())
	if err != nil {
		return err
	}
	if dropping {
		return beingDropped(space.ID())
	}
	if err := r.store.AddSpace(ctx, space); err != nil {
		return err
	}
	failpoint.Hit("space.afterAdd")
	// Who drops a collection without a space announces that and then looks for the space; one of
	// the two sees the other.
	if dropping, err = r.dropping(ctx, space.ID()); err != nil {
		return err
	}
	if dropping {
		return beingDropped(space.ID())
	}
	if err := r.index.Ensure(ctx, space); err != nil {
		return err
	}
	failpoint.Hit("space.afterEnsure")
	return nil
}

func beingDropped(spaceID string) error {
	return book.Errorf(book.Conflict, "the embedding space %s is being dropped, which takes up to "+
		"a day when a call was lost; try again later, or choose another", spaceID)
}

// Switch makes the space the active one: it fills what lacks a point there, rewrites points of a
// wrong scope and lets one transaction of the store switch, again and again while documents are
// ingested in between. Conflict when that does not end, or the space is retired; NotFound when
// there is no such space; the errors of Backfill.
func (r *Reconciler) Switch(ctx context.Context, space book.Space, pace Pace) error {
	for attempt := 1; ; attempt++ {
		if err := r.Backfill(ctx, space, pace); err != nil {
			return err
		}
		failpoint.Hit("switch.afterBackfill")
		n, err := r.rescope(ctx, space, newBudget())
		r.counters.rewritten.Add(int64(n))
		if err != nil {
			return err
		}
		failpoint.Hit("switch.afterRescope")
		err = r.store.SwitchSpace(ctx, space.ID())
		failpoint.Hit("switch.afterSwitch")
		if !errors.Is(err, store.ErrStale) {
			return err
		}
		if attempt == maxSwitches {
			return book.Wrap(book.Conflict, err, "documents keep being ingested faster than %s can be "+
				"filled; try again when fewer are written", space.ID())
		}
	}
}

// DropSpace retires a space on standby and empties it. What cannot be done at once, since the fate of
// some of its points is not settled yet, is left to Drain. Conflict when it is active, NotFound when
// there is none.
func (r *Reconciler) DropSpace(ctx context.Context, space book.Space) error {
	if err := r.store.RetireSpace(ctx, space.ID()); err != nil {
		return err
	}
	failpoint.Hit("space.afterRetire")
	return r.empty(ctx, space, newBudget())
}

// empty lets chunks go of the points of a retired space, deletes those, drops the collection and
// forgets the space, as far as it can. It may run any number of times and in several places.
func (r *Reconciler) empty(ctx context.Context, space book.Space, b *budget) error {
	for {
		if !b.take() {
			return nil
		}
		entries, err := r.store.ReleasePoints(ctx, space.ID(), batch)
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			break
		}
		failpoint.Hit("space.afterRelease")
		if err := r.ingest.Settle(ctx, entries); err != nil {
			return err
		}
	}
	failpoint.Hit("space.afterSettle")
	dropped, err := r.dropCollection(ctx, space.ID(), store.SpaceRetired)
	if err != nil || !dropped {
		return err
	}
	failpoint.Hit("space.afterDrop")
	err = r.store.ForgetSpace(ctx, space.ID())
	failpoint.Hit("space.afterForget")
	if gone(err) {
		return nil // or rows of it are still on the ledger
	}
	return err
}

// gone reports whether a retired space is not one any more.
func gone(err error) bool {
	code := book.CodeOf(err)
	return err != nil && (code == book.Conflict || code == book.NotFound)
}

// dropCollection drops the collection of a space without points that is retired, or absent, and
// reports whether there is none any more.
//
// A call that drops a collection must not land in one of that name that was made anew. So it is
// announced on the ledger like a write of points, under an id that belongs to the space: the row
// keeps others from dropping and from making the space anew until it is certain that no call can
// land any more.
func (r *Reconciler) dropCollection(
	ctx context.Context, spaceID string, state store.SpaceState,
) (bool, error) {
	if _, err := r.index.Count(ctx, spaceID); book.CodeOf(err) == book.NotFound {
		return true, nil
	}
	active, err := r.store.ActiveSpace(ctx)
	if err != nil {
		return false, err
	}
	mark := []uuid.UUID{dropMark(spaceID)}
	lease := r.ingest.LongestWrite()
	err = r.store.Reserve(ctx, active.ID(), mark, lease)
	if book.CodeOf(err) == book.Conflict {
		return false, nil // somebody else drops it, or may still
	}
	if err != nil {
		return false, err
	}
	failpoint.Hit("space.afterMark")
	dropped, late, err := r.dropIn(ctx, spaceID, state, lease*3/4)
	failpoint.Hit("space.afterCollection")
	return dropped, errors.Join(err, r.unmark(ctx, mark, late))
}

// dropIn drops the collection if the space is in this state. late is true when a call that drops it
// may land again.
func (r *Reconciler) dropIn(
	ctx context.Context, spaceID string, state store.SpaceState, timeout time.Duration,
) (dropped, late bool, err error) {
	is, err := r.state(ctx, spaceID)
	if err != nil || is != state {
		return false, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = r.index.Drop(ctx, spaceID)
	if errors.Is(err, vector.ErrLate) {
		return true, true, nil
	}
	return err == nil, err != nil && book.CodeOf(err) != book.Conflict, err
}

// unmark takes the mark off the ledger, at once or, if the drop may still land, when it cannot any
// more. It runs although the caller may be gone.
func (r *Reconciler) unmark(ctx context.Context, mark []uuid.UUID, late bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	entries, err := r.store.Abandon(ctx, mark, late)
	if err != nil {
		return err
	}
	return r.ingest.Settle(ctx, entries)
}

// dropping reports whether the space is retired, or its collection may still be dropped.
func (r *Reconciler) dropping(ctx context.Context, spaceID string) (bool, error) {
	state, err := r.state(ctx, spaceID)
	if err != nil || state == store.SpaceRetired {
		return true, err
	}
	mark := dropMark(spaceID)
	states, err := r.store.LedgerStates(ctx, []uuid.UUID{mark})
	return states[mark] != "", err
}

// state returns the state of a space, or absent.
func (r *Reconciler) state(ctx context.Context, spaceID string) (store.SpaceState, error) {
	spaces, err := r.store.ListSpaces(ctx)
	i := slices.IndexFunc(spaces, func(s store.SpaceStatus) bool { return s.ID() == spaceID })
	if err != nil || i < 0 {
		return absent, err
	}
	return spaces[i].State, nil
}

// dropMarks is the name space of the ids that announce the drop of a collection.
var dropMarks = uuid.MustParse("5b1d7c0e-2f0d-4a55-9f5c-7f1c1f6f0f7a")

func dropMark(spaceID string) uuid.UUID { return uuid.NewSHA1(dropMarks, []byte(spaceID)) }
