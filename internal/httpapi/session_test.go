package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
)

const adaLogin = `{"login":"ada","password":"correct horse"}`

// newBrowser is a server with Ada's account, and a browser that is signed in to it.
func newBrowser(t *testing.T) (*fixture, *browser) {
	t.Helper()
	f := newFixture(t, auth.AccessPublic)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/register", adaJSON), http.StatusCreated)
	b := &browser{fixture: f}
	wantStatus(t, b.call(t, "POST", "/api/session", adaLogin), http.StatusOK)
	return f, b
}

// browser keeps the cookie of a session as browsers do.
type browser struct {
	*fixture
	cookie string
	site   string // Sec-Fetch-Site
	origin string
}

func (b *browser) call(t *testing.T, method, path, body string) reply {
	t.Helper()
	r := request(t, method, b.url+path, body)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range map[string]string{
		"Sec-Fetch-Site": b.site, "Origin": b.origin, "Cookie": b.cookie,
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	got := b.send(t, r)
	b.keep(t, got)
	return got
}

// keep checks the cookie that came and keeps it.
func (b *browser) keep(t *testing.T, got reply) {
	t.Helper()
	for _, line := range got.header.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if c.Name != "__Host-lectern" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" ||
			c.SameSite != http.SameSiteStrictMode {
			t.Errorf("the cookie is %q", line)
		}
		b.cookie = ""
		if c.MaxAge >= 0 {
			b.cookie = c.Name + "=" + c.Value
		}
	}
}

func (b *browser) who(t *testing.T) string {
	t.Helper()
	got := b.call(t, "GET", "/api/session", "")
	wantStatus(t, got, http.StatusOK)
	var s Session
	got.decode(t, &s)
	if s.Account == nil {
		return ""
	}
	return s.Account.Username
}

// TestSession: a cookie is as good as the tokens in it, and none of them is shown to scripts.
func TestSession(t *testing.T) {
	f, b := newBrowser(t)
	if who := b.who(t); who != "Ada" {
		t.Errorf("signed in is %q", who)
	}
	wantStatus(t, b.call(t, "GET", "/api/users/me", ""), http.StatusOK)
	wantStatus(t, b.call(t, "POST", "/api/conversations", "{}"), http.StatusCreated)
	wantStatus(t, b.call(t, "GET", "/api/users", ""), http.StatusForbidden)

	first := b.cookie
	wantStatus(t, b.call(t, "POST", "/api/session/renew", ""), http.StatusOK)
	if b.cookie == first {
		t.Error("renewing leaves the cookie as it is")
	}
	// Another tab sends the same cookie at the same time.
	other := &browser{fixture: f, cookie: first}
	wantStatus(t, other.call(t, "POST", "/api/session/renew", ""), http.StatusOK)
	wantStatus(t, b.call(t, "GET", "/api/users/me", ""), http.StatusOK)

	wantStatus(t, b.call(t, "DELETE", "/api/session", ""), http.StatusNoContent)
	if b.cookie != "" || b.who(t) != "" {
		t.Error("signed out, the cookie is still there")
	}
	wantStatus(t, other.call(t, "POST", "/api/session/renew", ""), http.StatusUnauthorized)
	if other.cookie != "" {
		t.Error("a session that is over keeps its cookie")
	}
	wantStatus(t, b.call(t, "POST", "/api/session/renew", ""), http.StatusUnauthorized)
	wantStatus(t, b.call(t, "DELETE", "/api/session", ""), http.StatusNoContent)
}

// TestSessionIsThrottled: signing in with a cookie is signing in.
func TestSessionIsThrottled(t *testing.T) {
	_, b := newBrowser(t)
	for range 6 {
		got := b.call(t, "POST", "/api/session", strings.Replace(adaLogin, "horse", "cow", 1))
		wantStatus(t, got, http.StatusUnauthorized)
	}
	wantStatus(t, b.call(t, "POST", "/api/session", adaLogin), http.StatusTooManyRequests)
	wantStatus(t, b.call(t, "POST", "/api/auth/login", adaLogin), http.StatusTooManyRequests)
}

// TestStaleSession: a stale cookie is refused also where anybody may read, and does not end by that.
func TestStaleSession(t *testing.T) {
	_, b := newBrowser(t)
	refresh, _, _ := strings.Cut(b.cookie, ".")
	for _, cookie := range []string{refresh + ".a.b.c", refresh, refresh + "."} {
		b.cookie = cookie
		for _, path := range []string{"/api/documents", "/api/users/me", "/api/session"} {
			wantStatus(t, b.call(t, "GET", path, ""), http.StatusUnauthorized)
		}
		if b.cookie != cookie {
			t.Error("the cookie is gone")
		}
	}
	wantStatus(t, b.call(t, "GET", "/api/health", ""), http.StatusOK)
	wantStatus(t, b.call(t, "POST", "/api/session/renew", ""), http.StatusOK)
	if who := b.who(t); who != "Ada" {
		t.Errorf("signed in is %q", who)
	}
}

