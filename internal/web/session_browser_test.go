//go:build browser

package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// cookie is the session's cookie as the browser keeps it.
func (p *tab) cookie() *network.Cookie {
	p.Helper()
	got, err := chromedp.Call(p.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{p.base}})
	if err != nil {
		p.Fatal(err)
	}
	for _, c := range got.Cookies {
		if c.Name == "__Host-lectern" {
			return c
		}
	}
	return nil
}

// makeStale gives the session an access token that is none, as if its time had passed.
func (p *tab) makeStale() {
	p.Helper()
	refresh, _, _ := strings.Cut(p.cookie().Value, ".")
	_, err := chromedp.Call(p.ctx, network.SetCookie, network.SetCookieParams{
		Name: "__Host-lectern", Value: refresh + ".stale", URL: p.base, Path: "/", Secure: new(true),
		HTTPOnly: new(true), SameSite: network.CookieSameSiteStrict,
	})
	if err != nil {
		p.Fatal(err)
	}
}

// TestCookie: the browser keeps the session where scripts cannot read it, and renews it by itself,
// also in two tabs at once.
func TestCookie(t *testing.T) {
	s := startLectern(t)
	s.register("ada", "four words of mine")
	p := newTab(t, s.base)
	p.allow("status of 401") // of the stale token
	p.signIn("ada", "four words of mine")
	c := p.cookie()
	if c == nil || !c.HTTPOnly || !c.Secure || c.SameSite != network.CookieSameSiteStrict || c.Path != "/" {
		t.Fatalf("the cookie is %+v", c)
	}
	if got := eval[string](p, "document.cookie"); got != "" {
		t.Errorf("scripts read %q", got)
	}

	p.makeStale()
	p.open("/account")
	p.wait(`document.querySelector("#username")?.value === "ada"`)
	if strings.HasSuffix(p.cookie().Value, ".stale") {
		t.Error("the session was not renewed")
	}

	// Many requests of two tabs find the session stale at once.
	ctx, cancel := chromedp.NewContext(p.ctx,
		chromedp.WithExistingBrowserContext(chromedp.FromContext(p.ctx).BrowserContextID))
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	other := &tab{T: t, ctx: ctx, base: p.base}
	other.open("/account")
	other.wait(`document.querySelector("#username")?.value === "ada"`)
	p.makeStale()
	_, version := load()
	ask := fmt.Sprintf(`import("/assets/%s/http.js").then(({ get }) => Promise.all(
		Array.from({ length: 5 }, () => get("api/users/me")))).then((all) => all.map((one) => one.username).join(" "))`,
		version)
	done := make(chan string)
	go func() {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](ask, chromedp.EvalAwaitPromise))
		done <- fmt.Sprint(got, err)
	}()
	if got := eval[string](p, ask); got != "ada ada ada ada ada" {
		t.Errorf("one tab gets %q", got)
	}
	if got := <-done; got != "ada ada ada ada ada<nil>" {
		t.Errorf("the other tab gets %q", got)
	}
	p.makeStale()
	p.do(reload())
	p.wait(`document.querySelector("#username")?.value === "ada"`) // nothing was taken for a copy
}

// TestOtherOrigins: a page of another port, to which browsers send the cookie, can do nothing with it;
// nor can it sign somebody in.
func TestOtherOrigins(t *testing.T) {
	s := startLectern(t)
	s.register("ada", "four words of mine")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<title>evil</title><form method="post" enctype="text/plain" action="%s%s">
			<input name='{"login":"ada","password":"four words of mine","x":"' value='"}'></form>`,
			s.base, r.URL.Query().Get("action"))
	}))
	t.Cleanup(evil.Close)
	p := newTab(t, s.base)
	p.allow("status of 4") // of what is refused
	p.allow("CORS policy")
	p.allow("net::ERR_FAILED")
	p.signIn("ada", "four words of mine")
	before := p.cookie().Value
	post := func(action string) string {
		p.do(chromedp.Navigate(evil.URL + "/?action=" + action))
		eval[any](p, `document.forms[0].submit()`)
		p.wait(`location.href === "` + s.base + action + `" && document.body`)
		return p.text("body")
	}
	for _, action := range []string{
		"/api/auth/logout-all", "/api/session/renew", "/api/session", "/api/conversations",
	} {
		if got := post(action); !strings.Contains(got, `"status":403`) {
			t.Errorf("a form of another origin gets from %s: %s", action, got)
		}
	}
	p.do(chromedp.Navigate(evil.URL))
	for _, path := range []string{"/api/users/me", "/api/users/me/export", "/api/session"} {
		got := eval[string](p, fmt.Sprintf(`fetch(%q, { credentials: "include" }).then(
			(r) => r.text(), () => "nothing")`, s.base+path))
		if got != "nothing" {
			t.Errorf("a script of another origin reads %s: %s", path, got)
		}
	}
	if got := p.cookie(); got == nil || got.Value != before {
		t.Error("another origin changed the cookie")
	}
	p.open("/account")
	p.wait(`document.querySelector("#username")?.value === "ada"`)

	// Without a session, another origin cannot begin one.
	p.click("#sign-out")
	p.wait(`document.querySelector("#who a")?.innerText === "Sign in"`)
	if got := post("/api/session"); !strings.Contains(got, `"status":403`) || p.cookie() != nil {
		t.Errorf("a form of another origin signs in: %s", got)
	}
}

// TestPlainHTTP: where the browser would keep no session, nobody is asked for a password.
func TestPlainHTTP(t *testing.T) {
	s := startLectern(t)
	s.register("ada", "four words of mine")
	_, port, _ := strings.Cut(strings.TrimPrefix(s.base, "http://"), ":")
	p := newTab(t, "http://"+otherHost+":"+port)
	p.allow("Cross-Origin-Opener-Policy header has been ignored")
	for _, path := range []string{"/sign-in", "/join"} {
		p.open(path)
		p.wait(`document.querySelector(".outcome")?.innerText.includes("plain HTTP")`)
		if !eval[bool](p, `document.querySelector("input[type=password]").matches(":disabled")`) {
			t.Errorf("%s asks for a password", path)
		}
	}
	got := eval[int](p, `fetch("api/session", { method: "POST", headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ login: "ada", password: "four words of mine" }) }).then((r) => r.status)`)
	if got != http.StatusOK || p.cookie() != nil {
		t.Errorf("a sign-in answers %d and the browser keeps %v", got, p.cookie())
	}
	p.open("/") // where questions work as ever
	p.wait(`document.querySelector("#who a")?.innerText === "Sign in"`)

	local := newTab(t, "http://localhost:"+port)
	local.signIn("ada", "four words of mine")
	if local.cookie() == nil {
		t.Error("on localhost the browser keeps no session")
	}
}
