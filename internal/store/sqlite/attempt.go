package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// BeginAttempt implements store.Attempts.
func (s *Store) BeginAttempt(
	ctx context.Context, limits []store.Limit,
) (wait time.Duration, err error) {
	err = s.update(ctx, func(ctx context.Context, tx *transaction) error {
		wait, err = tx.beginAttempt(ctx, limits)
		return err
	})
	return wait, err
}

func (tx *transaction) beginAttempt(
	ctx context.Context, limits []store.Limit,
) (wait time.Duration, err error) {
	counters := make([]store.Counter, len(limits))
	for i, l := range limits {
		if len(l.Name) == 0 {
			return 0, book.Errorf(book.Invalid, "a counter of attempts needs a name")
		}
		c, err := tx.counter(ctx, l)
		if err != nil {
			return 0, err
		}
		var w time.Duration
		counters[i], w = l.Attempt(c, tx.now)
		wait = max(wait, w)
	}
	if wait > 0 {
		return wait, nil
	}
	for i, l := range limits {
		if err := tx.putCounter(ctx, l, counters[i]); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// ForgiveAttempts implements store.Attempts.
func (s *Store) ForgiveAttempts(ctx context.Context, l store.Limit, n int) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		c, err := tx.counter(ctx, l)
		if err != nil || c.Count == 0 {
			return err
		}
		return tx.putCounter(ctx, l, l.Forgive(c, n))
	})
}

// counter returns the counter, which is zero when there is none.
func (tx *transaction) counter(ctx context.Context, l store.Limit) (store.Counter, error) {
	row, err := tx.AttemptsAt(ctx, l.Name)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return store.Counter{}, err
	}
	return store.Counter{
		Count: int(row.Count), Last: time.Time(row.LastAt), Next: time.Time(row.NextAt),
	}, nil
}

func (tx *transaction) putCounter(ctx context.Context, l store.Limit, c store.Counter) error {
	return tx.PutAttempts(ctx, sqlitedb.PutAttemptsParams{
		Name: l.Name, Count: int64(c.Count),
		LastAt: sqlitedb.Time(c.Last), NextAt: sqlitedb.Time(c.Next),
	})
}

// DeleteAttempts implements store.Attempts.
func (s *Store) DeleteAttempts(ctx context.Context, age time.Duration) (int, error) {
	var deleted int64
	err := s.update(ctx, func(ctx context.Context, tx *transaction) (err error) {
		deleted, err = tx.DeleteAttempts(ctx, sqlitedb.Time(tx.now.Add(-age)))
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(deleted), nil
}
