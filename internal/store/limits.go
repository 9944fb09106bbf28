package store

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
)

// Limits holds token buckets that all processes over one store share. A bucket is full until something
// is taken from it.
type Limits interface {
	// TakeTokens takes up to n tokens from the bucket of key, in one round trip. Of several that take
	// at once, none gets what another got. A bucket that was used with another rate before goes on
	// with the time that it needs until it is full. Invalid for an empty key, a rate that is none or n
	// below 1.
	TakeTokens(ctx context.Context, key string, rate book.Rate, n int) (book.Tokens, error)

	// DeleteFullBuckets forgets buckets that are full again, and returns how many.
	DeleteFullBuckets(ctx context.Context) (int, error)
}
