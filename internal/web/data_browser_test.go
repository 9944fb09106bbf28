//go:build browser

package web

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// export takes the own data along, and answers the file that the browser saves.
func (p *tab) export() object {
	p.Helper()
	const name = "account.json"
	folder := p.TempDir()
	if _, err := chromedp.Call(p.ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		Behavior:         cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder,
	}); err != nil {
		p.Fatal(err)
	}
	p.submit("#export")
	var got object
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err == nil && json.Unmarshal(data, &got) == nil {
			return got
		}
		if time.Now().After(deadline) {
			p.Fatalf("%s: %v: %s", name, err, data)
		}
	}
}

// TestOwnData: somebody takes the data along, hands the documents over and leaves.
func TestOwnData(t *testing.T) {
	s := startLectern(t)
	admin := s.token(adminName, adminPassword)
	const password = "four words of mine"
	s.register("ada", password)
	s.setRole(admin, "ada", "editor")
	ada := s.token("ada", password)
	s.ingest(ada, "motors/servo", "Servo motors", servoPage)

	p := newTab(t, s.base)
	p.allow("status of 4") // of what is refused on purpose
	p.view(1280, 900, "light")
	p.signIn("ada", password)
	p.open("/account")
	p.wait(`document.querySelector("#conversations + .note")?.innerText === "None are kept."`)
	account := p.export()["account"].(object)
	if account["username"] != "ada" {
		t.Errorf("the export is of %v", account)
	}

	p.click("#leave")
	p.wait(`document.querySelector("dialog.ask[open]")`)
	p.click("dialog.ask [value=hand_over]")
	p.fill("dialog.ask", "hand_over_to", "nobody")
	p.fill("dialog.ask", "password", "not her password")
	p.submit("dialog.ask")
	p.wait(`document.querySelector("dialog.ask .wrong")`)
	p.fill("dialog.ask", "password", password)
	p.submit("dialog.ask")
	p.wait(`document.querySelector("#dialog-hand_over_to-wrong")`)
	p.shoot("leave")
	p.fill("dialog.ask", "hand_over_to", adminName)
	p.submit("dialog.ask")
	p.wait(`location.pathname === "/" && document.querySelector("#who a")?.innerText === "Sign in"`)
	if status := s.status(ada, "/api/users/me"); status != 401 {
		t.Errorf("after leaving the token gets %d", status)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		owner := s.call(admin, "GET", "/api/documents/"+strings.ReplaceAll("motors/servo", "/", "%2F"), nil)["owner"]
		if owner == adminName {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the document belongs to %v", owner)
		}
	}
}
