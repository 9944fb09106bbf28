package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Departures holds the accounts that are being deleted. That takes several steps, since documents
// are in two stores; whoever finds a departure goes on with it.
type Departures interface {
	// BeginDeparture shuts the account out: it is disabled, its tokens are worthless, its keys
	// revoked, its resets gone; from now on UpdateUser refuses to change it. Beginning it again is
	// no error; Conflict with another heir, and for the last account that administers. NotFound when
	// the account is absent; Invalid when the heir is absent or disabled, is no editor or
	// administrator, or is the account itself.
	BeginDeparture(ctx context.Context, d book.Departure) error

	// ListDepartures returns departures by the id of the account, starting after one.
	ListDepartures(ctx context.Context, after uuid.UUID, limit int) ([]book.Departure, error)

	// DeleteUser removes an account that departs, and all that is its own: keys, sessions, requests,
	// conversations, feedback. Conflict when it does not depart, while it owns a document, and
	// while it is the heir of another departure; NotFound when absent.
	DeleteUser(ctx context.Context, id uuid.UUID) error
}

// ShutOut changes an account so that nobody gets in any more.
func ShutOut(u *book.User) error {
	u.Disabled = true
	u.TokenVersion++
	return nil
}

// CheckDeparture returns Conflict unless the departure that began is the one that is to begin.
func CheckDeparture(began, d book.Departure) error {
	if began != d {
		return book.Errorf(book.Conflict, "the account is being deleted already, and something else "+
			"becomes of its documents")
	}
	return nil
}

// CheckHeir returns Invalid unless heir can have the documents of u.
func CheckHeir(u, heir book.User) error {
	switch {
	case heir.ID == uuid.Nil:
		return book.Errorf(book.Invalid, "there is no account to hand the documents over to")
	case heir.ID == u.ID || heir.Disabled || !heir.Role.Allows(book.Editor):
		return book.Errorf(book.Invalid, "documents are handed over to another account, which is not "+
			"disabled and has the role editor or admin")
	}
	return nil
}

// ErrStillNeeded is the conflict of deleting an account too early.
func ErrStillNeeded() error {
	return book.Errorf(book.Conflict, "the account cannot be deleted yet")
}
