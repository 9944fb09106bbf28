package main

import (
	"context"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

type userCommand struct {
	Create  userCreateCommand  `cmd:"" help:"Create an account."`
	List    userListCommand    `cmd:"" help:"List accounts."`
	Disable userDisableCommand `cmd:"" help:"Shut an account out; its documents stay."`
	Enable  userEnableCommand  `cmd:"" help:"Let an account in again."`
	SetRole userSetRoleCommand `cmd:"" help:"Give an account another role."`
	Update  userUpdateCommand  `cmd:"" help:"Give an account another name or e-mail address."`
	SignOut userSignOutCommand `cmd:"" help:"End all sessions of an account."`
	Reset   userResetCommand   `cmd:"" help:"Print a link, once, with which an account gets another password."`
	Export  userExportCommand  `cmd:"" help:"Print what is an account's own as JSON: profile, keys, documents, conversations."`
	Delete  userDeleteCommand  `cmd:"" help:"Delete an account; its documents are deleted too, or handed over."`
}

// user is an account as it is printed.
type user struct {
	ID        string    `json:"id"`
	Username  string    `json:"username"`
	Email     string    `json:"email"`
	Role      book.Role `json:"role"`
	Disabled  bool      `json:"disabled"`
	CreatedAt time.Time `json:"created_at"`
}

func userOf(u book.User) user {
	return user{u.ID.String(), u.Username, u.Email, u.Role, u.Disabled, u.CreatedAt}
}

type userCreateCommand struct {
	Username      string `arg:"" help:"Name to sign in with."`
	Email         string `required:"" help:"E-mail address; one can sign in with it too." placeholder:"ADDRESS"`
	Role          string `help:"What the account may do: reader, editor or admin." enum:"reader,editor,admin" default:"reader"`
	PasswordStdin bool   `help:"Read the password from the first line of stdin instead of asking."`
}

// Run creates an account.
func (c *userCreateCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	password, err := c.password(ctx, s)
	if err != nil {
		return err
	}
	created, err := accounts.Auth.CreateUser(ctx, accounts.Local, auth.Registration{
		Username: c.Username, Email: c.Email, Password: password,
	}, book.Role(c.Role))
	if err != nil {
		return err
	}
	return s.printUser(created, "created")
}

// password is the new password. It is no flag, because others can see a process's flags.
func (c *userCreateCommand) password(ctx context.Context, s *session) (string, error) {
	if c.PasswordStdin {
		return s.passwordLine(ctx)
	}
	return s.askPassword(ctx)
}

type userListCommand struct{}

// Run lists accounts by name.
func (c *userListCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	users := []user{}
	after := ""
	for {
		page, err := accounts.Auth.ListUsers(ctx, accounts.Local, after, listPage)
		if err != nil {
			return err
		}
		for _, u := range page {
			users = append(users, userOf(u))
			after = strings.ToLower(u.Username)
		}
		if len(page) < listPage {
			break
		}
	}
	if s.JSON {
		return s.printJSON(map[string]any{"items": users})
	}
	table := s.table("USERNAME", "EMAIL", "ROLE", "STATE", "CREATED")
	for _, u := range users {
		state := "active"
		if u.Disabled {
			state = "disabled"
		}
		table.row(u.Username, u.Email, u.Role, state, timeOrDash(u.CreatedAt))
	}
	return table.flush()
}

type userDisableCommand struct {
	Username string `arg:"" help:"The account."`
}

// Run shuts an account out.
func (c *userDisableCommand) Run(ctx context.Context, s *session) error {
	return s.setDisabled(ctx, c.Username, true, "disabled")
}

type userEnableCommand struct {
	Username string `arg:"" help:"The account."`
}

// Run lets an account in again.
func (c *userEnableCommand) Run(ctx context.Context, s *session) error {
	return s.setDisabled(ctx, c.Username, false, "enabled")
}

func (s *session) setDisabled(ctx context.Context, name string, disabled bool, done string) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	changed, err := accounts.Auth.SetDisabled(ctx, accounts.Local, name, disabled)
	if err != nil {
		return err
	}
	return s.printUser(changed, done)
}

type userSignOutCommand struct {
	Username string `arg:"" help:"The account."`
}

// Run ends an account's sessions.
func (c *userSignOutCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	changed, err := accounts.Auth.SignOut(ctx, accounts.Local, c.Username)
	if err != nil {
		return err
	}
	return s.printUser(changed, "signed out")
}

type userResetCommand struct {
	Username string `arg:"" help:"The account."`
}

// Run prints a link to choose another password.
func (c *userResetCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	link, err := accounts.Auth.CreateReset(ctx, accounts.Local, c.Username)
	if err != nil {
		return err
	}
	return s.printLink(link)
}

type userExportCommand struct {
	Username string `arg:"" help:"The account."`
}

// Run prints what is kept of an account.
func (c *userExportCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	return accounts.Auth.ExportUser(ctx, accounts.Local, c.Username, s.stdout)
}

type userSetRoleCommand struct {
	Username string `arg:"" help:"The account."`
	Role     string `arg:"" enum:"reader,editor,admin" help:"reader, editor or admin."`
}

// Run gives an account another role.
func (c *userSetRoleCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	changed, err := accounts.Auth.SetRole(ctx, accounts.Local, c.Username, book.Role(c.Role))
	if err != nil {
		return err
	}
	return s.printUser(changed, "changed")
}

type userUpdateCommand struct {
	Username    string  `arg:"" help:"The account."`
	NewUsername *string `name:"username" help:"Its new name to sign in with." placeholder:"NAME"`
	Email       *string `help:"Its new e-mail address; empty for none." placeholder:"ADDRESS"`
}

// Run gives an account another name or address.
func (c *userUpdateCommand) Run(ctx context.Context, s *session) error {
	if c.NewUsername == nil && c.Email == nil {
		return book.Errorf(book.Invalid, "say what to change: --username, --email or both")
	}
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	changed, err := accounts.Auth.ChangeUser(ctx, accounts.Local, c.Username, auth.UserChange{
		Username: c.NewUsername, Email: c.Email,
	})
	if err != nil {
		return err
	}
	return s.printUser(changed, "changed")
}

// printUser says what was done to an account.
func (s *session) printUser(u book.User, done string) error {
	if s.JSON {
		return s.printJSON(userOf(u))
	}
	s.notef("%s %s (%s)", done, u.Username, u.Role)
	return nil
}
