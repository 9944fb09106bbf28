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
	SetRole userSetRoleCommand `cmd:"" help:"Give an account another role."`
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
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	changed, err := accounts.Auth.Disable(ctx, accounts.Local, c.Username)
	if err != nil {
		return err
	}
	return s.printUser(changed, "disabled")
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

// printUser says what was done to an account.
func (s *session) printUser(u book.User, done string) error {
	if s.JSON {
		return s.printJSON(userOf(u))
	}
	s.notef("%s %s (%s)", done, u.Username, u.Role)
	return nil
}
