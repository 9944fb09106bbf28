package book

import (
	"slices"

	"github.com/google/uuid"
)

// Role is what an account may do. Each role includes those before it.
type Role string

// The roles, from least to most.
const (
	Reader Role = "reader" // asks, and reads what is public or own
	Editor Role = "editor" // and ingests, changes and deletes own documents
	Admin  Role = "admin"  // and sees and deletes any document, and manages accounts
)

// Roles lists the roles from least to most.
func Roles() []Role { return []Role{Reader, Editor, Admin} }

// Allows reports whether r includes what. An unknown or empty role allows nothing.
func (r Role) Allows(what Role) bool { return rank(r) > 0 && rank(what) > 0 && rank(r) >= rank(what) }

func rank(r Role) int {
	for i, known := range Roles() {
		if r == known {
			return i + 1
		}
	}
	return 0
}

// Permission is what an API key may do. Each includes those before it.
type Permission string

// The permissions, from least to most.
const (
	PermitRead   Permission = "read"   // what a reader may
	PermitIngest Permission = "ingest" // what an editor may
	PermitAdmin  Permission = "admin"  // what an administrator may
)

// Permissions lists the permissions from least to most.
func Permissions() []Permission { return []Permission{PermitRead, PermitIngest, PermitAdmin} }

// Role returns the role that may do exactly this; empty for an unknown permission.
func (p Permission) Role() Role {
	if i := slices.Index(Permissions(), p); i >= 0 {
		return Roles()[i]
	}
	return ""
}

// Permission returns the permission of keys that may do all that r may; empty for an unknown role.
func (r Role) Permission() Permission {
	if i := slices.Index(Roles(), r); i >= 0 {
		return Permissions()[i]
	}
	return ""
}

// LocalUsername is the built-in account that owns what the command line does on a data directory.
// Nobody can sign in as it.
const LocalUsername = "local"

// Principal is who makes a request. The zero value is an anonymous reader.
type Principal struct {
	UserID   uuid.UUID
	Username string
	Role     Role // of the credential: a key may allow less than its account
	// KeyID is the key that was presented; uuid.Nil for another credential.
	KeyID uuid.UUID
}

// Anonymous reports whether p is nobody in particular.
func (p Principal) Anonymous() bool { return p.UserID == uuid.Nil }

// View is the set of documents that a request may see.
type View struct {
	UserID uuid.UUID // whose private documents are in it; uuid.Nil for nobody's
	All    bool      // every document, whoever owns it
}

// View returns what p finds, asks about and counts: public documents and own ones. That holds for
// administrators too.
func (p Principal) View() View { return View{UserID: p.UserID} }

// AdminView returns what p may list, show and delete: for administrators every document.
func (p Principal) AdminView() View { return View{UserID: p.UserID, All: p.Role == Admin} }

// Scope is what a point's payload says about who may find it.
type Scope string

// ScopePublic is the scope of a public document's points.
const ScopePublic Scope = "public"

// ScopeOf returns the scope of a document of this visibility and owner.
func ScopeOf(v Visibility, owner uuid.UUID) Scope {
	if v == Public {
		return ScopePublic
	}
	return Scope("user:" + owner.String())
}

// Scopes lists the scopes whose points this view may find. It is for searches; a view of
// everything has no such list and searches as its user.
func (v View) Scopes() []Scope {
	scopes := []Scope{ScopePublic}
	if v.UserID != uuid.Nil {
		scopes = append(scopes, ScopeOf(Private, v.UserID))
	}
	return scopes
}
