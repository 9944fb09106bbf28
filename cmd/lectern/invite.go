package main

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

type inviteCommand struct {
	Create inviteCreateCommand `cmd:"" help:"Make an invitation and print its link, once."`
	List   inviteListCommand   `cmd:"" help:"List open invitations."`
	Revoke inviteRevokeCommand `cmd:"" help:"Make an invitation worthless."`
}

// invitation is an invitation as it is printed.
type invitation struct {
	ID        uuid.UUID `json:"id"`
	Email     string    `json:"email"`
	Role      book.Role `json:"role"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

type inviteCreateCommand struct {
	Email   string        `help:"Address that the account must have; the link goes there, where mail can be sent (default: any)." placeholder:"ADDRESS"`
	Role    string        `help:"Role of the account: reader, editor or admin." enum:"reader,editor,admin" default:"reader"`
	Expires time.Duration `help:"After how long it expires (default: 168h)." placeholder:"DURATION"`
}

// Run makes an invitation.
func (c *inviteCreateCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	link, err := accounts.Auth.Invite(ctx, accounts.Local, auth.InvitationRequest{
		Email: c.Email, Role: book.Role(c.Role), Lifetime: c.Expires,
	})
	if err != nil {
		return err
	}
	return s.printLink(link)
}

// printLink prints a link that is shown only now.
func (s *session) printLink(link auth.OneTimeLink) error {
	if s.JSON {
		return s.printJSON(struct {
			ID        uuid.UUID `json:"id"`
			Token     string    `json:"token"`
			URL       string    `json:"url"`
			ExpiresAt time.Time `json:"expires_at"`
			Mailed    bool      `json:"mailed"`
		}{link.ID, link.Secret, link.URL, link.ExpiresAt, link.Mailed})
	}
	s.stdout.printf("%s\n", link.URL)
	if s.Config.PublicURL == "" {
		s.notef("Put your server's address before it; --public-url does that by itself.")
	}
	if link.Mailed {
		s.notef("It was mailed to %s.", link.Email)
	}
	s.notef("Pass it on to one person: it is shown only now, and good once, until %s.",
		link.ExpiresAt.Local().Format(time.RFC1123))
	return nil
}

type inviteListCommand struct{}

// Run lists open invitations.
func (c *inviteListCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	shown := []invitation{}
	after := uuid.Nil
	for {
		page, err := accounts.Auth.ListInvitations(ctx, accounts.Local, after, listPage)
		if err != nil {
			return err
		}
		for _, l := range page {
			shown = append(shown, invitation{l.ID, l.Email, l.Role, l.CreatedAt, l.ExpiresAt})
			after = l.ID
		}
		if len(page) < listPage {
			break
		}
	}
	if s.JSON {
		return s.printJSON(map[string]any{"items": shown})
	}
	table := s.table("ID", "EMAIL", "ROLE", "CREATED", "EXPIRES")
	for _, i := range shown {
		table.row(i.ID, i.Email, i.Role, timeOrDash(i.CreatedAt), timeOrDash(i.ExpiresAt))
	}
	return table.flush()
}

type inviteRevokeCommand struct {
	ID string `arg:"" help:"The invitation's id, as invite list shows it."`
}

// Run makes an invitation worthless.
func (c *inviteRevokeCommand) Run(ctx context.Context, s *session) error {
	id, err := uuid.Parse(c.ID)
	if err != nil {
		return book.Wrap(book.Invalid, err, "%q is no invitation's id; `lectern invite list` shows "+
			"the ids", c.ID)
	}
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	if err := accounts.Auth.RevokeInvitation(ctx, accounts.Local, id); err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(map[string]any{"revoked": id})
	}
	s.notef("revoked %s", id)
	return nil
}
