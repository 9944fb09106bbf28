package postgres

import (
	"context"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var _ store.Limits = (*Store)(nil)

// takeTokens is book.Rate.Take in one statement: the row is locked while the rest is computed. sqlc
// cannot express it.
const takeTokens = `
INSERT INTO rate_limits AS b (key, full_at, taken)
VALUES ($1, lectern_now() + least($2::bigint, $3::bigint) * $4::interval, least($2::bigint, $3::bigint))
ON CONFLICT (key) DO UPDATE SET (full_at, taken) = (
    SELECT had.full_at + had.taken * $4::interval, had.taken
    FROM (
        SELECT was.full_at, least($2::bigint, greatest(0, floor(
            extract(epoch FROM $3::bigint * $4::interval - (was.full_at - lectern_now()))
            / extract(epoch FROM $4::interval))::bigint)) AS taken
        FROM (SELECT greatest(b.full_at, lectern_now()) AS full_at) AS was
    ) AS had
)
RETURNING taken, full_at - lectern_now()`

// TakeTokens implements store.Limits.
func (s *Store) TakeTokens(
	ctx context.Context, key string, rate book.Rate, n int,
) (book.Tokens, error) {
	if key == "" || !rate.Valid() || n < 1 {
		return book.Tokens{}, book.Errorf(book.Invalid, "a bucket needs a key, a rate and a number of "+
			"tokens to take")
	}
	var taken int
	var full time.Duration
	err := s.pool.QueryRow(ctx, takeTokens, key, n, rate.Burst, rate.Refill).Scan(&taken, &full)
	if err != nil {
		return book.Tokens{}, s.translate(ctx, err)
	}
	return rate.After(full, taken), nil
}

// DeleteFullBuckets implements store.Limits.
func (s *Store) DeleteFullBuckets(ctx context.Context) (int, error) {
	n, err := s.read.DeleteFullBuckets(ctx)
	return int(n), s.translate(ctx, err)
}
