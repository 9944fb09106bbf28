package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// RestoreUser implements store.Restores.
func (s *Store) RestoreUser(ctx context.Context, u book.User) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		row := sqlitedb.User{
			ID:           sqlitedb.UUID(u.ID),
			Username:     u.Username,
			UsernameKey:  strings.ToLower(u.Username),
			Email:        u.Email,
			EmailKey:     emailKey(u.Email),
			PasswordHash: u.PasswordHash,
			Role:         string(u.Role),
			Disabled:     u.Disabled,
			TokenVersion: int64(u.TokenVersion),
			CreatedAt:    sqlitedb.Time(exact(u.CreatedAt)),
			UpdatedAt:    sqlitedb.Time(exact(u.UpdatedAt)),
		}
		there, err := tx.UserByID(ctx, row.ID)
		if err == nil {
			return refuseOther(userOf(there).SameAs(userOf(row)), "account", u.Username)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return accountTaken(tx.InsertUser(ctx, sqlitedb.InsertUserParams(row)))
	})
}

// RestoreKey implements store.Restores.
func (s *Store) RestoreKey(ctx context.Context, k book.APIKey) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		row := sqlitedb.ApiKey{
			ID:         sqlitedb.UUID(k.ID),
			UserID:     sqlitedb.UUID(k.UserID),
			Prefix:     k.Prefix,
			Hash:       k.Hash,
			Permission: string(k.Permission),
			ExpiresAt:  sqlitedb.Time(exact(k.ExpiresAt)),
			RevokedAt:  sqlitedb.Time(exact(k.RevokedAt)),
			CreatedAt:  sqlitedb.Time(exact(k.CreatedAt)),
			UsedAt:     sqlitedb.Time(exact(k.UsedAt)),
		}
		there, err := tx.KeyByID(ctx, row.ID)
		if err == nil {
			return refuseOther(keyOf(there).SameAs(keyOf(row)), "API key", k.Prefix)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return credentialRefused(tx.InsertKey(ctx, sqlitedb.InsertKeyParams(row)))
	})
}

// refuseOther returns Conflict unless what is there is the same.
func refuseOther(same bool, kind, name string) error {
	if same {
		return nil
	}
	return book.Errorf(book.Conflict, "the %s %q is there already, and differs", kind, name)
}
