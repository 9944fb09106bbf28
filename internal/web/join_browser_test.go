//go:build browser

package web

import (
	"strings"
	"testing"
)

// noTrace wants a secret neither in the address bar and the page nor in the server's log.
func (p *tab) noTrace(s *lectern, secret string) {
	p.Helper()
	if got := eval[string](p, `location.href + document.documentElement.outerHTML`); strings.Contains(got, secret) {
		p.Errorf("the secret stands in the page or its address %s", eval[string](p, "location.href"))
	}
	if strings.Contains(s.written(), secret) {
		p.Error("the secret stands in the server's log")
	}
}

// TestRegister: somebody makes an account and is signed in.
func TestRegister(t *testing.T) {
	s := startLectern(t)
	p := newTab(t, s.base)
	p.allow("status of 4") // of what is refused on purpose
	p.open("/sign-in")
	p.wait(`document.querySelector("#register").checkVisibility()`)
	p.click("#register")
	p.wait(`location.pathname === "/join" && document.activeElement.id === "username"`)
	p.write("a b")
	p.fill("#join", "email", "grace@example.org")
	p.fill("#join", "password", "grace@example.org")
	p.submit("#join")
	p.wait(`document.querySelector("#username-wrong")`)
	if got := eval[string](p, `document.activeElement.id`); got != "username" {
		t.Errorf("the focus is on %q", got)
	}
	p.fill("#join", "username", strings.ToUpper(adminName))
	p.fill("#join", "password", "nanoseconds of wire")
	p.submit("#join")
	p.wait(`document.querySelector("#username-wrong")`)
	if got := p.text("#username-wrong"); !strings.Contains(got, "taken") {
		t.Errorf("the page says %q", got)
	}
	p.fill("#join", "username", "grace")
	p.fill("#join", "password", "grace@example.org")
	p.submit("#join")
	p.wait(`document.querySelector("#password-wrong")`)
	p.fill("#join", "password", "nanoseconds of wire")
	p.submit("#join")
	p.wait(`document.querySelector(".who")?.innerText === "grace"`)
}

// TestJoin: the link of an invitation makes an account of its role, once.
func TestJoin(t *testing.T) {
	s := startLectern(t, "--registration", "invitation")
	admin := s.token(adminName, adminPassword)
	invitation := s.call(admin, "POST", "/api/invitations",
		object{"role": "editor", "email": "grace@example.org"})
	link, secret := invitation["url"].(string), invitation["token"].(string)

	p := newTab(t, s.base)
	p.allow("status of 4") // of what is refused on purpose
	p.open("/join")
	p.wait(`document.querySelector("#join .outcome")`)
	if got := p.text("#join .outcome"); !strings.Contains(got, "takes an invitation") {
		t.Errorf("without one the page says %q", got)
	}
	p.open("/sign-in")
	p.open(link)
	p.wait(`document.querySelector("#invited").checkVisibility()`)
	p.noTrace(s, secret)
	p.shoot("join")
	p.fill("#join", "username", "grace")
	p.fill("#join", "email", "hopper@example.org")
	p.fill("#join", "password", "nanoseconds of wire")
	p.submit("#join")
	p.wait(`document.querySelector("#email-wrong")`)
	if got := p.text("#email-wrong"); !strings.Contains(got, "another e-mail address") {
		t.Errorf("the page says %q", got)
	}
	p.fill("#join", "email", "grace@example.org")
	p.submit("#join")
	p.wait(`document.querySelector(".who")?.innerText === "grace"`)
	p.open("/account")
	p.wait(`document.querySelector("#lead").innerText.includes("editor")`)
	p.noTrace(s, secret)

	other := newTab(t, s.base)
	other.allow("status of 4")
	other.open(link)
	other.fill("#join", "username", "eve")
	other.fill("#join", "email", "grace@example.org")
	other.fill("#join", "password", "nanoseconds of wire")
	other.submit("#join")
	other.wait(`document.querySelector("#join .outcome")`)
	if got := other.text("#join .outcome"); !strings.Contains(got, "invitation was used") {
		t.Errorf("the second time the page says %q", got)
	}
}

// TestReset: asking for a link, and choosing a password with one.
func TestReset(t *testing.T) {
	s := startLectern(t)
	s.register("ada", "four words of mine")
	p := newTab(t, s.base)
	p.allow("status of 4") // of what is refused on purpose
	p.open("/sign-in")
	p.click(`a[href="reset"]`)
	p.fill("#request", "login", "nobody")
	p.submit("#request")
	p.wait(`document.querySelector("#request .outcome")`)
	if got := p.text("#request .outcome"); !strings.Contains(got, "sends no mail") {
		t.Errorf("the page says %q", got)
	}

	admin := s.token(adminName, adminPassword)
	reset := s.call(admin, "POST", "/api/users/"+s.id(admin, "ada")+"/reset", nil)
	link, secret := reset["url"].(string), reset["token"].(string)
	p.open(link) // within the page that is open
	p.wait(`document.querySelector("#choose").checkVisibility()`)
	p.noTrace(s, secret)
	p.fill("#choose", "password", "password")
	p.submit("#choose")
	p.wait(`document.querySelector("#password-wrong")`)
	p.fill("#choose", "password", "other words of mine")
	p.submit("#choose")
	p.wait(`document.activeElement.id === "chosen"`)
	p.shoot("reset")
	p.noTrace(s, secret)
	p.signIn("ada", "other words of mine")
}
