package book

import (
	"bytes"
	"time"

	"github.com/google/uuid"
)

// User is an account.
type User struct {
	ID           uuid.UUID
	Username     string
	Email        string
	PasswordHash string // argon2id in PHC form; empty for an account nobody can sign in as
	Role         Role
	Disabled     bool
	// TokenVersion is raised to make every access and refresh token from before worthless.
	TokenVersion int
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// SameAs reports whether all fields are equal, times as moments.
func (u User) SameAs(other User) bool {
	sameTimes := u.CreatedAt.Equal(other.CreatedAt) && u.UpdatedAt.Equal(other.UpdatedAt)
	u.CreatedAt, u.UpdatedAt = other.CreatedAt, other.UpdatedAt
	return sameTimes && u == other
}

// KeepsResets reports whether a link made for u, to reset its password, is good for what u has become.
func (u User) KeepsResets(now User) bool {
	return u.PasswordHash == now.PasswordHash && u.Email == now.Email && u.TokenVersion == now.TokenVersion
}

// Administers reports whether somebody can sign in to the account and manage the others. The built-in
// account does not count.
func (u User) Administers() bool { return u.Role == Admin && !u.Disabled && u.PasswordHash != "" }

// ErrLastAdmin is the conflict of a change that would leave nobody who can administer.
func ErrLastAdmin() error {
	return Errorf(Conflict, "this is the last administrator who can sign in; make another one first")
}

// ErrDeparting is the conflict of a change to an account that is being deleted.
func ErrDeparting() error {
	return Errorf(Conflict, "the account is being deleted, so it cannot be changed any more")
}

// APIKey is a long-lived credential of an account. Only the hash of the secret is kept.
type APIKey struct {
	ID         uuid.UUID
	UserID     uuid.UUID
	Prefix     string // the first characters of the key, to recognise it by
	Hash       []byte // SHA-256 of the whole key
	Permission Permission
	ExpiresAt  time.Time // zero: never
	RevokedAt  time.Time // zero: not revoked
	CreatedAt  time.Time
	UsedAt     time.Time // zero: never; to the minute or so
}

// GoodAt reports whether the key is neither revoked nor expired then.
func (k APIKey) GoodAt(t time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || t.Before(k.ExpiresAt))
}

// SameAs reports whether all fields but UsedAt are equal, times as moments.
func (k APIKey) SameAs(other APIKey) bool {
	return k.ID == other.ID && k.UserID == other.UserID && k.Prefix == other.Prefix &&
		bytes.Equal(k.Hash, other.Hash) && k.Permission == other.Permission &&
		k.ExpiresAt.Equal(other.ExpiresAt) && k.RevokedAt.Equal(other.RevokedAt) &&
		k.CreatedAt.Equal(other.CreatedAt)
}

// RefreshToken is one link of a family: each use replaces it by the next, and using one twice
// revokes the family.
type RefreshToken struct {
	Hash      []byte // SHA-256 of the token
	Family    uuid.UUID
	UserID    uuid.UUID
	Version   int // the account's TokenVersion at the sign-in; with another one it is worthless
	ExpiresAt time.Time
	UsedAt    time.Time // zero: not used yet
	RevokedAt time.Time // zero: not revoked
}

// LinkPurpose says what a one-time link is for.
type LinkPurpose string

// The purposes of links.
const (
	LinkInvitation LinkPurpose = "invitation" // makes an account
	LinkReset      LinkPurpose = "reset"      // gives an account another password
)

// Link is a one-time link. Only the hash of its secret is kept.
type Link struct {
	ID        uuid.UUID
	Purpose   LinkPurpose
	Hash      []byte    // SHA-256 of the secret
	UserID    uuid.UUID // of a reset: the account
	Email     string    // of an invitation: the address that the account must have; empty: any
	Role      Role      // of an invitation: the account's
	ExpiresAt time.Time
	CreatedAt time.Time
}

// Departure is an account that is being deleted.
type Departure struct {
	UserID uuid.UUID
	HeirID uuid.UUID // account that its documents go to; uuid.Nil: they are deleted
}
