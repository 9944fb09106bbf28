package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// ActiveSpace implements store.Spaces.
func (s *Store) ActiveSpace(ctx context.Context) (store.ActiveSpace, error) {
	row, err := activeSpace(ctx, s.read)
	return activeOf(row), s.translate(ctx, err)
}

// EnsureSpace implements store.Spaces.
func (s *Store) EnsureSpace(ctx context.Context, space book.Space) (book.Space, error) {
	active, err := s.ActiveSpace(ctx)
	if err == nil && (active.ID() != space.ID() || active.Space == space) {
		return active.Space, nil
	}
	if err != nil && book.CodeOf(err) != book.NotFound {
		return book.Space{}, err
	}
	err = s.update(ctx, func(ctx context.Context, tx *transaction) error {
		row, err := tx.ActiveSpace(ctx)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return tx.InsertFirstSpace(ctx, sqlitedb.InsertFirstSpaceParams(insertion(space)))
		case err != nil:
			return err
		case row.ID != space.ID():
			space = spaceOf(row)
			return nil
		}
		return tx.SetDenseWeight(ctx, weightChange(space))
	})
	if err != nil {
		return book.Space{}, err
	}
	return space, nil
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
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		if _, err := activeSpace(ctx, tx.Queries); err != nil {
			return err
		}
		state, err := tx.spaceState(ctx, space.ID())
		if book.CodeOf(err) == book.NotFound {
			return tx.InsertSpace(ctx, insertion(space))
		}
		if err != nil {
			return err
		}
		if err := tx.SetDenseWeight(ctx, weightChange(space)); err != nil {
			return err
		}
		if state == store.SpaceRetired {
			return tx.SetSpaceState(ctx, stateChange(space.ID(), store.SpaceStandby))
		}
		return nil
	})
}

// SwitchSpace implements store.SpaceChanges.
func (s *Store) SwitchSpace(ctx context.Context, id string) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
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
		active, err := tx.ActiveSpace(ctx)
		if err != nil {
			return err
		}
		if err := tx.SetSpaceState(ctx, stateChange(active.ID, store.SpaceStandby)); err != nil {
			return err
		}
		return tx.ActivateSpace(ctx, id)
	})
}

// RetireSpace implements store.SpaceChanges.
func (s *Store) RetireSpace(ctx context.Context, id string) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
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

// ReleasePoints implements store.SpaceChanges.
func (s *Store) ReleasePoints(
	ctx context.Context, id string, limit int,
) (due []store.LedgerEntry, err error) {
	err = s.update(ctx, func(ctx context.Context, tx *transaction) error {
		if err := tx.checkRetired(ctx, id); err != nil {
			return err
		}
		rows, err := tx.SpacePoints(ctx, sqlitedb.SpacePointsParams{
			SpaceID: id, Limit: int64(limit),
		})
		if err != nil {
			return err
		}
		points := make([]point, len(rows))
		for i, vectorID := range rows {
			points[i] = point{id: vectorID, spaceID: id}
		}
		due, err = tx.letGo(ctx, points)
		return err
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

// ForgetSpace implements store.SpaceChanges.
func (s *Store) ForgetSpace(ctx context.Context, id string) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
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

func activeSpace(ctx context.Context, q *sqlitedb.Queries) (sqlitedb.EmbeddingSpace, error) {
	row, err := q.ActiveSpace(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = book.Errorf(book.NotFound, "there is no embedding space yet")
	}
	return row, err
}

func (tx *transaction) spaceState(ctx context.Context, id string) (store.SpaceState, error) {
	state, err := tx.SpaceState(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", noSpace(id)
	}
	return store.SpaceState(state), err
}

// checkInUse returns NotFound when there is no such space or it is retired.
func (tx *transaction) checkInUse(ctx context.Context, id string) error {
	state, err := tx.spaceState(ctx, id)
	if err == nil && state == store.SpaceRetired {
		return noSpace(id)
	}
	return err
}

// checkRetired returns Conflict when the space is not retired, NotFound when there is none.
func (tx *transaction) checkRetired(ctx context.Context, id string) error {
	state, err := tx.spaceState(ctx, id)
	if err == nil && state != store.SpaceRetired {
		return book.Errorf(book.Conflict, "embedding space %q is not retired", id)
	}
	return err
}

func noSpace(id string) error {
	return book.Errorf(book.NotFound, "there is no embedding space %q in use", id)
}

func stateChange(id string, state store.SpaceState) sqlitedb.SetSpaceStateParams {
	return sqlitedb.SetSpaceStateParams{ID: id, State: string(state)}
}

func weightChange(s book.Space) sqlitedb.SetDenseWeightParams {
	return sqlitedb.SetDenseWeightParams{ID: s.ID(), DenseWeight: s.DenseWeight}
}

func insertion(s book.Space) sqlitedb.InsertSpaceParams {
	return sqlitedb.InsertSpaceParams{
		ID:             s.ID(),
		Provider:       s.Provider,
		Model:          s.Model,
		Dimensions:     int64(s.Dimensions),
		PrefixVersion:  int64(s.PrefixVersion),
		LexicalVersion: int64(s.LexicalVersion),
		DenseWeight:    s.DenseWeight,
	}
}

func activeOf(row sqlitedb.EmbeddingSpace) store.ActiveSpace {
	return store.ActiveSpace{Space: spaceOf(row), Activation: row.Activation}
}

func spaceOf(row sqlitedb.EmbeddingSpace) book.Space {
	return book.Space{
		Provider:       row.Provider,
		Model:          row.Model,
		Dimensions:     int(row.Dimensions),
		PrefixVersion:  int(row.PrefixVersion),
		LexicalVersion: int(row.LexicalVersion),
		DenseWeight:    row.DenseWeight,
	}
}
