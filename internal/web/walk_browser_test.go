//go:build browser

package web

import "testing"

// TestWalk is the way of somebody new: an account, a question, a key, another password, the own data,
// and out.
func TestWalk(t *testing.T) {
	s := startLectern(t)
	s.ingest(s.token(adminName, adminPassword), "motors/servo", "Servo motors", servoPage)
	p := newTab(t, s.base)
	p.open("/join")
	p.fill("#join", "username", "ada")
	p.fill("#join", "email", "ada@example.org")
	p.fill("#join", "password", "four words of mine")
	p.submit("#join")
	p.wait(`location.pathname === "/" && document.querySelector(".who")?.innerText === "ada"`)
	p.ask("What does a servo motor turn?")
	p.wait(`document.querySelector(".turn[data-state=answered] .thumb")`)

	p.click(".who")
	p.wait(`document.querySelector("#pages a[href=keys]")`)
	p.click("#pages a[href=keys]")
	p.wait(`document.querySelector("#permission option")`)
	p.submit("#new-key")
	p.wait(`document.querySelector("#made .secret")`)
	key := eval[string](p, `document.querySelector("#made .secret").value`)

	p.click("#pages a[href=account]")
	p.wait(`document.querySelector("#conversations .row")`)
	p.fill("#password", "current_password", "four words of mine")
	p.fill("#password", "new_password", "other words of mine")
	p.submit("#password")
	p.wait(`document.querySelector("#password ` + outcome + `")`)
	if status := s.status(key, "/api/users/me"); status != 200 {
		t.Errorf("after the change of password the key gets %d", status)
	}
	data := p.export()
	if account := data["account"].(object); account["username"] != "ada" ||
		len(data["keys"].([]any)) != 1 || len(data["conversations"].([]any)) != 1 {
		t.Errorf("the export holds %v", data)
	}
	p.click("#sign-out")
	p.wait(`location.pathname === "/" && document.querySelector("#who a")?.innerText === "Sign in"`)
	p.signIn("ada", "other words of mine")
}
