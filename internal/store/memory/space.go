package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// active returns the active space, or NotFound.
func (st *state) active() (book.Space, error) {
	for _, s := range st.spaces {
		if s.State == store.SpaceActive {
			return s.Space, nil
		}
	}
	return book.Space{}, book.Errorf(book.NotFound, "there is no embedding space yet")
}

func (st *state) spaceIDs() []string { return slices.Sorted(maps.Keys(st.spaces)) }

// space returns a space, or NotFound.
func (st *state) space(id string) (store.SpaceStatus, error) {
	s, ok := st.spaces[id]
	if !ok {
		return s, book.Errorf(book.NotFound, "there is no embedding space %q", id)
	}
	return s, nil
}

// checkSpace returns NotFound for a space to which no point may be written.
func (st *state) checkSpace(id string) error {
	s, err := st.space(id)
	if err == nil && s.State == store.SpaceRetired {
		return book.Errorf(book.NotFound, "the embedding space %q is retired", id)
	}
	return err
}

// retired returns a Conflict for a space that is not retired.
func (st *state) retired(id string) error {
	s, err := st.space(id)
	if err == nil && s.State != store.SpaceRetired {
		return book.Errorf(book.Conflict, "the embedding space %q is not retired", id)
	}
	return err
}

// ActiveSpace implements store.Spaces.
func (s *Store) ActiveSpace(ctx context.Context) (store.ActiveSpace, error) {
	st, err := s.view(ctx)
	if err != nil {
		return store.ActiveSpace{}, err
	}
	active, err := st.active()
	return store.ActiveSpace{Space: active, Activation: st.activation}, err
}

// EnsureSpace implements store.Spaces.
func (s *Store) EnsureSpace(ctx context.Context, space book.Space) (book.Space, error) {
	err := s.update(ctx, func(tx *transaction) error {
		active, err := tx.active()
		switch {
		case err != nil:
			tx.activation++
		case active.ID() != space.ID():
			space = active
			return nil
		}
		tx.spaces[space.ID()] = store.SpaceStatus{Space: space, State: store.SpaceActive}
		return nil
	})
	if err != nil {
		return book.Space{}, err
	}
	return space, nil
}

// ListSpaces implements store.SpaceChanges.
func (s *Store) ListSpaces(ctx context.Context) ([]store.SpaceStatus, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(st.spaces), func(a, b store.SpaceStatus) int {
		return cmp.Compare(a.ID(), b.ID())
	}), nil
}

// AddSpace implements store.SpaceChanges.
func (s *Store) AddSpace(ctx context.Context, space book.Space) error {
	return s.update(ctx, func(tx *transaction) error {
		if _, err := tx.active(); err != nil {
			return err
		}
		state := tx.spaces[space.ID()].State
		if state != store.SpaceActive {
			state = store.SpaceStandby
		}
		tx.spaces[space.ID()] = store.SpaceStatus{Space: space, State: state}
		return nil
	})
}

// SwitchSpace implements store.SpaceChanges.
func (s *Store) SwitchSpace(ctx context.Context, id string) error {
	return s.update(ctx, func(tx *transaction) error {
		next, err := tx.space(id)
		switch {
		case err != nil || next.State == store.SpaceActive:
			return err
		case next.State == store.SpaceRetired:
			return book.Errorf(book.Conflict, "the embedding space %q is retired; add it again", id)
		}
		for chunkID := range tx.chunks {
			if _, embedded := tx.pointOf[chunkSpace{chunkID, id}]; !embedded && !tx.without[Switch] {
				return book.Wrap(book.Conflict, store.ErrStale,
					"a chunk has no point in the embedding space %q; fill it first", id)
			}
		}
		active, err := tx.active()
		if err != nil {
			return err
		}
		tx.spaces[active.ID()] = store.SpaceStatus{Space: active, State: store.SpaceStandby}
		tx.spaces[id] = store.SpaceStatus{Space: next.Space, State: store.SpaceActive}
		tx.activation++
		return nil
	})
}

// RetireSpace implements store.SpaceChanges.
func (s *Store) RetireSpace(ctx context.Context, id string) error {
	return s.update(ctx, func(tx *transaction) error {
		space, err := tx.space(id)
		if err != nil {
			return err
		}
		if space.State == store.SpaceActive {
			return book.Errorf(book.Conflict, "the embedding space %q is active; switch to another "+
				"one first", id)
		}
		tx.spaces[id] = store.SpaceStatus{Space: space.Space, State: store.SpaceRetired}
		return nil
	})
}

// ReleasePoints implements store.SpaceChanges.
func (s *Store) ReleasePoints(
	ctx context.Context, id string, limit int,
) (due []store.LedgerEntry, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		if err := tx.retired(id); err != nil {
			return err
		}
		var points []chunkSpace
		for at := range tx.pointOf {
			if at.spaceID == id {
				points = append(points, at)
			}
		}
		slices.SortFunc(points, func(a, b chunkSpace) int { return compareIDs(a.chunkID, b.chunkID) })
		for _, at := range page(points, limit) {
			due = append(due, tx.letGo(at)...)
		}
		return nil
	})
	return due, err
}

// ForgetSpace implements store.SpaceChanges.
func (s *Store) ForgetSpace(ctx context.Context, id string) error {
	return s.update(ctx, func(tx *transaction) error {
		if err := tx.retired(id); err != nil {
			return err
		}
		used := false
		for at := range tx.pointOf {
			used = used || at.spaceID == id
		}
		for _, r := range tx.ledger {
			used = used || r.spaceID == id
		}
		if used {
			return book.Errorf(book.Conflict, "the embedding space %q still has points; release "+
				"and settle them first", id)
		}
		delete(tx.spaces, id)
		return nil
	})
}
