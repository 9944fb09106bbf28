package memory

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
)

// RestoreUser implements store.Restores.
func (s *Store) RestoreUser(ctx context.Context, u book.User) error {
	return s.update(ctx, func(tx *transaction) error {
		if there, ok := tx.users[u.ID]; ok {
			return refuseOther(there.SameAs(u), "account", u.Username)
		}
		restored := u
		if err := tx.putUser(&restored); err != nil {
			return err
		}
		tx.users[u.ID] = u
		return nil
	})
}

// RestoreKey implements store.Restores.
func (s *Store) RestoreKey(ctx context.Context, k book.APIKey) error {
	return s.update(ctx, func(tx *transaction) error {
		if there, ok := tx.keys[k.ID]; ok {
			return refuseOther(there.SameAs(k), "API key", k.Prefix)
		}
		_, err := tx.putKey(k)
		return err
	})
}

// refuseOther returns Conflict unless what is there is the same.
func refuseOther(same bool, kind, name string) error {
	if same {
		return nil
	}
	return book.Errorf(book.Conflict, "the %s %q is there already, and differs", kind, name)
}
