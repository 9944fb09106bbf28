package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// spacesLock is the key of the advisory lock that every commit of points holds shared, and whoever
// changes the state of a space holds alone. Unlike a row lock it is given out in the order of
// asking, so that commits cannot starve a switch.
const spacesLock = 0x4c656374_0001 // "Lect", 1

// ActiveSpace implements store.Spaces.
func (s *Store) ActiveSpace(ctx context.Context) (store.ActiveSpace, error) {
	row, err := activeSpace(ctx, s.read)
	return activeOf(row), s.translate(ctx, err)
}

// EnsureSpace implements store.Spaces.
func (s *Store) EnsureSpace(ctx context.Context, space book.Space) (book.Space, error) {
	active, err := s.ActiveSpace(ctx)
	switch {
	case book.CodeOf(err) == book.NotFound:
		// When another was first, this inserts nothing.
		err = s.read.InsertFirstSpace(ctx, postgresdb.InsertFirstSpaceParams(insertion(space)))
	case err == nil && active.ID() == space.ID() && active.DenseWeight != space.DenseWeight:
		err = s.read.SetDenseWeight(ctx, postgresdb.SetDenseWeightParams{
			ID: space.ID(), DenseWeight: space.DenseWeight,
		})
	default:
		return active.Space, err
	}
	if err != nil {
		return book.Space{}, s.translate(ctx, err)
	}
	active, err = s.ActiveSpace(ctx)
	return active.Space, err
}

// ListSpaces implements store.SpaceChanges.
func (s *Store) ListSpaces(ctx context.Context) ([]store.SpaceStatus, error) {
	rows, err := s.read.ListSpaces(ctx)
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	spaces := make([]store.SpaceStatus, len(rows))
	for i, row := range rows {
		spaces[i] = store.SpaceStatus{Space: spaceOf(row), State: store.SpaceState(row.State)}
	}
	return spaces, nil
}

// AddSpace implements store.SpaceChanges.
func (s *Store) AddSpace(ctx context.Context, space book.Space) error {
	return s.changeSpaces(ctx, func(tx *transaction) error {
		if _, err := activeSpace(ctx, tx.Queries); err != nil {
			return err
		}
		return tx.AddSpace(ctx, insertion(space))
	})
}

// SwitchSpace implements store.SpaceChanges.
func (s *Store) SwitchSpace(ctx context.Context, id string) error {
	return s.changeSpaces(ctx, func(tx *transaction) error {
		state, err := tx.spaceState(ctx, id)
		switch {
		case err != nil || state == store.SpaceActive:
			return err
		case state == store.SpaceRetired:
			return book.Errorf(book.Conflict, "embedding space %q is retired; add it again first", id)
		}
		lacking, err := tx.LacksPoints(ctx, id)
		if err != nil {
			return err
		}
		if lacking {
			return book.Wrap(book.Conflict, store.ErrStale,
				"some chunks have no point in embedding space %q yet; fill it and try again", id)
		}
		if err := tx.DemoteActive(ctx); err != nil {
			return err
		}
		return tx.ActivateSpace(ctx, id)
	})
}

// RetireSpace implements store.SpaceChanges.
func (s *Store) RetireSpace(ctx context.Context, id string) error {
	return s.changeSpaces(ctx, func(tx *transaction) error {
		state, err := tx.spaceState(ctx, id)
		if err != nil {
			return err
		}
		if state == store.SpaceActive {
			return book.Errorf(book.Conflict, "embedding space %q is the active one; "+
				"switch to another first", id)
		}
		return tx.SetSpaceState(ctx, stateChange(id, store.SpaceRetired))
	})
}

// ForgetSpace implements store.SpaceChanges.
func (s *Store) ForgetSpace(ctx context.Context, id string) error {
	return s.changeSpaces(ctx, func(tx *transaction) error {
		if err := tx.checkRetired(ctx, id); err != nil {
			return err
		}
		err := tx.DeleteSpace(ctx, id)
		if dangling(err) {
			return book.Wrap(book.Conflict, err, "embedding space %q still has points; "+
				"release and settle them first", id)
		}
		return err
	})
}

// changeSpaces runs f in a transaction that no commit of points overlaps.
func (s *Store) changeSpaces(ctx context.Context, f func(tx *transaction) error) error {
	return s.update(ctx, func(tx *transaction) error {
		if err := tx.ChangeSpaces(ctx, spacesLock); err != nil {
			return err
		}
		return f(tx)
	})
}

func activeSpace(
	ctx context.Context, q *postgresdb.Queries,
) (postgresdb.EmbeddingSpace, error) {
	row, err := q.ActiveSpace(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		err = book.Errorf(book.NotFound, "there is no embedding space yet")
	}
	return row, err
}

// checkInUse returns NotFound when there is no such space or it is retired.
func checkInUse(ctx context.Context, q *postgresdb.Queries, id string) error {
	inUse, err := q.SpaceInUse(ctx, id)
	if err == nil && !inUse {
		return noSpace(id)
	}
	return err
}

func (tx *transaction) spaceState(ctx context.Context, id string) (store.SpaceState, error) {
	state, err := tx.SpaceState(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", noSpace(id)
	}
	return store.SpaceState(state), err
}

// checkRetired returns Conflict when the space is not retired, NotFound when there is none.
func (tx *transaction) checkRetired(ctx context.Context, id string) error {
	state, err := tx.spaceState(ctx, id)
	if err == nil && state != store.SpaceRetired {
		return book.Errorf(book.Conflict, "embedding space %q is not retired", id)
	}
	return err
}

func stateChange(id string, state store.SpaceState) postgresdb.SetSpaceStateParams {
	return postgresdb.SetSpaceStateParams{ID: id, State: string(state)}
}

func insertion(s book.Space) postgresdb.AddSpaceParams {
	return postgresdb.AddSpaceParams{
		ID:             s.ID(),
		Provider:       s.Provider,
		Model:          s.Model,
		Dimensions:     int64(s.Dimensions),
		PrefixVersion:  int64(s.PrefixVersion),
		LexicalVersion: int64(s.LexicalVersion),
		DenseWeight:    s.DenseWeight,
	}
}

func activeOf(row postgresdb.EmbeddingSpace) store.ActiveSpace {
	return store.ActiveSpace{Space: spaceOf(row), Activation: row.Activation}
}

func spaceOf(row postgresdb.EmbeddingSpace) book.Space {
	return book.Space{
		Provider:       row.Provider,
		Model:          row.Model,
		Dimensions:     int(row.Dimensions),
		PrefixVersion:  int(row.PrefixVersion),
		LexicalVersion: int(row.LexicalVersion),
		DenseWeight:    row.DenseWeight,
	}
}

func noSpace(id string) error {
	return book.Errorf(book.NotFound, "there is no embedding space %q in use", id)
}
