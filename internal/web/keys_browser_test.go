//go:build browser

package web

import (
	"strings"
	"testing"
)

// TestKeysOfAnother: administrators make and see keys of any account, coming from its row.
func TestKeysOfAnother(t *testing.T) {
	s := startLectern(t)
	s.register("ada", "four words of mine")
	p := newTab(t, s.base)
	p.allow("status of 403") // more than the account may
	p.signIn(adminName, adminPassword)
	p.open("/users")
	row := p.row("#users", "ada")
	p.click(row + " summary")
	p.click(row + ` a[href="keys?account=ada"]`)
	p.wait(`document.querySelector("#whose-name")?.innerText === "ada" && document.querySelector("#permission option")`)
	eval[any](p, `document.querySelector("#permission").value = "ingest"`)
	p.submit("#new-key")
	p.wait(`document.querySelector("#new-key .outcome")?.innerText.includes("cannot allow more")`)
	eval[any](p, `document.querySelector("#permission").value = "read"`)
	p.submit("#new-key")
	p.wait(`document.querySelector("#made .secret")`)
	key := eval[string](p, `document.querySelector("#made .secret").value`)
	if got := s.call(key, "GET", "/api/users/me", nil)["username"]; got != "ada" {
		t.Errorf("the key is %v's", got)
	}
	p.wait(`document.querySelectorAll("#keys .row").length === 1`)
}

// TestKeys: a key is made, shown once, used and revoked.
func TestKeys(t *testing.T) {
	s := startLectern(t)
	s.register("ada", "four words of mine")
	p := newTab(t, s.base)
	p.view(1280, 900, "light")
	p.signIn("ada", "four words of mine")
	p.click(".who")
	p.wait(`document.querySelector("#pages a[href=keys]")`)
	p.click("#pages a[href=keys]")
	p.wait(`document.querySelector("#keys + .note")?.innerText === "There are no keys yet."`)
	if got := p.text("#permission"); got != "read: search and ask" {
		t.Errorf("a reader may make keys that %q", got)
	}
	p.submit("#new-key")
	p.wait(`document.querySelector("#made .secret")`)
	key := eval[string](p, `document.querySelector("#made .secret").value`)
	if !strings.HasPrefix(key, "lk_") || s.status(key, "/api/users/me") != 200 {
		t.Errorf("the key %q does not work", key)
	}
	if got := eval[string](p, `document.activeElement.innerText`); got != "The new key" {
		t.Errorf("the focus is on %q", got)
	}
	p.wait(`document.querySelectorAll("#keys .row").length === 1`)
	p.shoot("keys")
	p.do(reload())
	p.wait(`document.querySelector("#keys .facts")?.innerText.includes("last used")`)
	if got := eval[string](p, `document.documentElement.outerHTML`); strings.Contains(got, key) {
		t.Error("the key is shown again")
	}
	p.click("#keys .row-actions button")
	p.wait(`document.querySelector("dialog.ask[open]")`)
	p.shoot("keys-revoke")
	p.press(escape) // changes nothing
	p.wait(`!document.querySelector("dialog.ask")`)
	if got := eval[string](p, `document.activeElement.innerText`); got != "Revoke" {
		t.Errorf("after the dialog the focus is on %q", got)
	}
	p.press(enter)
	p.wait(`document.querySelector("dialog.ask[open]")`)
	p.submit("dialog.ask")
	p.wait(`document.querySelector("#keys .tag.off")?.innerText === "revoked"`)
	if status := s.status(key, "/api/users/me"); status != 401 {
		t.Errorf("the revoked key gets %d", status)
	}
	// Who could not be signed out is told so, and stays on the page.
	eval[any](p, `window.fetch = () => Promise.reject(new TypeError("offline"))`)
	p.click("#sign-out")
	p.wait(`document.querySelector("#sign-out").innerText.includes("Still signed in")`)
}
