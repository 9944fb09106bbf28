package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// ActiveSpace implements store.Spaces.
func (s *Store) ActiveSpace(ctx context.Context) (book.Space, error) {
	row, err := s.read.ActiveSpace(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return book.Space{}, book.Errorf(book.NotFound, "there is no embedding space yet")
	}
	return spaceOf(row), s.translate(ctx, err)
}

// EnsureSpace implements store.Spaces.
func (s *Store) EnsureSpace(ctx context.Context, space book.Space) (book.Space, error) {
	if active, err := s.ActiveSpace(ctx); book.CodeOf(err) != book.NotFound {
		return active, err
	}
	err := s.update(ctx, func(ctx context.Context, tx *transaction) error {
		row, err := tx.ActiveSpace(ctx)
		if err == nil {
			space = spaceOf(row)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return tx.InsertSpace(ctx, sqlitedb.InsertSpaceParams{
			ID:             space.ID(),
			Provider:       space.Provider,
			Model:          space.Model,
			Dimensions:     int64(space.Dimensions),
			PrefixVersion:  int64(space.PrefixVersion),
			LexicalVersion: int64(space.LexicalVersion),
			DenseWeight:    space.DenseWeight,
		})
	})
	if err != nil {
		return book.Space{}, err
	}
	return space, nil
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

// checkSpace returns NotFound when there is no such space.
func (tx *transaction) checkSpace(ctx context.Context, id string) error {
	count, err := tx.SpaceExists(ctx, id)
	if err == nil && count == 0 {
		return book.Errorf(book.NotFound, "there is no embedding space %q", id)
	}
	return err
}
