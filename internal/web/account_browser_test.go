//go:build browser

package web

import (
	"fmt"
	"strings"
	"testing"
)

// fill writes a value into the field of a name within a form, as a person would.
func (p *tab) fill(form, name, value string) {
	p.Helper()
	selector := fmt.Sprintf(`%s [name=%s]`, form, name)
	p.wait(fmt.Sprintf(`document.querySelector(%q)`, selector))
	eval[any](p, fmt.Sprintf(`(() => { const field = document.querySelector(%q);
		field.focus(); field.select?.(); })()`, selector))
	p.write(value)
}

// submit presses the first button of a form.
func (p *tab) submit(form string) {
	p.Helper()
	p.click(form + ` button[type=submit]`)
}

// signIn signs in by hand, from wherever the tab is.
func (p *tab) signIn(name, password string) {
	p.Helper()
	p.open("/sign-in")
	p.fill("#sign-in", "login", name)
	p.fill("#sign-in", "password", password)
	p.submit("#sign-in")
	p.wait(`document.querySelector("#sign-out")`)
}

const outcome = `.outcome[data-kind=done]`

// TestSignInAndProfile: the walk through one's own account, with what goes wrong on the way.
func TestSignInAndProfile(t *testing.T) {
	s := startLectern(t)
	const password = "four words of mine"
	s.register("ada", password)
	p := newTab(t, s.base)
	p.allow("status of 4") // of what is refused on purpose
	p.view(1280, 900, "light")

	p.open("/account") // which takes a sign-in
	p.wait(`location.pathname === "/sign-in"`)
	p.fill("#sign-in", "login", "ada@example.org")
	p.fill("#sign-in", "password", "not her password")
	p.submit("#sign-in")
	p.wait(`document.querySelector("#password-wrong")`)
	if got := p.text("#password-wrong"); got != "User name, e-mail address or password is wrong." {
		t.Errorf("the page says %q", got)
	}
	p.shoot("sign-in-wrong")
	p.fill("#sign-in", "password", password)
	p.press(enter)
	p.wait(`location.pathname === "/account" && document.querySelector("#sign-out")`)
	if got := p.text(".who"); got != "ada" {
		t.Errorf("signed in is %q", got)
	}
	if got := eval[string](p, `document.cookie`); got != "" {
		t.Errorf("scripts can read the cookie %q", got)
	}
	p.shoot("account")

	p.wait(`document.querySelector("#username").value === "ada"`)
	p.fill("#profile", "username", adminName)
	p.submit("#profile")
	p.wait(`document.querySelector("#username-wrong")`)
	p.fill("#profile", "username", "ada.l")
	p.fill("#profile", "email", "lovelace@example.org")
	p.fill("#profile", "password", "not her password")
	p.submit("#profile")
	p.wait(`document.querySelector("#profile-password-wrong")`)
	if got := p.text("#profile-password-wrong"); got != "The password is wrong." {
		t.Errorf("the page says %q", got)
	}
	p.fill("#profile", "password", password)
	p.submit("#profile")
	p.wait(`document.querySelector("#profile ` + outcome + `")`)
	if got := p.text(".who"); got != "ada.l" {
		t.Errorf("after the change the page shows %q", got)
	}

	elsewhere := s.token("lovelace@example.org", password)
	p.fill("#password", "current_password", password)
	p.fill("#password", "new_password", "password1")
	p.submit("#password")
	p.wait(`document.querySelector("#new-wrong")`)
	if got := p.text("#new-wrong"); !strings.Contains(got, "guessed first") {
		t.Errorf("the page says %q", got)
	}
	const next = "other words of mine"
	p.fill("#password", "new_password", next)
	p.submit("#password")
	p.wait(`document.querySelector("#password ` + outcome + `")`)
	p.do(reload()) // the session goes on
	p.wait(`document.querySelector("#sign-out")`)
	if status := s.status(elsewhere, "/api/users/me"); status != 401 {
		t.Errorf("elsewhere the old token gets %d", status)
	}

	p.click("#sign-out")
	p.wait(`location.pathname === "/" && document.querySelector("#who a")?.innerText === "Sign in"`)
	p.signIn("ada.l", next)
	p.open("/account")
	p.submit("#everywhere")
	p.wait(`location.pathname === "/sign-in"`)
	p.open("/account")
	p.wait(`location.pathname === "/sign-in" && document.querySelector("#sign-in")`)
}
