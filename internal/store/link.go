package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Links holds one-time links that have not been used. One that has expired, on the store's clock, is
// as good as absent.
type Links interface {
	// CreateLink stores l, whose ID the caller has set; the store sets its time. A reset takes the
	// place of the account's earlier one. NotFound when the account of a reset is absent, Conflict
	// when id or hash is there, Invalid for an unknown purpose, and for an invitation to no role.
	CreateLink(ctx context.Context, l book.Link) (book.Link, error)

	// LinkByHash returns the link with this purpose and hash, or NotFound.
	LinkByHash(ctx context.Context, purpose book.LinkPurpose, hash []byte) (book.Link, error)

	// ListInvitations returns invitations by id, starting after one.
	ListInvitations(ctx context.Context, after uuid.UUID, limit int) ([]book.Link, error)

	// DeleteInvitation removes an invitation, or NotFound.
	DeleteInvitation(ctx context.Context, id uuid.UUID) error

	// RedeemInvitation uses the invitation up and stores u, whose ID the caller has set, in one
	// transaction: of several that redeem one, one succeeds. NotFound when there is no such
	// invitation; errors of CreateUser, after which the invitation is still there.
	RedeemInvitation(ctx context.Context, hash []byte, u book.User) (book.User, error)

	// RedeemReset uses the reset up and changes its account, in one transaction, as UpdateUser does.
	// NotFound when there is no such reset; errors of UpdateUser, after which it is still there.
	RedeemReset(
		ctx context.Context, hash []byte, change func(u *book.User) error,
	) (book.User, error)

	// DeleteExpiredLinks removes links that have expired, and returns how many.
	DeleteExpiredLinks(ctx context.Context) (int, error)
}
