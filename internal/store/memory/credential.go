package memory

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// CreateKey implements store.Keys.
func (s *Store) CreateKey(ctx context.Context, k book.APIKey) (book.APIKey, error) {
	err := s.updateRecorded(ctx, func(tx *transaction) (err error) {
		k.CreatedAt, k.UsedAt = tx.now, time.Time{}
		k, err = tx.putKey(k)
		return err
	})
	if err != nil {
		return book.APIKey{}, err
	}
	return k, nil
}

// putKey adds a key whose time of creation is set, and returns it as it is kept.
func (tx *transaction) putKey(k book.APIKey) (book.APIKey, error) {
	if !slices.Contains(book.Permissions(), k.Permission) {
		return k, book.Errorf(book.Invalid, "there is no permission %q", k.Permission)
	}
	if _, err := tx.user(k.UserID); err != nil {
		return k, err
	}
	for id, other := range tx.keys {
		if id == k.ID || bytes.Equal(other.Hash, k.Hash) {
			return k, there()
		}
	}
	k.ExpiresAt, k.RevokedAt, k.UsedAt = exact(k.ExpiresAt), exact(k.RevokedAt), exact(k.UsedAt)
	k.Hash = bytes.Clone(k.Hash)
	tx.keys[k.ID] = k
	return k, nil
}

// KeyByHash implements store.Keys.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (book.APIKey, book.User, error) {
	st, err := s.view(ctx)
	if err != nil {
		return book.APIKey{}, book.User{}, err
	}
	for _, k := range st.keys {
		if bytes.Equal(k.Hash, hash) {
			return k, st.users[k.UserID], nil
		}
	}
	return book.APIKey{}, book.User{}, noKey()
}

// Key implements store.Keys.
func (s *Store) Key(ctx context.Context, id uuid.UUID) (book.APIKey, error) {
	st, err := s.view(ctx)
	if err != nil {
		return book.APIKey{}, err
	}
	k, ok := st.keys[id]
	if !ok {
		return book.APIKey{}, noKey()
	}
	return k, nil
}

// ListKeys implements store.Keys.
func (s *Store) ListKeys(
	ctx context.Context, userID uuid.UUID, after uuid.UUID, limit int,
) ([]book.APIKey, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	keys := []book.APIKey{}
	for id, k := range st.keys {
		if compareIDs(id, after) > 0 && (userID == uuid.Nil || k.UserID == userID) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b book.APIKey) int { return compareIDs(a.ID, b.ID) })
	return page(keys, limit), nil
}

// RevokeKey implements store.Keys.
func (s *Store) RevokeKey(ctx context.Context, id uuid.UUID) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		k, ok := tx.keys[id]
		if !ok {
			return noKey()
		}
		if k.RevokedAt.IsZero() {
			k.RevokedAt = tx.now
			tx.keys[id] = k
		}
		return nil
	})
}

// TouchKey implements store.Keys.
func (s *Store) TouchKey(ctx context.Context, id uuid.UUID, every time.Duration) error {
	return s.update(ctx, func(tx *transaction) error {
		if k, ok := tx.keys[id]; ok && tx.now.Sub(k.UsedAt) >= every {
			k.UsedAt = tx.now
			tx.keys[id] = k
		}
		return nil
	})
}

// refreshToken is a token as it is kept.
type refreshToken = book.RefreshToken

// CreateRefreshToken implements store.Sessions.
func (s *Store) CreateRefreshToken(ctx context.Context, t book.RefreshToken) error {
	return s.updateRecorded(ctx, func(tx *transaction) error { return tx.insertToken(t) })
}

func (tx *transaction) insertToken(t book.RefreshToken) error {
	if _, err := tx.user(t.UserID); err != nil {
		return err
	}
	if _, taken := tx.tokens[string(t.Hash)]; taken {
		return there()
	}
	t.Hash = bytes.Clone(t.Hash)
	t.ExpiresAt, t.UsedAt, t.RevokedAt = exact(t.ExpiresAt), exact(t.UsedAt), exact(t.RevokedAt)
	tx.tokens[string(t.Hash)] = t
	return nil
}

// RefreshToken implements store.Sessions.
func (s *Store) RefreshToken(ctx context.Context, hash []byte) (book.RefreshToken, error) {
	st, err := s.view(ctx)
	if err != nil {
		return book.RefreshToken{}, err
	}
	t, ok := st.tokens[string(hash)]
	if !ok {
		return t, noToken()
	}
	return t, nil
}

// RotateRefreshToken implements store.Sessions.
func (s *Store) RotateRefreshToken(
	ctx context.Context, hash []byte, next book.RefreshToken, grace time.Duration,
) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		t, ok := tx.tokens[string(hash)]
		if !ok {
			return noToken()
		}
		over := !t.UsedAt.IsZero() && !t.UsedAt.After(tx.now.Add(-grace))
		for _, other := range tx.tokens {
			over = over || other.Family == t.Family && !other.RevokedAt.IsZero()
		}
		if over {
			return book.Errorf(book.Conflict, "the refresh token was used or revoked already")
		}
		if t.UsedAt.IsZero() {
			t.UsedAt = tx.now
		}
		tx.tokens[string(hash)] = t
		return tx.insertToken(next)
	})
}

// RevokeFamily implements store.Sessions.
func (s *Store) RevokeFamily(ctx context.Context, family uuid.UUID) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		for hash, t := range tx.tokens {
			if t.Family == family && t.RevokedAt.IsZero() {
				t.RevokedAt = tx.now
				tx.tokens[hash] = t
			}
		}
		return nil
	})
}

// DeleteRefreshTokens implements store.Sessions.
func (s *Store) DeleteRefreshTokens(ctx context.Context, before time.Time) (n int, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		for hash, t := range tx.tokens {
			if t.ExpiresAt.Before(before) {
				delete(tx.tokens, hash)
				n++
			}
		}
		return nil
	})
	return n, err
}

func there() error   { return book.Errorf(book.Conflict, "the credential is there already") }
func noKey() error   { return book.Errorf(book.NotFound, "there is no such API key") }
func noToken() error { return book.Errorf(book.NotFound, "there is no such refresh token") }

// exact returns t as it is kept.
func exact(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
