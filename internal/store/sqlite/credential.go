package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// CreateKey implements store.Keys.
func (s *Store) CreateKey(ctx context.Context, k book.APIKey) (book.APIKey, error) {
	err := s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		k.CreatedAt, k.UsedAt = tx.now, time.Time{}
		k.ExpiresAt, k.RevokedAt = exact(k.ExpiresAt), exact(k.RevokedAt)
		err := tx.InsertKey(ctx, sqlitedb.InsertKeyParams{
			ID:         sqlitedb.UUID(k.ID),
			UserID:     sqlitedb.UUID(k.UserID),
			Prefix:     k.Prefix,
			Hash:       k.Hash,
			Permission: string(k.Permission),
			ExpiresAt:  sqlitedb.Time(k.ExpiresAt),
			RevokedAt:  sqlitedb.Time(k.RevokedAt),
			CreatedAt:  sqlitedb.Time(tx.now),
			UsedAt:     sqlitedb.Time{},
		})
		return credentialRefused(err)
	})
	if err != nil {
		return book.APIKey{}, err
	}
	return k, nil
}

// KeyByHash implements store.Keys.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (book.APIKey, book.User, error) {
	row, err := s.read.KeyByHash(ctx, hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = noKey()
	}
	if err != nil {
		return book.APIKey{}, book.User{}, s.translate(ctx, err)
	}
	return keyOf(row.ApiKey), userOf(row.User), nil
}

// Key implements store.Keys.
func (s *Store) Key(ctx context.Context, id uuid.UUID) (book.APIKey, error) {
	row, err := s.read.KeyByID(ctx, sqlitedb.UUID(id))
	if errors.Is(err, sql.ErrNoRows) {
		err = noKey()
	}
	if err != nil {
		return book.APIKey{}, s.translate(ctx, err)
	}
	return keyOf(row), nil
}

// ListKeys implements store.Keys.
func (s *Store) ListKeys(
	ctx context.Context, userID uuid.UUID, after uuid.UUID, limit int,
) ([]book.APIKey, error) {
	var rows []sqlitedb.ApiKey
	var err error
	if userID == uuid.Nil {
		rows, err = s.read.ListKeys(ctx, sqlitedb.ListKeysParams{
			ID: sqlitedb.UUID(after), Limit: int64(limit),
		})
	} else {
		rows, err = s.read.ListKeysOfUser(ctx, sqlitedb.ListKeysOfUserParams{
			UserID: sqlitedb.UUID(userID), ID: sqlitedb.UUID(after), Limit: int64(limit),
		})
	}
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	keys := make([]book.APIKey, len(rows))
	for i, row := range rows {
		keys[i] = keyOf(row)
	}
	return keys, nil
}

// RevokeKey implements store.Keys.
func (s *Store) RevokeKey(ctx context.Context, id uuid.UUID) error {
	return s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		n, err := tx.RevokeKey(ctx, sqlitedb.RevokeKeyParams{
			Now: sqlitedb.Time(tx.now), ID: sqlitedb.UUID(id),
		})
		if err == nil && n == 0 {
			return noKey()
		}
		return err
	})
}

// TouchKey implements store.Keys.
func (s *Store) TouchKey(ctx context.Context, id uuid.UUID, every time.Duration) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		return tx.TouchKey(ctx, sqlitedb.TouchKeyParams{
			Now: sqlitedb.Time(tx.now), ID: sqlitedb.UUID(id), Before: sqlitedb.Time(tx.now.Add(-every)),
		})
	})
}

// CreateRefreshToken implements store.Sessions.
func (s *Store) CreateRefreshToken(ctx context.Context, t book.RefreshToken) error {
	return s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		return tx.insertToken(ctx, t)
	})
}

// RefreshToken implements store.Sessions.
func (s *Store) RefreshToken(ctx context.Context, hash []byte) (book.RefreshToken, error) {
	row, err := s.read.RefreshToken(ctx, hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = noToken()
	}
	if err != nil {
		return book.RefreshToken{}, s.translate(ctx, err)
	}
	return book.RefreshToken{
		Hash:      row.Hash,
		Family:    uuid.UUID(row.Family),
		UserID:    uuid.UUID(row.UserID),
		Version:   int(row.TokenVersion),
		ExpiresAt: time.Time(row.ExpiresAt),
		UsedAt:    time.Time(row.UsedAt),
		RevokedAt: time.Time(row.RevokedAt),
	}, nil
}

// RotateRefreshToken implements store.Sessions.
func (s *Store) RotateRefreshToken(
	ctx context.Context, hash []byte, next book.RefreshToken, grace time.Duration,
) error {
	return s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		n, err := tx.UseRefreshToken(ctx, sqlitedb.UseRefreshTokenParams{
			Now: sqlitedb.Time(tx.now), Hash: hash, GraceBegan: sqlitedb.Time(tx.now.Add(-grace)),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			_, err := tx.RefreshToken(ctx, hash)
			if errors.Is(err, sql.ErrNoRows) {
				return noToken()
			}
			if err != nil {
				return err
			}
			return book.Errorf(book.Conflict, "the refresh token was used or revoked already")
		}
		return tx.insertToken(ctx, next)
	})
}

// RevokeFamily implements store.Sessions.
func (s *Store) RevokeFamily(ctx context.Context, family uuid.UUID) error {
	return s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		return tx.RevokeFamily(ctx, sqlitedb.RevokeFamilyParams{
			RevokedAt: sqlitedb.Time(tx.now), Family: sqlitedb.UUID(family),
		})
	})
}

// DeleteRefreshTokens implements store.Sessions.
func (s *Store) DeleteRefreshTokens(ctx context.Context, t time.Time) (int, error) {
	var deleted int64
	err := s.update(ctx, func(ctx context.Context, tx *transaction) (err error) {
		deleted, err = tx.DeleteRefreshTokens(ctx, sqlitedb.Time(t))
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(deleted), nil
}

func (tx *transaction) insertToken(ctx context.Context, t book.RefreshToken) error {
	return credentialRefused(tx.InsertRefreshToken(ctx, sqlitedb.InsertRefreshTokenParams{
		Hash:   t.Hash,
		Family: sqlitedb.UUID(t.Family),
		UserID: sqlitedb.UUID(t.UserID),

		TokenVersion: int64(t.Version),

		ExpiresAt: sqlitedb.Time(t.ExpiresAt),
		UsedAt:    sqlitedb.Time(t.UsedAt),
		RevokedAt: sqlitedb.Time(t.RevokedAt),
	}))
}

func credentialRefused(err error) error {
	switch {
	case dangling(err):
		return noAccount()
	case taken(err):
		return book.Wrap(book.Conflict, err, "the credential is there already")
	}
	return err
}

func noKey() error   { return book.Errorf(book.NotFound, "there is no such API key") }
func noToken() error { return book.Errorf(book.NotFound, "there is no such refresh token") }

// exact returns t as a column holds it.
func exact(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func keyOf(row sqlitedb.ApiKey) book.APIKey {
	return book.APIKey{
		ID:         uuid.UUID(row.ID),
		UserID:     uuid.UUID(row.UserID),
		Prefix:     row.Prefix,
		Hash:       row.Hash,
		Permission: book.Permission(row.Permission),
		ExpiresAt:  time.Time(row.ExpiresAt),
		RevokedAt:  time.Time(row.RevokedAt),
		CreatedAt:  time.Time(row.CreatedAt),
		UsedAt:     time.Time(row.UsedAt),
	}
}
