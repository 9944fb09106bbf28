//go:build browser

package web

import (
	"fmt"
	"strings"
	"testing"
)

// hostileText would be markup if a page took it for that.
const hostileText = `<img src=x onerror="document.title='taken'"><b>bold</b>`

// fillBook makes a server whose lists have something in them, hostile texts above all, and answers a
// token of its administrator.
func fillBook(t *testing.T, s *lectern) string {
	t.Helper()
	admin := s.token(adminName, adminPassword)
	s.call(admin, "POST", "/api/ingest", object{
		"doc_id": "x<b>y", "title": hostileText, "text": "# Hostile\n\n" + servoPage,
		"visibility": "private",
	})
	s.ingest(admin, "motors/"+strings.Repeat("a-long-name-without-an-end-", 6), "Servo motors", servoPage)
	s.call("", "POST", "/api/auth/register", object{
		"username": strings.Repeat("long-name.", 6), "password": "four words of mine",
		"email": "long-name@example.org",
	})
	s.call(admin, "POST", "/api/invitations", object{"email": "grace@example.org"})
	s.call(admin, "POST", "/api/keys", object{"permission": "ingest"})
	s.call(admin, "POST", "/api/conversations", object{"title": hostileText})
	s.call("", "POST", "/api/auth/reset", object{"login": adminName})
	return admin
}

// accountPages are the pages, with what is there when one has drawn itself.
var accountPages = []struct{ path, drawn string }{
	{"/account", `document.querySelector("#conversations .row")`},
	{"/keys", `document.querySelector("#keys .row")`},
	{"/documents", `document.querySelectorAll("#documents .row").length === 2`},
	{"/users", `document.querySelectorAll("#users .row").length >= 2 && document.querySelector("#invitations .row")`},
	{"/audit", `document.querySelector("#events .row")`},
}

// TestHostileTexts: what people write is shown to the letter, and is never markup.
func TestHostileTexts(t *testing.T) {
	s := startLectern(t)
	fillBook(t, s)
	p := newTab(t, s.base)
	p.signIn(adminName, adminPassword)
	shown := ""
	for _, page := range accountPages {
		p.open(page.path)
		p.wait(page.drawn)
		shown += p.text("main")
		if got := eval[string](p, `[...document.querySelectorAll("main img, main script, main b, main iframe")].map(
			(node) => node.outerHTML).join(" ")`); got != "" {
			t.Errorf("%s holds %s", page.path, got)
		}
		if got := eval[string](p, `[...document.querySelectorAll("main a")].map((a) => a.protocol).filter(
			(protocol) => protocol !== "http:").join(" ")`); got != "" {
			t.Errorf("%s links to %s", page.path, got)
		}
		if got := eval[string](p, `document.title`); !strings.HasSuffix(got, "· Lectern") {
			t.Errorf("%s is titled %q", page.path, got)
		}
	}
	for _, want := range []string{hostileText, "x<b>y"} {
		if !strings.Contains(shown, want) {
			t.Errorf("nowhere stands %s", want)
		}
	}
}

// TestAccountAccessibility: axe finds nothing on any page, in either scheme, down to 320 pixels.
func TestAccountAccessibility(t *testing.T) {
	axe := axeSource(t)
	s := startLectern(t)
	fillBook(t, s)
	for _, view := range views {
		t.Run(view.name, func(t *testing.T) {
			p := newTab(t, s.base)
			p.allow("status of 4")
			p.view(view.width, view.height, view.scheme)
			check := func(name string) {
				t.Helper()
				p.checkAccessibility(axe, name)
				p.shoot("account-" + name + "-" + view.name)
			}
			for _, page := range []string{"sign-in", "join", "reset"} {
				p.open("/" + page)
				p.wait(`document.activeElement.matches("input")`)
				p.submit("form")
				p.wait(`document.querySelector(".wrong")`)
				check(page)
			}
			p.open("/reset#secret")
			p.wait(`document.querySelector("#choose").checkVisibility()`)
			check("choose")
			p.signIn(adminName, adminPassword)
			for _, page := range accountPages {
				p.open(page.path)
				p.wait(page.drawn)
				p.wait(`document.querySelector("#pages [aria-current]")`)
				eval[any](p, `document.querySelectorAll("details").forEach((node) => { node.open = true })`)
				check(strings.TrimPrefix(page.path, "/"))
			}
			p.open("/users")
			p.wait(`document.querySelector("#users .row")`)
			p.submit("#invite")
			p.wait(`document.querySelector("#invited .secret")`)
			check("invited")
			eval[any](p, `document.querySelectorAll("details").forEach((node) => { node.open = true })`)
			for _, button := range []string{"Role", "Delete", "New password"} {
				p.act("#users .row:last-child", button)
				check(strings.ReplaceAll("dialog "+button, " ", "-"))
				p.press(escape)
				p.wait(`!document.querySelector("dialog.ask")`)
			}
			p.lookAtAnswer(t, check)
		})
	}
}

// lookAtAnswer looks at the page to ask from as somebody who is signed in sees it.
func (p *tab) lookAtAnswer(t *testing.T, check func(string)) {
	t.Helper()
	p.open("/")
	p.wait(`document.querySelector("#sign-out")`)
	p.ask("What does a servo motor turn?")
	p.wait(`document.querySelector(".turn[data-state=answered] .thumb")`)
	p.click(`.thumb[aria-label="Good answer"]`)
	p.wait(`document.querySelector(".thumb[aria-pressed=true]")`)
	check("asked")
}

// tabTo presses Tab until what the selector names has the focus.
func (p *tab) tabTo(selector string) {
	p.Helper()
	for range 80 {
		if eval[bool](p, fmt.Sprintf(`document.activeElement.matches(%q)`, selector)) {
			return
		}
		p.press(tabKey)
	}
	p.Fatalf("Tab does not lead to %s", selector)
}

// TestKeyboard walks through an account without a mouse.
func TestKeyboard(t *testing.T) {
	s := startLectern(t)
	s.register("ada", "four words of mine")
	p := newTab(t, s.base)
	p.open("/")
	p.wait(`document.querySelector("#who a")`)
	p.tabTo("#who a")
	p.press(enter)
	p.wait(`document.activeElement.id === "login"`)
	p.write("ada")
	p.press(tabKey)
	p.write("four words of mine")
	p.press(enter)
	p.wait(`document.querySelector("#sign-out")`)
	p.tabTo(".who")
	p.press(enter)
	p.wait(`document.querySelector("#username")?.value === "ada"`)
	p.tabTo(`#pages a[href=keys]`)
	p.press(enter)
	p.wait(`document.querySelector("#permission option")`)
	p.tabTo("#new-key button")
	p.press(enter)
	p.wait(`document.activeElement.innerText === "The new key"`)
	p.tabTo("#keys .row-actions button")
	p.press(space)
	p.wait(`document.querySelector("dialog.ask[open]")`)
	p.tabTo("dialog.ask .danger")
	p.press(enter)
	p.wait(`document.querySelector("#keys .tag.off")`)
	if !eval[bool](p, `document.activeElement.matches("#keys .row")`) {
		t.Errorf("the focus is on %s", eval[string](p, `document.activeElement.outerHTML`))
	}
	p.tabTo("body, .skip") // once around
	p.tabTo("#sign-out")
	p.press(enter)
	p.wait(`document.querySelector("#who a")?.innerText === "Sign in"`)
}