// TestSessionOfOtherOrigins: a page of another origin can neither use a session nor begin one.
func TestSessionOfOtherOrigins(t *testing.T) {
	f, b := newBrowser(t)
	f.deps.Origins = []string{"https://docs.example.org"}
	f.serve(t)
	calls := [][3]string{
		{"GET", "/api/session", ""},
		{"GET", "/api/documents", ""},
		{"GET", "/api/users/me", ""},
		{"GET", "/api/users/me/export", ""},
		{"POST", "/api/conversations", "{}"},
		{"PATCH", "/api/users/me", `{"username":"eve"}`},
		{"POST", "/api/auth/logout-all", ""},
		{"POST", "/api/session", adaLogin},
		{"POST", "/api/session/renew", ""},
		{"DELETE", "/api/session", ""},
	}
	for _, from := range []browser{
		{site: "cross-site"},
		{site: "same-site"},
		{site: "cross-site", origin: "null"},
		{site: "same-site", origin: "https://docs.example.org"},
		{origin: "https://docs.example.org"},
		{origin: "https://evil.example"},
	} {
		from.fixture, from.cookie = f, b.cookie
		for _, c := range calls {
			got := from.call(t, c[0], c[1], c[2])
			if got.status != http.StatusForbidden || from.cookie != b.cookie {
				t.Errorf("%s %s from %q %q: %d", c[0], c[1], from.site, from.origin, got.status)
			}
			if got.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("other origins may send cookies")
			}
		}
		// Without a cookie it is somebody else's business who reads what is public, and with a
		// credential of its own the cookie does not count.
		from.cookie = ""
		wantStatus(t, from.call(t, "GET", "/api/documents", ""), http.StatusOK)
		r := request(t, "GET", f.url+"/api/users/me", "")
		r.Header.Set("Authorization", "Bearer "+f.keys["reader"])
		r.Header.Set("Cookie", b.cookie)
		r.Header.Set("Sec-Fetch-Site", from.site)
		var me Account
		f.send(t, r).decode(t, &me)
		if me.Username != "reader" {
			t.Errorf("a key with a cookie beside it is %q", me.Username)
		}
	}
	if who := b.who(t); who != "Ada" {
		t.Errorf("signed in is %q", who)
	}
	for _, own := range []browser{
		{site: "same-origin", origin: f.url}, {site: "none"}, {origin: f.url}, {},
	} {
		own.fixture, own.cookie = f, b.cookie
		wantStatus(t, own.call(t, "GET", "/api/users/me", ""), http.StatusOK)
		wantStatus(t, own.call(t, "POST", "/api/session", adaLogin), http.StatusOK)
	}
}

// TestSessionEnds: what ends all sessions, or the account, ends this one in the browser too; a change
// of password goes on with the next cookie.
func TestSessionEnds(t *testing.T) {
	f, b := newBrowser(t)
	before := &browser{fixture: f, cookie: b.cookie}
	got := b.call(t, "POST", "/api/users/me/password",
		`{"current_password":"correct horse","new_password":"wrong battery"}`)
	wantStatus(t, got, http.StatusNoContent)
	if len(got.body) > 0 {
		t.Errorf("scripts can read %s", got.body)
	}
	wantStatus(t, b.call(t, "GET", "/api/users/me", ""), http.StatusOK)
	wantStatus(t, before.call(t, "GET", "/api/users/me", ""), http.StatusUnauthorized)
	wantStatus(t, before.call(t, "POST", "/api/session/renew", ""), http.StatusUnauthorized)

	login := strings.Replace(adaLogin, "correct horse", "wrong battery", 1)
	wantStatus(t, b.call(t, "POST", "/api/auth/logout-all", ""), http.StatusNoContent)
	if b.cookie != "" {
		t.Error("signed out everywhere, the cookie is still there")
	}
	wantStatus(t, b.call(t, "POST", "/api/session", login), http.StatusOK)
	wantStatus(t, b.call(t, "DELETE", "/api/users/me",
		`{"password":"wrong battery","documents":"delete"}`), http.StatusAccepted)
	if b.cookie != "" || b.who(t) != "" {
		t.Error("the account is gone, its cookie is still there")
	}
}
