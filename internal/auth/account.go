package auth

import (
	"context"
	"net/mail"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// maxEmailBytes is the longest address that can be written to (RFC 5321, section 4.5.3.1.3).
const maxEmailBytes = 254

// usernames are ASCII, so that no two of them look alike but in case, which the store ignores;
// and they never look like an e-mail address.
var usernames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$`)

// Me returns the caller's own account; Unauthenticated when there is none.
func (s *Service) Me(ctx context.Context, p book.Principal) (book.User, error) {
	if err := requireAccount(p); err != nil {
		return book.User{}, err
	}
	return s.activeUser(ctx, p.UserID)
}

// AccountChange holds what to change; nil leaves as it is.
type AccountChange struct {
	Username *string
	Email    *string
	// Password is the account's, which another e-mail address takes: whoever reads mail to it can
	// have the password reset.
	Password *string
}

// UpdateMe changes the caller's own account. Forbidden for a key that allows less than its account,
// for the built-in account, and for another e-mail address without the right password, if the
// account has one; Invalid and Conflict as for Register; RateLimited as for Login.
func (s *Service) UpdateMe(
	ctx context.Context, p book.Principal, c AccountChange,
) (book.User, error) {
	user, err := s.whole(ctx, p)
	if err != nil {
		return book.User{}, err
	}
	if c.Email != nil && *c.Email != user.Email && user.PasswordHash != "" {
		if err := s.checkPassword(ctx, user, c.Password); err != nil {
			return book.User{}, err
		}
	}
	recorded := Audited(ctx, p, book.AccountUpdate, book.AccountTarget(user), "")
	changed, err := s.update(recorded, p.UserID, func(u *book.User) error {
		if u.TokenVersion != user.TokenVersion { // somebody changed the password, or signed out
			return errToken()
		}
		return c.apply(u)
	})
	if err == nil {
		s.notify(ctx, user, changed)
	}
	return changed, err
}

// whole returns the caller's account, if its credential allows all that the account does.
func (s *Service) whole(ctx context.Context, p book.Principal) (book.User, error) {
	user, err := s.Me(ctx, p)
	if err == nil {
		err = requireWhole(p, user)
	}
	return user, err
}

// requireWhole returns an error unless p may do what u itself may.
func requireWhole(p book.Principal, u book.User) error {
	if u.Disabled {
		return errToken()
	}
	if p.Role != u.Role {
		return book.Errorf(book.Forbidden, "this key allows less than its account, so it cannot "+
			"change the account; sign in instead")
	}
	return changeable(u)
}

func (c AccountChange) apply(u *book.User) error {
	if c.Username != nil {
		if err := validateUsername(*c.Username); err != nil {
			return err
		}
		u.Username = *c.Username
	}
	if c.Email != nil {
		if err := validateEmail(*c.Email); err != nil {
			return err
		}
		u.Email = *c.Email
	}
	return nil
}

// ListUsers returns accounts by username (lower case), starting after one; for administrators.
func (s *Service) ListUsers(
	ctx context.Context, p book.Principal, after string, limit int,
) ([]book.User, error) {
	if err := Require(p, book.Admin); err != nil {
		return nil, err
	}
	return s.store.ListUsers(ctx, after, limit)
}

// User returns an account, for administrators; NotFound for an unknown one.
func (s *Service) User(
	ctx context.Context, p book.Principal, id uuid.UUID,
) (book.User, error) {
	if err := Require(p, book.Admin); err != nil {
		return book.User{}, err
	}
	user, err := s.store.UserByID(ctx, id)
	if book.CodeOf(err) == book.NotFound {
		return book.User{}, book.Wrap(book.NotFound, err, "there is no account with this id")
	}
	return user, err
}

// UserChange holds what an administrator changes of an account; nil leaves as it is. An account that
// is disabled cannot sign in, and its tokens and keys are worthless; its documents stay.
type UserChange struct {
	Username *string
	Email    *string
	Role     *book.Role
	Disabled *bool
	SignOut  bool // ends all sessions
}

// UpdateUser changes the account, for administrators, from its next request on. NotFound for an
// unknown account, Forbidden for the built-in one, Invalid and Conflict as for Register, Conflict
// when nobody would be left who administers, and when the account is being deleted.
func (s *Service) UpdateUser(
	ctx context.Context, p book.Principal, id uuid.UUID, c UserChange,
) (book.User, error) {
	user, err := s.User(ctx, p, id)
	if err != nil {
		return book.User{}, err
	}
	action, detail := c.audit()
	recorded := Audited(ctx, p, action, book.AccountTarget(user), detail)
	changed, err := s.update(recorded, id, func(u *book.User) error {
		if err := changeable(*u); err != nil {
			return err
		}
		return c.apply(u)
	})
	if err == nil {
		s.notify(ctx, user, changed)
	}
	return changed, err
}

func (c UserChange) apply(u *book.User) error {
	if c.Role != nil {
		if !c.Role.Allows(book.Reader) {
			return errRole(*c.Role)
		}
		u.Role = *c.Role
	}
	if c.SignOut || c.Disabled != nil && *c.Disabled && !u.Disabled {
		u.TokenVersion++
	}
	if c.Disabled != nil {
		u.Disabled = *c.Disabled
	}
	if c.Email != nil && *c.Email == "" { // an account for keys alone needs none
		u.Email = ""
		c.Email = nil
	}
	return AccountChange{Username: c.Username, Email: c.Email}.apply(u)
}

// audit says what the change is in the audit log: what weighs most as the action, and all of it.
func (c UserChange) audit() (book.Action, string) {
	action := book.AccountUpdate
	var details []string
	if c.Username != nil {
		details = append(details, "username "+*c.Username)
	}
	if c.Email != nil {
		details = append(details, "e-mail address")
	}
	if c.SignOut {
		action = book.AccountSignOut
		details = append(details, "signed out")
	}
	if c.Role != nil {
		action = book.AccountRole
		details = append(details, string(*c.Role))
	}
	if c.Disabled != nil {
		action = map[bool]book.Action{true: book.AccountDisable, false: book.AccountEnable}[*c.Disabled]
		details = append(details, map[bool]string{true: "disabled", false: "enabled"}[*c.Disabled])
	}
	return action, strings.Join(details, ", ")
}

// SetRole gives the named account another role; see UpdateUser.
func (s *Service) SetRole(
	ctx context.Context, p book.Principal, username string, role book.Role,
) (book.User, error) {
	return s.ChangeUser(ctx, p, username, UserChange{Role: &role})
}

// SetDisabled shuts the named account out, or lets it in again; see UpdateUser.
func (s *Service) SetDisabled(
	ctx context.Context, p book.Principal, username string, disabled bool,
) (book.User, error) {
	return s.ChangeUser(ctx, p, username, UserChange{Disabled: &disabled})
}

// SignOut ends all sessions of the named account; see UpdateUser.
func (s *Service) SignOut(
	ctx context.Context, p book.Principal, username string,
) (book.User, error) {
	return s.ChangeUser(ctx, p, username, UserChange{SignOut: true})
}

// ChangeUser changes the named account; see UpdateUser.
func (s *Service) ChangeUser(
	ctx context.Context, p book.Principal, username string, c UserChange,
) (book.User, error) {
	if err := Require(p, book.Admin); err != nil {
		return book.User{}, err
	}
	user, err := s.userByName(ctx, username)
	if err != nil {
		return book.User{}, err
	}
	return s.UpdateUser(ctx, p, user.ID, c)
}

// EnsureLocal makes sure that the built-in account is there, and returns it as a principal. It is
// an administrator without a password, so nobody can sign in as it.
func (s *Service) EnsureLocal(ctx context.Context) (book.Principal, error) {
	user, err := s.store.UserByLogin(ctx, book.LocalUsername)
	if book.CodeOf(err) == book.NotFound {
		user, err = s.store.CreateUser(ctx, book.User{
			ID: uuid.New(), Username: book.LocalUsername, Role: book.Admin,
		})
		if book.CodeOf(err) == book.Conflict { // another process was faster
			user, err = s.store.UserByLogin(ctx, book.LocalUsername)
		}
	}
	if err != nil {
		return book.Principal{}, err
	}
	return book.Principal{UserID: user.ID, Username: user.Username, Role: user.Role}, nil
}

// userByName finds an account by username or e-mail address, for administrators.
func (s *Service) userByName(ctx context.Context, name string) (book.User, error) {
	user, err := s.store.UserByLogin(ctx, name)
	if book.CodeOf(err) == book.NotFound {
		return book.User{}, book.Wrap(book.NotFound, err, "there is no account %q", name)
	}
	return user, err
}

func changeable(u book.User) error {
	if u.Username == book.LocalUsername {
		return book.Errorf(book.Forbidden, "the built-in account %q cannot be changed",
			book.LocalUsername)
	}
	return nil
}

func validateUsername(name string) error {
	if !usernames.MatchString(name) {
		return book.Errorf(book.Invalid, "a user name has 3 to 64 characters, only ASCII letters, "+
			"digits, \".\", \"_\" and \"-\", and begins with a letter or digit")
	}
	if strings.EqualFold(name, book.LocalUsername) {
		return book.Errorf(book.Conflict, "the user name %q is taken", name)
	}
	return nil
}

func validateEmail(email string) error {
	address, err := mail.ParseAddress(email)
	if err != nil || address.Address != email || len(email) > maxEmailBytes {
		return book.Errorf(book.Invalid, "the e-mail address must look like name@example.org and "+
			"have at most %d bytes", maxEmailBytes)
	}
	return nil
}

func errRole(role book.Role) error {
	return book.Errorf(book.Invalid, "there is no role %q; roles are reader, editor and admin", role)
}

// OwnerNamed returns the account that a document is handed over to; for administrators. NotFound for
// an unknown one, Conflict for one that may not own documents: a reader's, or a disabled one.
func (s *Service) OwnerNamed(
	ctx context.Context, p book.Principal, username string,
) (book.User, error) {
	if err := MayHandOver(p); err != nil {
		return book.User{}, err
	}
	user, err := s.userByName(ctx, username)
	if err != nil {
		return book.User{}, err
	}
	if user.Disabled || !user.Role.Allows(book.Editor) {
		return book.User{}, book.Errorf(book.Conflict, "the account %q cannot own documents: it is "+
			"disabled, or a reader's", user.Username)
	}
	return user, nil
}
