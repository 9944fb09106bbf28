package memory

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// CreateLink implements store.Links.
func (s *Store) CreateLink(ctx context.Context, l book.Link) (book.Link, error) {
	err := s.updateRecorded(ctx, func(tx *transaction) error {
		switch l.Purpose {
		case book.LinkReset:
			if _, err := tx.user(l.UserID); err != nil {
				return err
			}
			tx.deleteReset(l.UserID)
		case book.LinkInvitation:
			if !slices.Contains(book.Roles(), l.Role) {
				return book.Errorf(book.Invalid, "there is no role %q", l.Role)
			}
		default:
			return book.Errorf(book.Invalid, "there are no links for %q", l.Purpose)
		}
		for _, other := range tx.links {
			if other.ID == l.ID || bytes.Equal(other.Hash, l.Hash) {
				return there()
			}
		}
		l.Hash, l.ExpiresAt, l.CreatedAt = bytes.Clone(l.Hash), exact(l.ExpiresAt), tx.now
		tx.links[string(l.Hash)] = l
		return nil
	})
	if err != nil {
		return book.Link{}, err
	}
	return l, nil
}

func (tx *transaction) deleteReset(user uuid.UUID) {
	for hash, l := range tx.links {
		if l.UserID == user {
			delete(tx.links, hash)
		}
	}
}

// LinkByHash implements store.Links.
func (s *Store) LinkByHash(
	ctx context.Context, purpose book.LinkPurpose, hash []byte,
) (book.Link, error) {
	st, err := s.view(ctx)
	if err != nil {
		return book.Link{}, err
	}
	l, ok := st.links[string(hash)]
	if !ok || l.Purpose != purpose || !l.ExpiresAt.After(s.now()) {
		return book.Link{}, noLink()
	}
	return l, nil
}

// ListInvitations implements store.Links.
func (s *Store) ListInvitations(
	ctx context.Context, after uuid.UUID, limit int,
) ([]book.Link, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	links := []book.Link{}
	for _, l := range st.links {
		if l.Purpose == book.LinkInvitation && l.ExpiresAt.After(s.now()) &&
			compareIDs(l.ID, after) > 0 {
			links = append(links, l)
		}
	}
	slices.SortFunc(links, func(a, b book.Link) int { return compareIDs(a.ID, b.ID) })
	return page(links, limit), nil
}

// DeleteInvitation implements store.Links.
func (s *Store) DeleteInvitation(ctx context.Context, id uuid.UUID) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		for hash, l := range tx.links {
			if l.ID == id && l.Purpose == book.LinkInvitation && l.ExpiresAt.After(tx.now) {
				delete(tx.links, hash)
				return nil
			}
		}
		return noLink()
	})
}

// RedeemInvitation implements store.Links.
func (s *Store) RedeemInvitation(
	ctx context.Context, hash []byte, u book.User,
) (book.User, error) {
	err := s.updateRecorded(ctx, func(tx *transaction) error {
		if _, err := tx.redeem(book.LinkInvitation, hash); err != nil {
			return err
		}
		return tx.insertUser(&u)
	})
	if err != nil {
		return book.User{}, err
	}
	return u, nil
}

// RedeemReset implements store.Links.
func (s *Store) RedeemReset(
	ctx context.Context, hash []byte, change func(u *book.User) error,
) (u book.User, err error) {
	err = s.updateRecorded(ctx, func(tx *transaction) error {
		l, err := tx.redeem(book.LinkReset, hash)
		if err != nil {
			return err
		}
		u, err = tx.changeUser(l.UserID, change)
		return err
	})
	if err != nil {
		return book.User{}, err
	}
	return u, nil
}

func (tx *transaction) redeem(purpose book.LinkPurpose, hash []byte) (book.Link, error) {
	l, ok := tx.links[string(hash)]
	if !ok || l.Purpose != purpose || !l.ExpiresAt.After(tx.now) {
		return book.Link{}, noLink()
	}
	delete(tx.links, string(hash))
	return l, nil
}

// DeleteExpiredLinks implements store.Links.
func (s *Store) DeleteExpiredLinks(ctx context.Context) (n int, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		for hash, l := range tx.links {
			if !l.ExpiresAt.After(tx.now) {
				delete(tx.links, hash)
				n++
			}
		}
		return nil
	})
	return n, err
}

func noLink() error { return book.Errorf(book.NotFound, "there is no such link (any more)") }
