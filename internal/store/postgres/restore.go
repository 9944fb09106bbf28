package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// RestoreUser implements store.Restores.
func (s *Store) RestoreUser(ctx context.Context, u book.User) error {
	return s.update(ctx, func(tx *transaction) error {
		u.CreatedAt, u.UpdatedAt = exact(u.CreatedAt), exact(u.UpdatedAt)
		n, err := tx.RestoreUser(ctx, postgresdb.RestoreUserParams{
			ID:           u.ID,
			Username:     u.Username,
			UsernameKey:  strings.ToLower(u.Username),
			Email:        u.Email,
			EmailKey:     emailKey(u.Email),
			PasswordHash: u.PasswordHash,
			Role:         string(u.Role),
			Disabled:     u.Disabled,
			TokenVersion: int64(u.TokenVersion),
			CreatedAt:    u.CreatedAt,
			UpdatedAt:    u.UpdatedAt,
		})
		if err != nil || n == 1 {
			return err
		}
		there, err := tx.UserByID(ctx, u.ID)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return refuseOther(err == nil && userOf(there).SameAs(u), "account", u.Username)
	})
}

// RestoreKey implements store.Restores.
func (s *Store) RestoreKey(ctx context.Context, k book.APIKey) error {
	return s.update(ctx, func(tx *transaction) error {
		k.ExpiresAt, k.RevokedAt = exact(k.ExpiresAt), exact(k.RevokedAt)
		k.CreatedAt = exact(k.CreatedAt)
		n, err := tx.RestoreKey(ctx, postgresdb.RestoreKeyParams{
			ID:         k.ID,
			UserID:     k.UserID,
			Prefix:     k.Prefix,
			Hash:       k.Hash,
			Permission: string(k.Permission),
			ExpiresAt:  orNull(k.ExpiresAt),
			RevokedAt:  orNull(k.RevokedAt),
			CreatedAt:  k.CreatedAt,
			UsedAt:     orNull(k.UsedAt),
		})
		if err != nil || n == 1 {
			return credentialRefused(err)
		}
		there, err := tx.KeyByID(ctx, k.ID)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return refuseOther(err == nil && keyOf(there).SameAs(k), "API key", k.Prefix)
	})
}

// keepTimes gives the chunks of a new document its times, where the write says them.
func (c *commit) keepTimes(ctx context.Context) error {
	d := c.write.Document
	if c.exists || (d.CreatedAt.IsZero() && d.UpdatedAt.IsZero()) {
		return nil
	}
	return c.SetChunkTimes(ctx, postgresdb.SetChunkTimesParams{
		DocID: d.DocID, CreatedAt: c.doc.CreatedAt, UpdatedAt: c.doc.UpdatedAt,
	})
}

// exact returns t as a column holds it.
func exact(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// refuseOther returns Conflict unless what is there is the same.
func refuseOther(same bool, kind, name string) error {
	if same {
		return nil
	}
	return book.Errorf(book.Conflict, "the %s %q is there already, and differs", kind, name)
}
