package auth

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

func TestLogin(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Editor)
	for _, login := range []string{"ada", "ADA", "ada@example.org", "Ada@Example.org"} {
		tokens := f.login(t, login)
		p, err := f.Authenticate(f.ctx, tokens.Access)
		if err != nil || p != ada {
			t.Errorf("signed in as %q: %+v, %v; want %+v", login, p, err, ada)
		}
		if tokens.ExpiresIn != AccessLifetime {
			t.Errorf("expires in %v", tokens.ExpiresIn)
		}
	}
	wrong := map[string]string{
		"ada": "incorrect horse", "nobody": goodPassword, "": goodPassword, "a da": goodPassword,
	}
	messages := map[string]bool{}
	for login, password := range wrong {
		_, err := f.Login(f.ctx, login, password)
		wantCode(t, err, book.Unauthenticated)
		messages[book.MessageOf(err)] = true
	}
	if len(messages) != 1 {
		t.Errorf("failures can be told apart: %v", messages)
	}
}

func TestPasswordInAnotherNormalForm(t *testing.T) {
	f := newFixture(t)
	r := registration("ada")
	r.Password = "Zürich-Genève" // composed
	if _, err := f.Register(f.ctx, r); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Login(f.ctx, "ada", "Zu\u0308rich-Gene\u0300ve"); err != nil {
		t.Errorf("the same password, decomposed: %v", err)
	}
}

func TestRefresh(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	first := f.login(t, "ada")
	second, err := f.Refresh(f.ctx, first.Refresh)
	if err != nil || second.Refresh == first.Refresh {
		t.Fatalf("refreshed to %+v, %v", second, err)
	}
	if p, err := f.Authenticate(f.ctx, second.Access); err != nil || p != ada {
		t.Errorf("the new access token is %+v, %v", p, err)
	}
	other := f.login(t, "ada")

	f.pass(refreshGrace)
	_, err = f.Refresh(f.ctx, first.Refresh) // somebody has a copy
	wantCode(t, err, book.Unauthenticated)
	_, err = f.Refresh(f.ctx, second.Refresh) // so the whole family is out
	wantCode(t, err, book.Unauthenticated)
	if _, err := f.Refresh(f.ctx, other.Refresh); err != nil {
		t.Errorf("another session was ended too: %v", err)
	}
	_, err = f.Refresh(f.ctx, "no such token")
	wantCode(t, err, book.Unauthenticated)
}

// TestRefreshInTwoTabs: both get tokens that are good, and so does nobody who comes later.
func TestRefreshInTwoTabs(t *testing.T) {
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	refresh := f.login(t, "ada").Refresh
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			tokens, err := f.Refresh(f.ctx, refresh)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := f.Refresh(f.ctx, tokens.Refresh); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestLogoutAll(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	sessions := []Tokens{f.login(t, "ada"), f.login(t, "ada")}
	lesser := ada
	lesser.Role = "none"
	wantCode(t, f.LogoutAll(f.ctx, lesser), book.Forbidden)
	wantCode(t, f.LogoutAll(f.ctx, book.Principal{}), book.Unauthenticated)
	wantCode(t, f.LogoutAll(f.ctx, f.admin), book.Forbidden)
	if err := f.LogoutAll(f.ctx, ada); err != nil {
		t.Fatal(err)
	}
	for _, tokens := range sessions {
		_, err := f.Authenticate(f.ctx, tokens.Access)
		wantCode(t, err, book.Unauthenticated)
		_, err = f.Refresh(f.ctx, tokens.Refresh)
		wantCode(t, err, book.Unauthenticated)
	}
	if _, err := f.Authenticate(f.ctx, f.login(t, "ada").Access); err != nil {
		t.Errorf("a session that began later: %v", err)
	}
}

func TestLogout(t *testing.T) {
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	first := f.login(t, "ada")
	second, err := f.Refresh(f.ctx, first.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if err := f.Logout(f.ctx, second.Refresh); err != nil {
			t.Fatal(err)
		}
	}
	_, err = f.Refresh(f.ctx, second.Refresh)
	wantCode(t, err, book.Unauthenticated)
	if err := f.Logout(f.ctx, "no such token"); err != nil {
		t.Errorf("signing out with an unknown token: %v", err)
	}
}

func TestTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := accessTokens{keys: [][]byte{make([]byte, MinKeyBytes)}}
		signed, err := tokens.sign(book.User{ID: uuid.New()}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(AccessLifetime - time.Second)
		if _, _, ok := tokens.read(signed); !ok {
			t.Error("a second before its end the token is not good")
		}
		time.Sleep(2 * time.Second)
		if _, _, ok := tokens.read(signed); ok {
			t.Error("after its end the token is good")
		}
	})
}

func TestRefreshEndsWithItsFamily(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	old, secret := newRefreshToken(book.User{ID: ada.UserID}, uuid.New(), time.Now().Add(-time.Second))
	if err := f.store.CreateRefreshToken(f.ctx, old); err != nil {
		t.Fatal(err)
	}
	_, err := f.Refresh(f.ctx, secret)
	wantCode(t, err, book.Unauthenticated)

	end := time.Now().Add(time.Hour).Truncate(time.Second)
	token, secret := newRefreshToken(book.User{ID: ada.UserID}, uuid.New(), end)
	if err := f.store.CreateRefreshToken(f.ctx, token); err != nil {
		t.Fatal(err)
	}
	next, err := f.Refresh(f.ctx, secret)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := f.store.RefreshToken(f.ctx, digest(next.Refresh))
	if err != nil || !stored.ExpiresAt.Equal(end) {
		t.Errorf("the next token ends %v, %v; want the family's end %v", stored.ExpiresAt, err, end)
	}
}
