package auth

import (
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Access says who may read.
type Access string

// The settings of Access.
const (
	AccessPublic Access = "public" // everybody reads public documents
	AccessLogin  Access = "login"  // to read at all takes an account
)

// Require returns nil when p's credential includes role. Otherwise Unauthenticated for somebody
// without one, and Forbidden for a lesser one.
func Require(p book.Principal, role book.Role) error {
	if err := requireAccount(p); err != nil {
		return err
	}
	if !p.Role.Allows(role) && p.KeyID != uuid.Nil {
		return book.Errorf(book.Forbidden, "this takes a key with the permission %s; yours allows %s",
			role.Permission(), p.Role.Permission())
	}
	if !p.Role.Allows(role) {
		return book.Errorf(book.Forbidden, "this takes the role %s; you have the role %s",
			role, p.Role)
	}
	return nil
}

// MayRead returns nil when p may read and ask at all.
func (a Access) MayRead(p book.Principal) error {
	if a == AccessPublic {
		return nil
	}
	return Require(p, book.Reader)
}

// MayIngest returns nil when p may ingest documents of its own.
func MayIngest(p book.Principal) error { return Require(p, book.Editor) }

// MaySetVisibility returns nil when p may say who reads d: its owner, as an editor. d must be in
// p's AdminView.
func MaySetVisibility(p book.Principal, d book.Document) error {
	if err := MayIngest(p); err != nil {
		return err
	}
	return requireOwner(p, d)
}

// MayHandOver returns nil when p may give documents, whoever owns them, to another account.
func MayHandOver(p book.Principal) error { return Require(p, book.Admin) }

// MayDelete returns nil when p may delete d: its owner, as an editor, and administrators. d must be
// in p's AdminView.
func MayDelete(p book.Principal, d book.Document) error {
	if err := MayIngest(p); err != nil {
		return err
	}
	if p.Role.Allows(book.Admin) {
		return nil
	}
	return requireOwner(p, d)
}

func requireOwner(p book.Principal, d book.Document) error {
	if d.OwnerID != p.UserID {
		return book.Errorf(book.Forbidden, "%q belongs to another account", d.DocID)
	}
	return nil
}

func requireAccount(p book.Principal) error {
	if p.Anonymous() {
		return book.Errorf(book.Unauthenticated, "this takes an account: send "+
			"\"Authorization: Bearer\" with an access token or an API key")
	}
	return nil
}
