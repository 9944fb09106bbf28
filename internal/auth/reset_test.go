package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

const nextPassword = "wrong horse battery"

func TestReset(t *testing.T) {
	f := newFixture(t)
	mail := f.withMail()
	f.user(t, "ada", book.Reader)
	session := f.login(t, "ada")
	if err := f.RequestReset(f.ctx, "ADA@example.org"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if len(mail.sent) != 1 || mail.sent[0].To != "ada@example.org" {
		t.Fatalf("sent %+v", mail.sent)
	}
	_, secret, _ := strings.Cut(mail.sent[0].Text, "https://ask.example.org/reset#")
	secret = strings.TrimSpace(secret)

	wantCode(t, f.ConfirmReset(f.ctx, "never made", nextPassword), book.NotFound)
	wantCode(t, f.ConfirmReset(f.ctx, secret, "password1"), book.Invalid)
	wantCode(t, f.ConfirmReset(f.ctx, secret, "ada@example.org"), book.Invalid)
	for range 6 { // somebody guesses
		_, err := f.Login(f.ctx, "ada", "incorrect horse")
		wantCode(t, err, book.Unauthenticated)
	}
	if err := f.ConfirmReset(f.ctx, secret, nextPassword); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.ConfirmReset(f.ctx, secret, nextPassword), book.NotFound)
	f.Close()
	if len(mail.sent) != 2 || mail.sent[1].Subject != noticeSubject || mail.sent[1].To != "ada@example.org" {
		t.Errorf("sent %+v", mail.sent)
	}
	if _, err := f.Login(f.ctx, "ada", nextPassword); err != nil {
		t.Error(err)
	}
	_, err := f.Authenticate(f.ctx, session.Access)
	wantCode(t, err, book.Unauthenticated)
	_, err = f.Refresh(f.ctx, session.Refresh)
	wantCode(t, err, book.Unauthenticated)
}

// TestResetOfAMailboxThatWas: a link goes with the address, the password and the sessions that the
// account had when it was made.
func TestResetOfAMailboxThatWas(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	address, password, next := "new@example.org", goodPassword, nextPassword
	for name, change := range map[string]func() error{
		"address": func() error {
			_, err := f.UpdateMe(f.ctx, ada, AccountChange{Email: &address, Password: &password})
			return err
		},
		"sign-out": func() error { return f.LogoutAll(f.ctx, ada) },
		"password": func() error {
			_, err := f.ChangePassword(f.ctx, ada, password, next)
			password, next = next, password
			return err
		},
	} {
		link, err := f.CreateReset(f.ctx, f.admin, "ada")
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, change(), "")
		if code := book.CodeOf(f.ConfirmReset(f.ctx, link.Secret, "four other good words")); code != book.NotFound {
			t.Errorf("after a change of %s: %q", name, code)
		}
	}
}

// TestNotices: the address that an account had learns that it has another one, or another password.
func TestNotices(t *testing.T) {
	f := newFixture(t)
	mail := f.withMail()
	ada := f.user(t, "ada", book.Reader)
	first, second, none, password := "a@example.org", "b@example.org", "", goodPassword
	name := "lovelace"
	told := func(what, to, of string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		sent := mail.sent
		mail.sent = nil
		switch {
		case to == "" && len(sent) == 0:
		case len(sent) != 1 || sent[0].To != to || !strings.Contains(sent[0].Text, of):
			t.Errorf("after %s, sent %+v; want one to %q about %q", what, sent, to, of)
		}
	}
	_, err := f.UpdateMe(f.ctx, ada, AccountChange{Username: &name})
	told("another name", "", "", err)
	_, err = f.UpdateMe(f.ctx, ada, AccountChange{Email: &first, Password: &password})
	told("another address", "ada@example.org", "lovelace has another e-mail address", err)
	_, err = f.UpdateUser(f.ctx, f.admin, ada.UserID, UserChange{Email: &second})
	told("an administrator's change", first, "another e-mail address", err)
	_, err = f.ChangePassword(f.ctx, ada, goodPassword, nextPassword)
	told("another password", second, "another password", err)
	_, err = f.UpdateUser(f.ctx, f.admin, ada.UserID, UserChange{SignOut: true})
	told("a sign-out", "", "", err)
	_, err = f.UpdateUser(f.ctx, f.admin, ada.UserID, UserChange{Email: &none})
	told("no address any more", second, "another e-mail address", err)
	_, err = f.UpdateUser(f.ctx, f.admin, ada.UserID, UserChange{Email: &first})
	told("an address after none", "", "", err)

	for range cap(f.notices) { // others are on their way: it is not waited for
		f.notices <- struct{}{}
	}
	_, err = f.UpdateUser(f.ctx, f.admin, ada.UserID, UserChange{Email: &second})
	told("too many", "", "", err)
}

// TestResetTellsNothing: whoever asks learns nothing, and only a real account gets mail.
func TestResetTellsNothing(t *testing.T) {
	f := newFixture(t)
	mail := f.withMail()
	f.user(t, "ada", book.Reader)
	f.user(t, "gone", book.Reader)
	if _, err := f.SetDisabled(f.ctx, f.admin, "gone", true); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreateUser(f.ctx, f.admin,
		Registration{Username: "bot", Email: "bot@example.org"}, book.Reader); err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"ada", "nobody", "gone", "bot", "local"} {
		for range 4 {
			if err := f.RequestReset(f.ctx, login); err != nil {
				t.Errorf("%s: %v", login, err)
			}
		}
		wantCode(t, f.RequestReset(f.ctx, login), book.RateLimited)
		f.Close()
	}
	for _, m := range mail.sent {
		if m.To != "ada@example.org" {
			t.Errorf("mail to %s", m.To)
		}
	}
	if len(mail.sent) != 4 {
		t.Errorf("%d mails", len(mail.sent))
	}
}

func TestResetsAreBounded(t *testing.T) {
	f := newFixture(t)
	for range cap(f.resets) {
		f.resets <- struct{}{}
	}
	wantCode(t, f.RequestReset(f.ctx, "ada"), book.Unavailable)
}

func TestResetByAdministrators(t *testing.T) {
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	if err := f.RequestReset(f.ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	events, err := f.ListEvents(f.ctx, f.admin, book.EventQuery{Limit: 1})
	if err != nil || len(events) != 1 || events[0].Action != book.AccountResetRequest ||
		events[0].Target.Name != "ada" {
		t.Errorf("administrators see %+v, %v", events, err)
	}
	first, err := f.CreateReset(f.ctx, f.admin, "ada")
	if err != nil || first.URL != "/reset#"+first.Secret {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := f.CreateReset(f.ctx, f.admin, "ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.ConfirmReset(f.ctx, first.Secret, nextPassword), book.NotFound)
	f.pass(ResetLifetime + time.Second)
	wantCode(t, f.ConfirmReset(f.ctx, second.Secret, nextPassword), book.NotFound)

	_, err = f.CreateReset(f.ctx, f.user(t, "editor", book.Editor), "ada")
	wantCode(t, err, book.Forbidden)
	_, err = f.CreateReset(f.ctx, f.admin, "nobody")
	wantCode(t, err, book.NotFound)
	_, err = f.CreateReset(f.ctx, f.admin, "local")
	wantCode(t, err, book.Forbidden)
	third, err := f.CreateReset(f.ctx, f.admin, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.SetDisabled(f.ctx, f.admin, "ada", true); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.ConfirmReset(f.ctx, third.Secret, nextPassword), book.NotFound)
	_, err = f.CreateReset(f.ctx, f.admin, "ada")
	wantCode(t, err, book.Conflict)
}
