package auth

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// outbox is a mailer that keeps what it is given.
type outbox struct {
	mu   sync.Mutex
	sent []Mail
	fail error
}

func (o *outbox) Send(_ context.Context, m Mail) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	o.sent = append(o.sent, m)
	return nil
}

// withMail lets the fixture send mail.
func (f fixture) withMail() *outbox {
	o := &outbox{}
	f.mailer, f.publicURL = o, "https://ask.example.org"
	return o
}

func (f fixture) invite(t *testing.T, r InvitationRequest) OneTimeLink {
	t.Helper()
	link, err := f.Invite(f.ctx, f.admin, r)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func TestInvite(t *testing.T) {
	f := newFixture(t)
	f.registration = RegistrationInvitation
	link := f.invite(t, InvitationRequest{Role: book.Editor})
	if link.URL != "/join#"+link.Secret || link.Mailed {
		t.Errorf("the link is %+v", link)
	}
	r := registration("ada")
	_, err := f.Register(f.ctx, r)
	wantCode(t, err, book.Forbidden)
	r.Invitation = "never made"
	_, err = f.Register(f.ctx, r)
	wantCode(t, err, book.NotFound)
	r.Invitation = link.Secret
	u, err := f.Register(f.ctx, r)
	if err != nil || u.Role != book.Editor {
		t.Fatalf("registered %+v, %v", u, err)
	}
	f.login(t, "ada")
	again := registration("bob")
	again.Invitation = link.Secret
	_, err = f.Register(f.ctx, again)
	wantCode(t, err, book.NotFound)

	late := f.invite(t, InvitationRequest{Role: book.Reader, Lifetime: time.Hour})
	f.pass(time.Hour)
	again.Invitation = late.Secret
	_, err = f.Register(f.ctx, again)
	wantCode(t, err, book.NotFound)

	revoked := f.invite(t, InvitationRequest{Role: book.Reader, Lifetime: 48 * time.Hour})
	open, err := f.ListInvitations(f.ctx, f.admin, uuid.Nil, 10)
	if err != nil || len(open) != 1 || open[0].ID != revoked.ID {
		t.Errorf("open invitations: %+v, %v", open, err)
	}
	if err := f.RevokeInvitation(f.ctx, f.admin, revoked.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.RevokeInvitation(f.ctx, f.admin, revoked.ID), book.NotFound)
	again.Invitation = revoked.Secret
	_, err = f.Register(f.ctx, again)
	wantCode(t, err, book.NotFound)
}

func TestInviteAnAddress(t *testing.T) {
	f := newFixture(t)
	mail := f.withMail()
	link := f.invite(t, InvitationRequest{Email: "Ada@example.org", Role: book.Reader})
	if !link.Mailed || len(mail.sent) != 1 || mail.sent[0].To != "Ada@example.org" ||
		!strings.Contains(mail.sent[0].Text, "https://ask.example.org/join#"+link.Secret) {
		t.Errorf("mailed %v: %+v", link.Mailed, mail.sent)
	}
	r := registration("eve")
	r.Invitation = link.Secret
	_, err := f.Register(f.ctx, r)
	wantCode(t, err, book.Invalid)
	r = registration("ada")
	r.Invitation = link.Secret
	if _, err := f.Register(f.ctx, r); err != nil {
		t.Error(err)
	}
	mail.fail = book.Errorf(book.Unavailable, "down")
	if link := f.invite(t, InvitationRequest{Email: "b@example.org", Role: book.Reader}); link.Mailed {
		t.Error("mailed by a server that is down")
	}
}

func TestInviteRefused(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		who  book.Principal
		r    InvitationRequest
		want book.Code
	}{
		{book.Principal{}, InvitationRequest{Role: book.Reader}, book.Unauthenticated},
		{f.user(t, "editor", book.Editor), InvitationRequest{Role: book.Reader}, book.Forbidden},
		{f.admin, InvitationRequest{}, book.Invalid},
		{f.admin, InvitationRequest{Role: "emperor"}, book.Invalid},
		{f.admin, InvitationRequest{Role: book.Reader, Email: "nowhere"}, book.Invalid},
		{f.admin, InvitationRequest{Role: book.Reader, Lifetime: -1}, book.Invalid},
		{f.admin, InvitationRequest{Role: book.Reader, Lifetime: 91 * 24 * time.Hour}, book.Invalid},
	} {
		_, err := f.Invite(f.ctx, c.who, c.r)
		wantCode(t, err, c.want)
	}
	link := f.invite(t, InvitationRequest{Role: book.Reader})
	f.registration = RegistrationClosed
	_, err := f.Invite(f.ctx, f.admin, InvitationRequest{Role: book.Reader})
	wantCode(t, err, book.Conflict)
	r := registration("ada")
	r.Invitation = link.Secret
	_, err = f.Register(f.ctx, r)
	wantCode(t, err, book.Forbidden)
}

func TestEnsureAdmin(t *testing.T) {
	f := newFixture(t)
	taken := f.user(t, "taken", book.Reader)
	_, err := f.EnsureAdmin(f.ctx, registration("taken"))
	wantCode(t, err, book.Conflict)
	if u, err := f.store.UserByID(f.ctx, taken.UserID); err != nil || u.Role != book.Reader {
		t.Errorf("an account that was there is %+v, %v", u, err)
	}
	for i, want := range []bool{true, false} {
		made, err := f.EnsureAdmin(f.ctx, registration("root"))
		if err != nil || made != want {
			t.Errorf("time %d: made %v, %v", i, made, err)
		}
	}
	f.login(t, "root")
	if made, err := f.EnsureAdmin(f.ctx, registration("another")); err != nil || made {
		t.Errorf("a second administrator: %v, %v", made, err)
	}
}
