package memory

import (
	"context"
	"maps"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// BeginAttempt implements store.Attempts.
func (s *Store) BeginAttempt(
	ctx context.Context, limits []store.Limit,
) (wait time.Duration, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		after := maps.Clone(tx.attempts)
		for _, l := range limits {
			if len(l.Name) == 0 {
				return book.Errorf(book.Invalid, "a counter of attempts needs a name")
			}
			c, w := l.Attempt(tx.attempts[string(l.Name)], tx.now)
			after[string(l.Name)], wait = c, max(wait, w)
		}
		if wait == 0 {
			tx.attempts = after
		}
		return nil
	})
	return wait, err
}

// ForgiveAttempts implements store.Attempts.
func (s *Store) ForgiveAttempts(ctx context.Context, l store.Limit, n int) error {
	return s.update(ctx, func(tx *transaction) error {
		if c, ok := tx.attempts[string(l.Name)]; ok {
			tx.attempts[string(l.Name)] = l.Forgive(c, n)
		}
		return nil
	})
}

// DeleteAttempts implements store.Attempts.
func (s *Store) DeleteAttempts(ctx context.Context, age time.Duration) (n int, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		for name, c := range tx.attempts {
			if tx.now.Sub(c.Last) > age {
				delete(tx.attempts, name)
				n++
			}
		}
		return nil
	})
	return n, err
}
