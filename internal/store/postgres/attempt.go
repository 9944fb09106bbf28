package postgres

import (
	"context"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// BeginAttempt implements store.Attempts.
func (s *Store) BeginAttempt(
	ctx context.Context, limits []store.Limit,
) (wait time.Duration, err error) {
	names := make([][]byte, len(limits))
	for i, l := range limits {
		if names[i] = l.Name; len(l.Name) == 0 {
			return 0, book.Errorf(book.Invalid, "a counter of attempts needs a name")
		}
	}
	err = s.update(ctx, func(tx *transaction) error {
		if err := tx.AddCounters(ctx, names); err != nil {
			return err
		}
		wait, err = tx.beginAttempt(ctx, limits, names)
		return err
	})
	return wait, err
}

// beginAttempt counts an attempt at counters that are there.
func (tx *transaction) beginAttempt(
	ctx context.Context, limits []store.Limit, names [][]byte,
) (wait time.Duration, err error) {
	rows, err := tx.LockCounters(ctx, names)
	if err != nil {
		return 0, err
	}
	byName := map[string]postgresdb.LockCountersRow{}
	for _, row := range rows {
		byName[string(row.Name)] = row
	}
	counters := make([]store.Counter, len(limits))
	for i, l := range limits {
		row := byName[string(l.Name)]
		var w time.Duration
		counters[i], w = l.Attempt(counterOf(row), row.Now)
		wait = max(wait, w)
	}
	if wait > 0 {
		return wait, nil
	}
	for i, l := range limits {
		if err := tx.setCounter(ctx, l, counters[i]); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// ForgiveAttempts implements store.Attempts.
func (s *Store) ForgiveAttempts(ctx context.Context, l store.Limit, n int) error {
	return s.update(ctx, func(tx *transaction) error {
		rows, err := tx.LockCounters(ctx, [][]byte{l.Name})
		if err != nil || len(rows) == 0 {
			return err
		}
		return tx.setCounter(ctx, l, l.Forgive(counterOf(rows[0]), n))
	})
}

// DeleteAttempts implements store.Attempts.
func (s *Store) DeleteAttempts(ctx context.Context, age time.Duration) (int, error) {
	deleted, err := s.read.DeleteAttempts(ctx, age)
	return int(deleted), s.translate(ctx, err)
}

func (tx *transaction) setCounter(ctx context.Context, l store.Limit, c store.Counter) error {
	return tx.SetCounter(ctx, postgresdb.SetCounterParams{
		Name: l.Name, Count: int64(c.Count), LastAt: c.Last, NextAt: c.Next,
	})
}

func counterOf(row postgresdb.LockCountersRow) store.Counter {
	return store.Counter{Count: int(row.Count), Last: row.LastAt, Next: row.NextAt}
}
