package postgres

import (
	"context"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// AddSpent implements store.Spending.
func (s *Store) AddSpent(ctx context.Context, payers []string, spent store.Spent) error {
	return s.translate(ctx, s.read.AddSpent(ctx, postgresdb.AddSpentParams{
		Payers: payers, Tokens: spent.Tokens, Cost: spent.Cost,
	}))
}

// SpentToday implements store.Spending.
func (s *Store) SpentToday(ctx context.Context, payers []string) ([]store.Spent, error) {
	rows, err := s.read.SpentToday(ctx, payers)
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	spent := make([]store.Spent, len(payers))
	for i, payer := range payers {
		for _, row := range rows {
			if row.Payer == payer {
				spent[i] = store.Spent{Tokens: row.Tokens, Cost: row.Cost}
			}
		}
	}
	return spent, nil
}

// DeleteSpent implements store.Spending.
func (s *Store) DeleteSpent(ctx context.Context) (int, error) {
	deleted, err := s.read.DeleteSpent(ctx)
	return int(deleted), s.translate(ctx, err)
}
