package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// spacesLock is the key of the advisory lock that every commit of points holds shared, and whoever
// switches the active space holds alone. Unlike a row lock it is given out in the order of asking,
// so that commits cannot starve a switch.
const spacesLock = 0x4c656374_0001 // "Lect", 1

// ActiveSpace implements store.Spaces.
func (s *Store) ActiveSpace(ctx context.Context) (book.Space, error) {
	row, err := s.read.ActiveSpace(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return book.Space{}, book.Errorf(book.NotFound, "there is no embedding space yet")
	}
	return spaceOf(row), s.translate(ctx, err)
}

// EnsureSpace implements store.Spaces.
func (s *Store) EnsureSpace(ctx context.Context, space book.Space) (book.Space, error) {
	if active, err := s.ActiveSpace(ctx); book.CodeOf(err) != book.NotFound {
		return active, err
	}
	// When another was first, this inserts nothing.
	if err := s.read.InsertSpace(ctx, postgresdb.InsertSpaceParams{
		ID:             space.ID(),
		Provider:       space.Provider,
		Model:          space.Model,
		Dimensions:     int64(space.Dimensions),
		PrefixVersion:  int64(space.PrefixVersion),
		LexicalVersion: int64(space.LexicalVersion),
		DenseWeight:    space.DenseWeight,
	}); err != nil {
		return book.Space{}, s.translate(ctx, err)
	}
	return s.ActiveSpace(ctx)
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
	return book.Errorf(book.NotFound, "there is no embedding space %q", id)
}
