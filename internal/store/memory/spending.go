package memory

import (
	"context"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// payerDay is a payer on a day of UTC.
type payerDay struct{ payer, day string }

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// AddSpent implements store.Spending.
func (s *Store) AddSpent(ctx context.Context, payers []string, spent store.Spent) error {
	return s.update(ctx, func(tx *transaction) error {
		for _, payer := range payers {
			at := payerDay{payer, dayOf(tx.now)}
			sum := tx.spending[at]
			sum.Tokens += spent.Tokens
			sum.Cost += spent.Cost
			if payer == "" || sum.Tokens < 0 || sum.Cost < 0 {
				return book.Errorf(book.Invalid, "a payer has a name, and spends no less than nothing")
			}
			tx.spending[at] = sum
		}
		return nil
	})
}

// SpentToday implements store.Spending.
func (s *Store) SpentToday(ctx context.Context, payers []string) ([]store.Spent, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	spent := make([]store.Spent, len(payers))
	for i, payer := range payers {
		spent[i] = st.spending[payerDay{payer, dayOf(s.now())}]
	}
	return spent, nil
}

// DeleteSpent implements store.Spending.
func (s *Store) DeleteSpent(ctx context.Context) (n int, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		for at := range tx.spending {
			if at.day < dayOf(tx.now) {
				delete(tx.spending, at)
				n++
			}
		}
		return nil
	})
	return n, err
}
