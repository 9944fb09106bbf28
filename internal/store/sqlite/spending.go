package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// AddSpent implements store.Spending.
func (s *Store) AddSpent(ctx context.Context, payers []string, spent store.Spent) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		for _, payer := range payers {
			err := tx.AddSpent(ctx, sqlitedb.AddSpentParams{
				Day: dayOf(tx.now), Payer: payer, Tokens: spent.Tokens, Cost: spent.Cost,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// SpentToday implements store.Spending.
func (s *Store) SpentToday(ctx context.Context, payers []string) ([]store.Spent, error) {
	spent := make([]store.Spent, len(payers))
	err := s.view(ctx, func(q *sqlitedb.Queries) error {
		today := dayOf(s.now())
		for i, payer := range payers {
			row, err := q.Spent(ctx, sqlitedb.SpentParams{Day: today, Payer: payer})
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			spent[i] = store.Spent{Tokens: row.Tokens, Cost: row.Cost}
		}
		return nil
	})
	return spent, err
}

// DeleteSpent implements store.Spending.
func (s *Store) DeleteSpent(ctx context.Context) (int, error) {
	var deleted int64
	err := s.update(ctx, func(ctx context.Context, tx *transaction) (err error) {
		deleted, err = tx.DeleteSpent(ctx, dayOf(tx.now))
		return err
	})
	return int(deleted), err
}

// dayOf is the number of days since 1970, UTC.
func dayOf(t time.Time) int64 { return t.Unix() / int64(24*time.Hour/time.Second) }
