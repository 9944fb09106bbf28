//go:build browser

package web

import (
	"fmt"
	"strings"
	"testing"
)

// row answers the selector of the row of a list that holds this text.
func (p *tab) row(list, text string) string {
	p.Helper()
	p.wait(fmt.Sprintf(`[...document.querySelectorAll("%s .row")].some((row) => row.innerText.includes(%q))`,
		list, text))
	return fmt.Sprintf("%s .row:nth-child(%d)", list, 1+eval[int](p, fmt.Sprintf(
		`[...document.querySelectorAll("%s .row")].findIndex((row) => row.innerText.includes(%q))`, list, text)))
}

// act presses a button of a row, which opens a dialog.
func (p *tab) act(row, button string) {
	p.Helper()
	p.click(fmt.Sprintf(`%s button[aria-label^=%q]`, row, button+":"))
	p.wait(`document.querySelector("dialog.ask[open]")`)
}

// TestAdministrator: an invitation is made and accepted; the account is managed; the log tells.
func TestAdministrator(t *testing.T) {
	s := startLectern(t)
	admin := newTab(t, s.base)
	admin.allow("status of 4") // of what is refused on purpose
	admin.view(1280, 900, "light")
	admin.signIn("admin@example.org", adminPassword)
	admin.open("/users")
	admin.wait(`document.querySelector("#invitations + .note")?.innerText === "None are open."`)
	admin.fill("#invite", "email", "grace@example.org")
	eval[any](admin, `document.querySelector("#role").value = "editor"`)
	admin.submit("#invite")
	admin.wait(`document.querySelector("#invited .secret")`)
	link := eval[string](admin, `document.querySelector("#invited .secret").value`)
	if !strings.HasPrefix(link, s.base+"/join#") {
		t.Fatalf("the link is %s", link)
	}
	admin.row("#invitations", "grace@example.org")
	admin.shoot("users-invite")

	grace := newTab(t, s.base)
	grace.open(strings.TrimPrefix(link, s.base))
	grace.fill("#join", "username", "grace")
	grace.fill("#join", "email", "grace@example.org")
	grace.fill("#join", "password", "nanoseconds of wire")
	grace.submit("#join")
	grace.wait(`document.querySelector(".who")?.innerText === "grace"`)

	admin.do(reload())
	admin.wait(`document.querySelector("#invitations + .note")?.innerText === "None are open."`)
	row := admin.row("#users", "grace")
	admin.click(row + " summary")
	admin.shoot("users")
	admin.act(row, "Role")
	admin.click(`dialog.ask [value=reader]`)
	admin.submit("dialog.ask")
	admin.wait(`!document.querySelector("dialog.ask") && document.activeElement.matches(".row") &&
		document.activeElement.innerText.includes("reader")`)
	admin.click(row + " summary")
	admin.act(row, "Disable")
	admin.submit("dialog.ask")
	admin.wait(`document.querySelector("` + row + ` .tag.off")?.innerText === "disabled"`)
	grace.allow("status of 401")
	grace.open("/account")
	grace.wait(`location.pathname === "/sign-in"`)
	admin.click(row + " summary")
	admin.act(row, "Enable")
	admin.submit("dialog.ask")
	admin.wait(`document.activeElement.matches(".row") && !document.querySelector("` + row + ` .tag.off")`)
	admin.click(row + " summary")
	admin.act(row, "New password")
	admin.submit("dialog.ask")
	admin.wait(`document.querySelector("dialog.ask .secret")?.value.includes("/reset#")`)
	admin.shoot("users-reset")
	admin.click("dialog.ask .primary")
	admin.wait(`!document.querySelector("dialog.ask")`)
	self := admin.row("#users", adminName)
	admin.click(self + " summary")
	admin.act(self, "Disable")
	admin.submit("dialog.ask")
	admin.wait(`document.querySelector("dialog.ask .outcome")`)
	if got := admin.text("dialog.ask .outcome"); !strings.Contains(got, "administrator") {
		t.Errorf("the last administrator is told %q", got)
	}
	admin.press(escape)
	admin.click(`#pages a[href=audit]`)
	admin.wait(`document.querySelectorAll("#events .row").length > 5`)
	log := admin.text("#events")
	for _, want := range []string{
		"account.invite grace@example.org", "grace account.register grace", "account.role grace (reader)",
		"account.disable grace", "account.enable grace", "account.reset grace", "127.0.0.1",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not tell %q:\n%s", want, log)
		}
	}
	admin.shoot("audit")
	admin.fill("#filter", "actor", "GRACE")
	admin.submit("#filter")
	admin.wait(`location.search.includes("GRACE") && document.querySelectorAll("#events .row").length === 1`)
	admin.click("#everything")
	admin.wait(`document.querySelectorAll("#events .row").length > 5`)

	admin.open("/users")
	row = admin.row("#users", "grace")
	admin.click(row + " summary")
	admin.act(row, "Delete")
	admin.submit("dialog.ask")
	admin.wait(`!document.querySelector("#users").innerText.includes("grace")`)

	// Pages of administrators send others away.
	s.register("ada", "four words of mine")
	p := newTab(t, s.base)
	p.signIn("ada", "four words of mine")
	for _, path := range []string{"/users", "/audit", "/documents"} {
		p.open(path)
		p.wait(`location.pathname === "/account" && document.querySelector("#pages a")`)
	}
}

