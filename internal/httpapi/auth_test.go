package httpapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
)

const adaJSON = `{"username":"Ada","email":"ada@example.org","password":"correct horse"}`

func TestAccounts(t *testing.T) {
	f := newFixture(t, auth.AccessLogin)
	got := f.call(t, "", "POST", "/api/auth/register", adaJSON)
	wantStatus(t, got, http.StatusCreated)
	var ada Account
	got.decode(t, &ada)
	if ada.Username != "Ada" || ada.Role != "reader" || ada.Email != "ada@example.org" ||
		ada.CreatedAt.IsZero() {
		t.Errorf("registered %+v", ada)
	}
	for _, taken := range []string{
		adaJSON, strings.ToLower(adaJSON),
		strings.Replace(adaJSON, "Ada", "local", 1),
	} {
		wantStatus(t, f.call(t, "", "POST", "/api/auth/register", taken), http.StatusConflict)
	}

	got = f.call(t, "", "POST", "/api/auth/login", `{"login":"ada","password":"correct horse"}`)
	wantStatus(t, got, http.StatusOK)
	var tokens Tokens
	got.decode(t, &tokens)
	if tokens.TokenType != "bearer" || tokens.ExpiresIn != 900 {
		t.Errorf("tokens %+v", tokens)
	}
	if cache := got.header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("tokens with Cache-Control %q", cache)
	}
	f.keys["ada"] = tokens.AccessToken
	var me Account
	f.call(t, "ada", "GET", "/api/users/me", "").decode(t, &me)
	if me != ada {
		t.Errorf("me is %+v, want %+v", me, ada)
	}

	refresh := func() string { return `{"refresh_token":"` + tokens.RefreshToken + `"}` }
	used := refresh()
	got = f.call(t, "", "POST", "/api/auth/refresh", used)
	wantStatus(t, got, http.StatusOK)
	got.decode(t, &tokens)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/logout", refresh()), http.StatusNoContent)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/logout", refresh()), http.StatusNoContent)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/refresh", refresh()), http.StatusUnauthorized)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/refresh", used), http.StatusUnauthorized)
}

func TestUpdateMe(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	var me Account
	got := f.call(t, "reader", "PATCH", "/api/users/me", `{"email":"new@example.org","username":null}`)
	wantStatus(t, got, http.StatusOK)
	got.decode(t, &me)
	if me.Email != "new@example.org" || me.Username != "reader" {
		t.Errorf("changed to %+v", me)
	}
	wantStatus(t, f.call(t, "reader", "PATCH", "/api/users/me", `{"username":"EDITOR"}`), 409)
	wantStatus(t, f.call(t, "reader", "PATCH", "/api/users/me", `{"email":"nowhere"}`), 422)
	wantStatus(t, f.call(t, "reader", "PATCH", "/api/users/me", `{"role":"admin"}`), 422)
}

func TestChangePassword(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/register", adaJSON), http.StatusCreated)
	var tokens Tokens
	login := `{"login":"ada","password":"correct horse"}`
	f.call(t, "", "POST", "/api/auth/login", login).decode(t, &tokens)
	f.keys["ada"] = tokens.AccessToken
	const path = "/api/users/me/password"
	wantStatus(t, f.call(t, "", "POST", path,
		`{"current_password":"correct horse","new_password":"wrong battery"}`), 401)
	wantStatus(t, f.call(t, "ada", "POST", path,
		`{"current_password":"incorrect horse","new_password":"wrong battery"}`), 403)
	wantStatus(t, f.call(t, "ada", "POST", path,
		`{"current_password":"correct horse","new_password":"password1"}`), 422)
	got := f.call(t, "ada", "POST", path,
		`{"current_password":"correct horse","new_password":"wrong battery"}`)
	wantStatus(t, got, 200)
	wantStatus(t, f.call(t, "ada", "GET", "/api/users/me", ""), 401)
	got.decode(t, &tokens)
	f.keys["ada"] = tokens.AccessToken
	wantStatus(t, f.call(t, "ada", "GET", "/api/users/me", ""), 200)

	wantStatus(t, f.call(t, "ada", "POST", "/api/auth/logout-all", ""), http.StatusNoContent)
	wantStatus(t, f.call(t, "ada", "GET", "/api/users/me", ""), 401)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/refresh",
		`{"refresh_token":"`+tokens.RefreshToken+`"}`), 401)
	for range 6 {
		wantStatus(t, f.call(t, "", "POST", "/api/auth/login", login), 401)
	}
	got = f.call(t, "", "POST", "/api/auth/login", login)
	wantStatus(t, got, http.StatusTooManyRequests)
	if after := got.header.Get("Retry-After"); after != "1" {
		t.Errorf("Retry-After %q", after)
	}
}

func TestPasswordGrant(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.call(t, "", "POST", "/api/auth/register", adaJSON)
	form := func(values ...string) string {
		v := url.Values{}
		for i := 0; i < len(values); i += 2 {
			v.Add(values[i], values[i+1])
		}
		return v.Encode()
	}
	for _, c := range []struct {
		name, body string
		want       int
	}{
		{"good", form("grant_type", "password", "username", "ada", "password", "correct horse",
			"scope", "", "client_id", "tool"), 200},
		{"wrong password", form("grant_type", "password", "username", "ada", "password", "x"), 401},
		{"other grant", form("grant_type", "implicit", "username", "ada", "password", "x"), 422},
		{"no grant", form("username", "ada", "password", "correct horse"), 422},
		{"no password", form("grant_type", "password", "username", "ada"), 422},
		{"two names", form("grant_type", "password", "username", "ada", "username", "bob",
			"password", "x"), 422},
		{"no UTF-8", form("grant_type", "password", "username", "\xff", "password", "x"), 422},
		{"NUL", form("grant_type", "password", "username", "a\x00", "password", "x"), 422},
		{"no form", "%zz", 422},
		{"no body", "", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(t, "POST", f.url+"/api/auth/token", c.body)
			r.Header.Set("Content-Type", formType)
			got := f.send(t, r)
			wantStatus(t, got, c.want)
			if strings.Contains(string(got.body), "correct horse") {
				t.Errorf("the answer tells the password: %s", got.body)
			}
		})
	}
	wantStatus(t, f.call(t, "", "POST", "/api/auth/token", adaJSON), http.StatusUnsupportedMediaType)
}
