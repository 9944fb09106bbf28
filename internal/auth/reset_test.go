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
	if _, err := f.Login(f.ctx, "ada", nextPassword); err != nil {
		t.Error(err)
	}
	_, err := f.Authenticate(f.ctx, session.Access)
	wantCode(t, err, book.Unauthenticated)
	_, err = f.Refresh(f.ctx, session.Refresh)
	wantCode(t, err, book.Unauthenticated)
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
