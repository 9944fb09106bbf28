package auth

import (
	"cmp"
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// RegistrationMode says who may make an account without an administrator.
type RegistrationMode string

// The settings of RegistrationMode.
const (
	RegistrationOpen       RegistrationMode = "open"       // everybody
	RegistrationInvitation RegistrationMode = "invitation" // who was invited
	RegistrationClosed     RegistrationMode = "closed"     // nobody
)

// Registration is what somebody says who wants an account.
type Registration struct {
	Username   string
	Email      string
	Password   string
	Invitation string // the secret of an invitation; empty without one
}

// Registration is the mode in force.
func (s *Service) Registration() RegistrationMode { return s.registration }

// Register makes an account: with the role reader, or as the invitation says, which is used up.
// Forbidden when registration is closed, or takes an invitation and there is none; NotFound when the
// invitation is not valid (any more); Invalid for a name, address or password that cannot be, and
// for another address than the invitation is for; Conflict when name or address is taken, in
// whatever case.
func (s *Service) Register(ctx context.Context, r Registration) (book.User, error) {
	if r.Email == "" || r.Password == "" {
		return book.User{}, book.Errorf(book.Invalid, "an account takes an e-mail address and a "+
			"password")
	}
	invitation, err := s.admission(ctx, r)
	if err != nil {
		return book.User{}, err
	}
	user, err := s.newUser(ctx, r, invitation.Role)
	if err != nil {
		return book.User{}, err
	}
	itself := book.Principal{UserID: user.ID, Username: user.Username}
	ctx = Audited(ctx, itself, book.AccountRegister, book.AccountTarget(user), string(user.Role))
	if r.Invitation != "" {
		return s.store.RedeemInvitation(ctx, invitation.Hash, user)
	}
	return s.store.CreateUser(ctx, user)
}

// admission returns the invitation that lets r in, or one to the role reader where none is needed.
func (s *Service) admission(ctx context.Context, r Registration) (book.Link, error) {
	switch {
	case s.registration == RegistrationClosed:
		return book.Link{}, book.Errorf(book.Forbidden, "registration is closed here; ask an "+
			"administrator for an account")
	case r.Invitation == "" && s.registration == RegistrationInvitation:
		return book.Link{}, book.Errorf(book.Forbidden, "registration takes an invitation here; ask "+
			"an administrator for one")
	case r.Invitation == "":
		return book.Link{Role: book.Reader}, nil
	}
	link, err := s.store.LinkByHash(ctx, book.LinkInvitation, digest(r.Invitation))
	switch {
	case book.CodeOf(err) == book.NotFound:
		return book.Link{}, book.Wrap(book.NotFound, err, "the invitation was used, has expired or was "+
			"never made; ask for another one")
	case err == nil && link.Email != "" && !strings.EqualFold(link.Email, r.Email):
		return book.Link{}, book.Errorf(book.Invalid, "the invitation is for another e-mail address")
	}
	return link, err
}

// CreateUser makes an account with a role, for administrators; otherwise as Register. The e-mail
// address may be empty, and so may the password: then nobody can sign in, only use keys.
func (s *Service) CreateUser(
	ctx context.Context, p book.Principal, r Registration, role book.Role,
) (book.User, error) {
	if err := Require(p, book.Admin); err != nil {
		return book.User{}, err
	}
	if !role.Allows(book.Reader) {
		return book.User{}, errRole(role)
	}
	user, err := s.newUser(ctx, r, role)
	if err != nil {
		return book.User{}, err
	}
	ctx = Audited(ctx, p, book.AccountCreate, book.AccountTarget(user), string(role))
	return s.store.CreateUser(ctx, user)
}

// Check returns what no account can have, whatever accounts there are: Invalid for each of the name, the
// address and the password, of which the latter two may be empty, and Conflict for the name of the
// built-in account. No error repeats the password.
func (r Registration) Check() (username, email, password error) {
	username = validateUsername(r.Username)
	if r.Email != "" {
		email = validateEmail(r.Email)
	}
	if r.Password != "" {
		password = validatePassword(r.Password, book.User{Username: r.Username, Email: r.Email})
	}
	return username, email, password
}

// newUser is the account that r asks for.
func (s *Service) newUser(
	ctx context.Context, r Registration, role book.Role,
) (book.User, error) {
	user := book.User{ID: uuid.New(), Username: r.Username, Email: r.Email, Role: role}
	username, email, password := r.Check()
	if err := cmp.Or(username, email, password); err != nil {
		return book.User{}, err
	}
	if r.Password == "" {
		return user, nil
	}
	var err error
	user.PasswordHash, err = s.hasher.hash(ctx, r.Password)
	return user, err
}

// EnsureAdmin makes an administrator of what r says, when no account administers. Conflict when the
// name or the address is another account's, which does not become an administrator by that.
func (s *Service) EnsureAdmin(ctx context.Context, r Registration) (made bool, err error) {
	admins, err := s.store.CountAdmins(ctx)
	if err != nil || admins > 0 {
		return false, err
	}
	local, err := s.EnsureLocal(ctx)
	if err != nil {
		return false, err
	}
	_, err = s.CreateUser(ctx, local, r, book.Admin)
	if book.CodeOf(err) == book.Conflict {
		// Another server may have made it at the same time.
		if admins, errCount := s.store.CountAdmins(ctx); errCount != nil || admins > 0 {
			return false, errCount
		}
	}
	return err == nil, err
}
