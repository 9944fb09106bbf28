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

// Registration is what somebody says who wants an account.
type Registration struct {
	Username string
	Email    string
	Password string
}

// Register makes an account with the role reader. Invalid for a name, address or password that
// cannot be; Conflict when name or address is taken, in whatever case.
func (s *Service) Register(ctx context.Context, r Registration) (book.User, error) {
	if r.Email == "" || r.Password == "" {
		return book.User{}, book.Errorf(book.Invalid, "an account takes an e-mail address and a "+
			"password")
	}
	return s.create(ctx, book.Principal{}, r, book.Reader)
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
	return s.create(ctx, p, r, role)
}

// create makes an account of what is given of r. p is who makes it, nobody for the one itself.
func (s *Service) create(
	ctx context.Context, p book.Principal, r Registration, role book.Role,
) (book.User, error) {
	user := book.User{ID: uuid.New(), Username: r.Username, Email: r.Email, Role: role}
	if err := validateUsername(r.Username); err != nil {
		return book.User{}, err
	}
	if r.Email != "" {
		if err := validateEmail(r.Email); err != nil {
			return book.User{}, err
		}
	}
	if r.Password != "" {
		if err := validatePassword(r.Password, user); err != nil {
			return book.User{}, err
		}
		var err error
		if user.PasswordHash, err = s.hasher.hash(ctx, r.Password); err != nil {
			return book.User{}, err
		}
	}
	action := book.AccountCreate
	if p.Anonymous() {
		action, p = book.AccountRegister, book.Principal{UserID: user.ID, Username: user.Username}
	}
	ctx = Audited(ctx, p, action, book.AccountTarget(user), string(role))
	return s.store.CreateUser(ctx, user)
}

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
	ctx = Audited(ctx, p, book.AccountUpdate, book.AccountTarget(user), "")
	return s.update(ctx, p.UserID, func(u *book.User) error {
		if u.TokenVersion != user.TokenVersion { // somebody changed the password, or signed out
			return errToken()
		}
		return c.apply(u)
	})
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

// SetRole gives an account another role, from its next request on; for administrators. NotFound
// for an unknown account, Forbidden for the built-in one.
func (s *Service) SetRole(
	ctx context.Context, p book.Principal, username string, role book.Role,
) (book.User, error) {
	if !role.Allows(book.Reader) {
		return book.User{}, errRole(role)
	}
	return s.change(ctx, p, username, book.AccountRole, string(role), func(u *book.User) {
		u.Role = role
	})
}

// Disable shuts an account out: it cannot sign in, and its tokens and keys are worthless. Its
// documents stay. For administrators; errors as SetRole.
func (s *Service) Disable(
	ctx context.Context, p book.Principal, username string,
) (book.User, error) {
	return s.change(ctx, p, username, book.AccountDisable, "", func(u *book.User) {
		u.Disabled = true
		u.TokenVersion++
	})
}

func (s *Service) change(
	ctx context.Context, p book.Principal, username string,
	action book.Action, detail string, apply func(*book.User),
) (book.User, error) {
	if err := Require(p, book.Admin); err != nil {
		return book.User{}, err
	}
	user, err := s.userByName(ctx, username)
	if err != nil {
		return book.User{}, err
	}
	ctx = Audited(ctx, p, action, book.AccountTarget(user), detail)
	return s.update(ctx, user.ID, func(u *book.User) error {
		if err := changeable(*u); err != nil {
			return err
		}
		apply(u)
		return nil
	})
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
