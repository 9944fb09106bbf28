package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Users holds the accounts. Usernames and e-mail addresses are unique without regard to case; any
// number of accounts may have no e-mail address. Invalid for an unknown role or an empty username.
type Users interface {
	// CreateUser stores u, whose ID the caller has set. Conflict when username or e-mail address
	// is taken. Times are set by the store.
	CreateUser(ctx context.Context, u book.User) (book.User, error)

	// UserByID returns the account, or NotFound.
	UserByID(ctx context.Context, id uuid.UUID) (book.User, error)

	// UserByLogin finds an account by username or else by e-mail address, without regard to case;
	// or NotFound.
	UserByLogin(ctx context.Context, login string) (book.User, error)

	// UpdateUser gives the account to change, and stores what change made of it but ID and times, in
	// one transaction: no other change of the account comes between, by whatever process. change
	// may be called again, with the account as it is by then; it is quick and does not use the
	// store. What it returns, a *book.Error, is returned, and nothing is stored. NotFound when absent,
	// Conflict when username or e-mail address is another's, and when of the accounts that
	// administer none would be left. With another password, e-mail address or TokenVersion the
	// account's reset is gone: it was made for who had it before.
	UpdateUser(
		ctx context.Context, id uuid.UUID, change func(u *book.User) error,
	) (book.User, error)

	// CountAdmins counts the accounts that administer: see book.User.Administers.
	CountAdmins(ctx context.Context) (int, error)

	// ListUsers returns accounts by username (lower case), starting after one.
	ListUsers(ctx context.Context, after string, limit int) ([]book.User, error)
}

// Keys holds the API keys. Invalid for an unknown permission.
type Keys interface {
	// CreateKey stores k, whose ID the caller has set, as never used. NotFound when its account is absent,
	// Conflict when its id or hash is there.
	CreateKey(ctx context.Context, k book.APIKey) (book.APIKey, error)

	// KeyByHash returns the key, revoked and expired ones too, and its account; or NotFound.
	KeyByHash(ctx context.Context, hash []byte) (book.APIKey, book.User, error)

	// Key returns the key with this id, revoked and expired ones too; or NotFound.
	Key(ctx context.Context, id uuid.UUID) (book.APIKey, error)

	// ListKeys returns keys by id, of one account or, for uuid.Nil, of all.
	ListKeys(
		ctx context.Context, userID uuid.UUID, after uuid.UUID, limit int,
	) ([]book.APIKey, error)

	// TouchKey says that the key is used now. Nothing is written when its last use is less than every
	// ago, and nothing when it is absent, which is no error.
	TouchKey(ctx context.Context, id uuid.UUID, every time.Duration) error

	// RevokeKey revokes the key from now on; one that is revoked stays as it is. NotFound when
	// absent.
	RevokeKey(ctx context.Context, id uuid.UUID) error
}

// Sessions holds the refresh tokens.
type Sessions interface {
	// CreateRefreshToken stores the first token of a family. NotFound when its account is absent,
	// Conflict when its hash is there.
	CreateRefreshToken(ctx context.Context, t book.RefreshToken) error

	// RefreshToken returns the token with this hash, used and revoked ones too; or NotFound.
	RefreshToken(ctx context.Context, hash []byte) (book.RefreshToken, error)

	// RotateRefreshToken marks the token with hash as used and stores next, in one transaction. One
	// that is used keeps the time of its first use, and can be rotated again until grace after
	// that. Conflict when this is over, when a token of its family is revoked, or next's hash
	// is there; NotFound when it or next's account is absent. Then nothing has changed.
	RotateRefreshToken(
		ctx context.Context, hash []byte, next book.RefreshToken, grace time.Duration,
	) error

	// RevokeFamily revokes every token of the family; none is no error.
	RevokeFamily(ctx context.Context, family uuid.UUID) error

	// DeleteRefreshTokens removes tokens that expired before t, and returns how many.
	DeleteRefreshTokens(ctx context.Context, t time.Time) (int, error)
}
