package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Lifetimes of one-time links.
const (
	InvitationLifetime = 7 * 24 * time.Hour
	ResetLifetime      = time.Hour
)

// maxInvitationLifetime bounds how long an invitation lies about.
const maxInvitationLifetime = 90 * 24 * time.Hour

// Mailer sends mail.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// Mail is a message of plain text.
type Mail struct{ To, Subject, Text string }

// OneTimeLink is a link that is good once, with its secret, which is kept nowhere.
type OneTimeLink struct {
	book.Link
	Secret string
	// URL is where a person uses it: the page's path with the secret as fragment, which is sent to no
	// server and written to no log; after the public address, if that is known.
	URL string
	// Mailed says that it went to its address.
	Mailed bool
}

// The pages that take a secret.
const (
	invitationPage = "/join"
	resetPage      = "/reset"
)

// InvitationRequest says whom to invite.
type InvitationRequest struct {
	Email    string        // that the account must have; empty: any
	Role     book.Role     // of the account
	Lifetime time.Duration // zero: InvitationLifetime
}

// Invite makes an invitation, for administrators, and mails it if it has an address and mail can be
// sent. Invalid for an unknown role, an address that cannot be, or a lifetime that is negative or
// longer than 90 days; Conflict when registration is closed. When the mail could not be sent, the
// invitation is returned all the same.
func (s *Service) Invite(
	ctx context.Context, p book.Principal, r InvitationRequest,
) (OneTimeLink, error) {
	if err := Require(p, book.Admin); err != nil {
		return OneTimeLink{}, err
	}
	if s.registration == RegistrationClosed {
		return OneTimeLink{}, book.Errorf(book.Conflict, "registration is closed, so an invitation "+
			"would open nothing; see --registration")
	}
	if r.Lifetime == 0 {
		r.Lifetime = InvitationLifetime
	}
	if err := r.validate(); err != nil {
		return OneTimeLink{}, err
	}
	link, err := s.createLink(ctx, p, book.AccountInvite, invitationPage, book.Link{
		Purpose: book.LinkInvitation, Email: r.Email, Role: r.Role,
		ExpiresAt: time.Now().Add(r.Lifetime),
	}, book.Target{Kind: book.TargetInvitation, Name: r.Email})
	if err != nil || r.Email == "" {
		return link, err
	}
	link.Mailed = s.mail(ctx, Mail{
		To: r.Email, Subject: "An account for you",
		Text: fmt.Sprintf("%s invites you to a book that you can ask questions.\n\nTo choose a name "+
			"and a password, open this link by %s. It is good once.\n\n%s\n",
			p.Username, until(link), link.URL),
	})
	return link, nil
}

func (r InvitationRequest) validate() error {
	if !r.Role.Allows(book.Reader) {
		return errRole(r.Role)
	}
	if r.Lifetime < 0 || r.Lifetime > maxInvitationLifetime {
		return book.Errorf(book.Invalid, "an invitation lasts for at most 90 days")
	}
	if r.Email != "" {
		return validateEmail(r.Email)
	}
	return nil
}

// ListInvitations returns invitations that are open, by id, starting after one; for administrators.
func (s *Service) ListInvitations(
	ctx context.Context, p book.Principal, after uuid.UUID, limit int,
) ([]book.Link, error) {
	if err := Require(p, book.Admin); err != nil {
		return nil, err
	}
	return s.store.ListInvitations(ctx, after, limit)
}

// RevokeInvitation makes an invitation worthless, for administrators; NotFound when it is not open.
func (s *Service) RevokeInvitation(ctx context.Context, p book.Principal, id uuid.UUID) error {
	if err := Require(p, book.Admin); err != nil {
		return err
	}
	target := book.Target{Kind: book.TargetInvitation, ID: id.String()}
	err := s.store.DeleteInvitation(Audited(ctx, p, book.AccountUninvite, target, ""), id)
	if book.CodeOf(err) == book.NotFound {
		return book.Wrap(book.NotFound, err, "there is no open invitation with this id")
	}
	return err
}

// createLink stores a link with a fresh id and secret.
func (s *Service) createLink(
	ctx context.Context, p book.Principal, action book.Action, page string,
	l book.Link, target book.Target,
) (OneTimeLink, error) {
	secret := base64.RawURLEncoding.EncodeToString(randomBytes(32))
	l.ID, l.Hash = uuid.Must(uuid.NewV7()), digest(secret)
	if target.ID == "" {
		target.ID = l.ID.String()
	}
	l, err := s.store.CreateLink(Audited(ctx, p, action, target, string(l.Role)), l)
	if err != nil {
		return OneTimeLink{}, err
	}
	return OneTimeLink{Link: l, Secret: secret, URL: s.publicURL + page + "#" + secret}, nil
}

// mail sends a message and reports whether it was taken. It is a courtesy: whoever made the link has
// it, or asks for it again.
func (s *Service) mail(ctx context.Context, m Mail) bool {
	if s.mailer == nil {
		return false
	}
	if err := s.mailer.Send(ctx, m); err != nil {
		s.log.ErrorContext(ctx, "mail could not be sent", "subject", m.Subject, "error", err)
		return false
	}
	return true
}

// until is when a link ends, for people.
func until(l OneTimeLink) string { return l.ExpiresAt.UTC().Format("2 January 2006, 15:04 UTC") }
