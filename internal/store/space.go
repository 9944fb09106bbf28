package store

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
)

// Spaces holds the embedding spaces. Exactly one is active once there is any.
type Spaces interface {
	// ActiveSpace returns the active space, or NotFound in an empty store.
	ActiveSpace(ctx context.Context) (book.Space, error)

	// EnsureSpace returns the active space; in a store without any it first makes s that.
	EnsureSpace(ctx context.Context, s book.Space) (book.Space, error)
}
