package reconcile

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// Move is a move of the book to another embedding space.
type Move struct {
	To   book.Space
	Pace Pace
	// Filled, if not nil, is called before the switch, when the space has a point for every chunk;
	// an error of it ends the move there.
	Filled func(ctx context.Context, from, to book.Space) error
	// DropOld drops all other spaces afterwards.
	DropOld bool
}

// Moved says what a Move did.
type Moved struct {
	From    string   `json:"from"` // the space that was active
	To      string   `json:"to"`   // the one that is now
	Dropped []string `json:"dropped"`
}

// Move makes m.To the active space while the book is read and written: it adds the space if it is
// absent, fills it and switches. What was done stays done when it breaks off, and another Move goes
// on from there. Conflict while another replica moves the book; the errors of AddSpace, Switch and
// DropSpace.
func (r *Reconciler) Move(ctx context.Context, m Move) (Moved, error) {
	moved := Moved{Dropped: []string{}}
	led, err := r.store.Lead(ctx, "move", func(ctx context.Context) error {
		if err := r.move(ctx, m, &moved); err != nil || !m.DropOld {
			return err
		}
		return r.dropOthers(ctx, &moved)
	})
	if err == nil && !led {
		err = book.Errorf(book.Conflict, "the book is being moved to another embedding space already; "+
			"wait until that has finished")
	}
	return moved, err
}

func (r *Reconciler) move(ctx context.Context, m Move, moved *Moved) error {
	from, err := r.store.ActiveSpace(ctx)
	if err != nil {
		return err
	}
	moved.From, moved.To = from.ID(), m.To.ID()
	if moved.From == moved.To {
		return r.PointAlias(ctx)
	}
	if err := r.AddSpace(ctx, m.To); err != nil {
		return err
	}
	if err := r.Backfill(ctx, m.To, m.Pace); err != nil {
		return err
	}
	if m.Filled != nil {
		if err := m.Filled(ctx, from.Space, m.To); err != nil {
			return err
		}
	}
	if err := r.Switch(ctx, m.To, m.Pace); err != nil {
		return err
	}
	return r.PointAlias(ctx)
}

// PointAlias lets the alias of an index that has one name the collection of the active space. Nothing
// of ours reads through it.
func (r *Reconciler) PointAlias(ctx context.Context) error {
	index, ok := r.index.(interface {
		PointAlias(ctx context.Context, spaceID string) error
	})
	if !ok {
		return nil
	}
	active, err := r.store.ActiveSpace(ctx)
	if err != nil {
		return err
	}
	return index.PointAlias(ctx, active.ID())
}

// dropOthers drops every space but the active one.
func (r *Reconciler) dropOthers(ctx context.Context, moved *Moved) error {
	spaces, err := r.store.ListSpaces(ctx)
	if err != nil {
		return err
	}
	for _, s := range spaces {
		if s.State == store.SpaceActive {
			continue
		}
		if err := r.DropSpace(ctx, s.Space); err != nil {
			return err
		}
		moved.Dropped = append(moved.Dropped, s.ID())
	}
	return nil
}
