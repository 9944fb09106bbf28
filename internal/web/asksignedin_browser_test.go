//go:build browser

package web

import (
	"strings"
	"testing"
)

const servoPage = "# Servo motors\n\nA servo motor turns a joint to an exact angle and holds it there. " +
	"Its controller compares the wanted angle with the measured one many times a second.\n"

// ingest puts a page into the book.
func (s *lectern) ingest(token, docID, title, text string) {
	s.Helper()
	s.call(token, "POST", "/api/ingest", object{"doc_id": docID, "title": title, "text": text})
}

// TestAskSignedIn: questions are kept in conversations of the account, and their answers can be rated.
func TestAskSignedIn(t *testing.T) {
	s := startLectern(t)
	admin := s.token(adminName, adminPassword)
	s.ingest(admin, "motors/servo", "Servo motors", servoPage)
	ada := s.register("ada", "four words of mine")
	const question = "What does a servo motor turn?"
	p := newTab(t, s.base)
	p.view(1280, 900, "light")

	p.open("/")
	p.wait(`document.querySelector("#who a")`)
	p.ask(question)
	p.wait(`document.querySelector(".turn[data-state=answered]")`)
	if eval[bool](p, `document.querySelector(".thumb") !== null`) {
		t.Error("an answer that is kept nowhere can be rated")
	}
	if kept := s.call(ada, "GET", "/api/conversations", nil)["items"].([]any); len(kept) > 0 {
		t.Errorf("before the sign-in %v is kept", kept)
	}

	// A key that somebody left behind is not what the next one asks with.
	eval[any](p, `sessionStorage.setItem("lectern.key", "lk_left-behind")`)
	p.signIn("ada", "four words of mine")
	if eval[bool](p, `document.querySelector("#key-toggle").checkVisibility()`) {
		t.Error("somebody who is signed in is offered a key")
	}
	if got := p.text("#earlier-list"); got != "" {
		t.Errorf("after the sign-in the tab remembers %q", got)
	}
	p.ask(question)
	p.wait(`document.querySelector(".turn[data-state=answered] .thumb")`)
	p.click(`.thumb[aria-label="Bad answer"]`)
	p.wait(`document.querySelector(".thumb[aria-pressed=true]")?.title === "Bad answer"`)
	p.fill(".why", "comment", "It is about <b>which</b> joint?")
	p.shoot("ask-rated")
	p.submit(".why")
	p.wait(`document.querySelector(".why").hidden`)
	given := s.call(admin, "GET", "/api/feedback", nil)["items"].([]any)
	if len(given) != 1 || given[0].(object)["rating"] != -1.0 ||
		given[0].(object)["comment"] != "It is about <b>which</b> joint?" {
		t.Errorf("administrators read %v", given)
	}
	p.click(`.thumb[aria-label="Good answer"]`)
	p.wait(`document.querySelector(".thumb[aria-pressed=true]")?.title === "Good answer"`)

	p.click(".go-on > button")
	p.ask("And what does its controller compare?")
	p.wait(`document.querySelector(".turn[data-state=answered] .asked-about")`)
	p.ask("What is measured many times a second?")
	p.wait(`document.querySelectorAll("#earlier-list li").length === 2 &&
		document.querySelector(".turn[data-state=answered]")`)
	var lengths []float64
	for _, kept := range s.call(ada, "GET", "/api/conversations", nil)["items"].([]any) {
		lengths = append(lengths, kept.(object)["length"].(float64))
	}
	if len(lengths) != 2 || lengths[0] != 2 || lengths[1] != 4 {
		t.Errorf("conversations of %v messages are kept, want 2 and 4", lengths)
	}

	// The first answer is not the last one of its conversation any more: what follows up on it brings
	// its turns along, and is not kept.
	p.click("#earlier-list li:last-child button")
	p.wait(`document.querySelector(".thumb[aria-pressed=true]")?.title === "Good answer"`)
	p.click(`.thumb[aria-pressed=true]`) // takes it back
	p.wait(`!document.querySelector(".thumb[aria-pressed=true]")`)
	if given := s.call(admin, "GET", "/api/feedback", nil)["items"].([]any); len(given) > 0 {
		t.Errorf("taken back, there is %v", given)
	}
	p.click(".go-on > button")
	p.ask("And what does it hold?")
	p.wait(`document.querySelector(".turn[data-state=answered] .asked-about")`)
	if eval[bool](p, `document.querySelector(".thumb") !== null`) {
		t.Error("an answer that is not kept can be rated")
	}

	p.open("/account")
	p.wait(`document.querySelectorAll("#conversations .row").length === 2`)
	if got := p.text("#conversations"); !strings.Contains(got, question) {
		t.Errorf("the account keeps %q", got)
	}
	p.click("#conversations .row:last-child button")
	p.submit("dialog.ask")
	p.wait(`document.querySelectorAll("#conversations .row").length === 1`)
	p.click("#sign-out")
	p.wait(`document.querySelector("#who a")?.innerText === "Sign in"`)
	if got := eval[string](p, `JSON.stringify(sessionStorage)`); got != "{}" {
		t.Errorf("after the sign-out the tab keeps %s", got)
	}
}

// TestSessionEndsElsewhere: a question is not lost when the session is over.
func TestSessionEndsElsewhere(t *testing.T) {
	s := startLectern(t, "--access", "login")
	s.ingest(s.token(adminName, adminPassword), "motors/servo", "Servo motors", servoPage)
	ada := s.register("ada", "four words of mine")
	p := newTab(t, s.base)
	p.allow("status of 401")
	p.open("/")
	p.wait(`document.querySelector("#key-card").checkVisibility()`)
	if got := p.text("#key-reason"); !strings.Contains(got, "Sign in") {
		t.Errorf("nobody is told %q", got)
	}
	p.signIn("ada", "four words of mine")
	p.wait(`document.querySelector(".starter")`)
	s.call(ada, "POST", "/api/auth/logout-all", nil)
	p.ask("What does a servo motor turn?")
	p.wait(`document.querySelector("#key-card").checkVisibility()`)
	p.wait(`document.querySelector("#who a")?.innerText === "Sign in"`)
	if got := eval[string](p, `document.querySelector("#question").value`); got != "What does a servo motor turn?" {
		t.Errorf("in the box stands %q", got)
	}
}
