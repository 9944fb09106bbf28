package auth

import (
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestChangePassword(t *testing.T) {
	const next = "wrong horse battery"
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	old := f.login(t, "ada")
	lesser := ada
	lesser.Role = "none"
	for _, c := range []struct {
		who           book.Principal
		current, next string
		want          book.Code
	}{
		{ada, "incorrect horse", next, book.Forbidden},
		{ada, goodPassword, "short", book.Invalid},
		{ada, goodPassword, "password1", book.Invalid},
		{ada, goodPassword, "ada@EXAMPLE.org", book.Invalid},
		{lesser, goodPassword, next, book.Forbidden},
		{f.admin, "", next, book.Forbidden},
		{book.Principal{}, goodPassword, next, book.Unauthenticated},
	} {
		_, err := f.ChangePassword(f.ctx, c.who, c.current, c.next)
		wantCode(t, err, c.want)
	}
	f.login(t, "ada") // nothing has changed

	tokens, err := f.ChangePassword(f.ctx, ada, goodPassword, next)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := f.Authenticate(f.ctx, tokens.Access); err != nil || p != ada {
		t.Errorf("the new session is of %+v, %v", p, err)
	}
	if _, err := f.Refresh(f.ctx, tokens.Refresh); err != nil {
		t.Errorf("the new session: %v", err)
	}
	_, err = f.Authenticate(f.ctx, old.Access)
	wantCode(t, err, book.Unauthenticated)
	_, err = f.Refresh(f.ctx, old.Refresh)
	wantCode(t, err, book.Unauthenticated)
	_, err = f.Login(f.ctx, "ada", goodPassword)
	wantCode(t, err, book.Unauthenticated)
	if _, err := f.Login(f.ctx, "ada", next); err != nil {
		t.Error(err)
	}
}

// TestGuessesWithAToken: whoever has stolen a token guesses no faster than others.
func TestGuessesWithAToken(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	for range 6 {
		_, err := f.ChangePassword(f.ctx, ada, "incorrect horse", "wrong horse battery")
		wantCode(t, err, book.Forbidden)
	}
	_, err := f.ChangePassword(f.ctx, ada, goodPassword, "wrong horse battery")
	wantCode(t, err, book.RateLimited)
}

func TestRehash(t *testing.T) {
	f := newFixture(t)
	f.hasher = newHasher(argon{memory: 64, time: 1, threads: 1}, nil)
	ada := f.user(t, "ada", book.Reader)
	f.hasher = newHasher(argonDefault, nil)
	for range 2 {
		tokens := f.login(t, "ada")
		if _, err := f.Refresh(f.ctx, tokens.Refresh); err != nil {
			t.Error(err)
		}
		u, err := f.store.UserByID(f.ctx, ada.UserID)
		if err != nil {
			t.Fatal(err)
		}
		if f.hasher.outdated(u.PasswordHash) {
			t.Errorf("after a sign-in the hash is still %s", u.PasswordHash)
		}
	}
}
