package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// CreateKey implements store.Keys.
func (s *Store) CreateKey(ctx context.Context, k book.APIKey) (book.APIKey, error) {
	var row postgresdb.ApiKey
	err := s.updateRecorded(ctx, func(tx *transaction) (err error) {
		row, err = tx.InsertKey(ctx, postgresdb.InsertKeyParams{
			ID:         k.ID,
			UserID:     k.UserID,
			Prefix:     k.Prefix,
			Hash:       k.Hash,
			Permission: string(k.Permission),
			ExpiresAt:  orNull(k.ExpiresAt),
			RevokedAt:  orNull(k.RevokedAt),
		})
		return credentialRefused(err)
	})
	if err != nil {
		return book.APIKey{}, err
	}
	return keyOf(row), nil
}

// KeyByHash implements store.Keys.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (book.APIKey, book.User, error) {
	row, err := s.read.KeyByHash(ctx, hash)
	if errors.Is(err, pgx.ErrNoRows) {
		err = noKey()
	}
	if err != nil {
		return book.APIKey{}, book.User{}, s.translate(ctx, err)
	}
	return keyOf(row.ApiKey), userOf(row.User), nil
}

// Key implements store.Keys.
func (s *Store) Key(ctx context.Context, id uuid.UUID) (book.APIKey, error) {
	row, err := s.read.KeyByID(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
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
	var rows []postgresdb.ApiKey
	var err error
	if userID == uuid.Nil {
		rows, err = s.read.ListKeys(ctx, postgresdb.ListKeysParams{
			After: after, RowLimit: int64(limit),
		})
	} else {
		rows, err = s.read.ListKeysOfUser(ctx, postgresdb.ListKeysOfUserParams{
			UserID: userID, After: after, RowLimit: int64(limit),
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
	return s.updateRecorded(ctx, func(tx *transaction) error {
		n, err := tx.RevokeKey(ctx, id)
		if err == nil && n == 0 {
			return noKey()
		}
		return err
	})
}

// TouchKey implements store.Keys.
func (s *Store) TouchKey(ctx context.Context, id uuid.UUID, every time.Duration) error {
	return s.translate(ctx, s.read.TouchKey(ctx, postgresdb.TouchKeyParams{ID: id, Every: every}))
}

// CreateRefreshToken implements store.Sessions.
func (s *Store) CreateRefreshToken(ctx context.Context, t book.RefreshToken) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		return insertToken(ctx, tx.Queries, t)
	})
}

// RefreshToken implements store.Sessions.
func (s *Store) RefreshToken(ctx context.Context, hash []byte) (book.RefreshToken, error) {
	row, err := s.read.RefreshToken(ctx, hash)
	if errors.Is(err, pgx.ErrNoRows) {
		err = noToken()
	}
	if err != nil {
		return book.RefreshToken{}, s.translate(ctx, err)
	}
	return book.RefreshToken{
		Hash:      row.Hash,
		Family:    row.Family,
		UserID:    row.UserID,
		Version:   int(row.TokenVersion),
		ExpiresAt: row.ExpiresAt,
		UsedAt:    orZero(row.UsedAt),
		RevokedAt: orZero(row.RevokedAt),
	}, nil
}

// RotateRefreshToken implements store.Sessions.
func (s *Store) RotateRefreshToken(
	ctx context.Context, hash []byte, next book.RefreshToken, grace time.Duration,
) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		n, err := tx.UseRefreshToken(ctx, postgresdb.UseRefreshTokenParams{Hash: hash, Grace: grace})
		if err != nil {
			return err
		}
		if n == 0 {
			_, err := tx.RefreshToken(ctx, hash)
			if errors.Is(err, pgx.ErrNoRows) {
				return noToken()
			}
			if err != nil {
				return err
			}
			return book.Errorf(book.Conflict, "the refresh token was used or revoked already")
		}
		return insertToken(ctx, tx.Queries, next)
	})
}

// RevokeFamily implements store.Sessions.
func (s *Store) RevokeFamily(ctx context.Context, family uuid.UUID) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		return tx.RevokeFamily(ctx, family)
	})
}

// DeleteRefreshTokens implements store.Sessions.
func (s *Store) DeleteRefreshTokens(ctx context.Context, t time.Time) (int, error) {
	deleted, err := s.read.DeleteRefreshTokens(ctx, t)
	return int(deleted), s.translate(ctx, err)
}

func insertToken(ctx context.Context, q *postgresdb.Queries, t book.RefreshToken) error {
	return credentialRefused(q.InsertRefreshToken(ctx, postgresdb.InsertRefreshTokenParams{
		Hash:   t.Hash,
		Family: t.Family,
		UserID: t.UserID,

		TokenVersion: int64(t.Version),

		ExpiresAt: t.ExpiresAt,
		UsedAt:    orNull(t.UsedAt),
		RevokedAt: orNull(t.RevokedAt),
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

func keyOf(row postgresdb.ApiKey) book.APIKey {
	return book.APIKey{
		ID:         row.ID,
		UserID:     row.UserID,
		Prefix:     row.Prefix,
		Hash:       row.Hash,
		Permission: book.Permission(row.Permission),
		ExpiresAt:  orZero(row.ExpiresAt),
		RevokedAt:  orZero(row.RevokedAt),
		CreatedAt:  row.CreatedAt,
		UsedAt:     orZero(row.UsedAt),
	}
}