// TestDocuments: editors see and change their own documents, administrators all.
func TestDocuments(t *testing.T) {
	s := startLectern(t)
	admin := s.token(adminName, adminPassword)
	s.register("ada", "four words of mine")
	s.setRole(admin, "ada", "editor")
	ada := s.token("ada", "four words of mine")
	s.ingest(admin, "motors/servo", "Servo motors", servoPage)
	s.ingest(ada, "motors/stepper", "Stepper motors", "# Steppers\n\nA stepper motor moves in steps.\n")
	for i := range 55 {
		s.ingest(admin, fmt.Sprintf("pages/%02d", i), fmt.Sprintf("Page %02d", i), "# Page\n\nSome words.\n")
	}

	p := newTab(t, s.base)
	p.allow("status of 4") // of what is refused on purpose
	p.view(1280, 900, "light")
	p.signIn("ada", "four words of mine")
	p.open("/documents")
	row := p.row("#documents", "motors/stepper")
	if got := eval[int](p, `document.querySelectorAll("#documents .row").length`); got != 1 {
		t.Errorf("an editor sees %d documents", got)
	}
	p.click(row + " summary")
	p.act(row, "Make private")
	p.submit("dialog.ask")
	p.wait(`document.activeElement.matches(".row") && document.activeElement.innerText.includes("private")`)
	p.shoot("documents-own")
	if status := s.status("", "/api/documents/motors%2Fstepper"); status != 404 {
		t.Errorf("of the private document the public gets %d", status)
	}

	a := newTab(t, s.base)
	a.allow("status of 4")
	a.view(1280, 900, "light")
	a.signIn(adminName, adminPassword)
	a.open("/documents")
	a.wait(`document.querySelectorAll("#documents .row").length === 50`)
	a.shoot("documents")
	a.click("#documents ~ button")
	a.wait(`document.querySelectorAll("#documents .row").length === 57`)
	row = a.row("#documents", "motors/stepper")
	if eval[bool](a, `document.querySelector("`+row+` button[aria-label^=Make]") !== null`) {
		t.Error("an administrator is offered to publish somebody's private document")
	}
	a.click(row + " summary")
	a.act(row, "Hand over")
	a.fill("dialog.ask", "owner", "nobody")
	a.submit("dialog.ask")
	a.wait(`document.querySelector("#dialog-owner-wrong")?.innerText.includes("nobody")`)
	a.fill("dialog.ask", "owner", adminName)
	a.submit("dialog.ask")
	a.wait(`!document.querySelector("dialog.ask") && document.activeElement.innerText.includes("of ` + adminName + `")`)
	a.click(row + " summary")
	a.act(row, "Delete")
	a.submit("dialog.ask")
	a.wait(`document.querySelectorAll("#documents .row").length === 56`)
	a.fill("#filter", "doc_id", "motors/servo")
	a.submit("#filter")
	a.wait(`document.querySelectorAll("#documents .row").length === 1`)
	a.open("/documents?doc_id=a%2F..") // which can be no document's
	a.wait(`document.querySelector("#documents + .note")?.innerText.includes("segment")`)
}
