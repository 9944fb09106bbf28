//go:build browser

package web

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFollowUp: a question after an answer carries the turns before it, until the reader says
// otherwise; asked again from the list, it is the same.
func TestFollowUp(t *testing.T) {
	p, api := start(t, "/")
	const followUp = "Why does it stay flat?"
	follow := wholeAnswer()
	follow.searched = "Why does the foot stay flat?"
	api.script(followUp, follow.stream)
	p.ask(askWhole)
	p.wait(settled)
	p.click(".go-on button")
	if got := p.text("#follows"); !strings.Contains(got, askWhole) {
		t.Errorf("the chip reads %q", got)
	}
	if got := eval[string](p, "document.activeElement.id"); got != "question" {
		t.Errorf("focus is on %q", got)
	}
	p.shoot("follow-up-light")
	p.ask(followUp)
	p.wait(settled)
	if got := p.text(".meta"); !strings.Contains(got, "Searched for: "+follow.searched) {
		t.Errorf("below the answer stands %q", got)
	}
	if got := p.text(".asked-about"); !strings.Contains(got, askWhole) {
		t.Errorf("below the question stands %q", got)
	}
	turn := map[string]any{"question": askWhole, "answer": wholeAnswer().text}
	want := []object{
		{"question": askWhole}, {"question": followUp, "conversation": []any{turn}},
	}
	if diff := cmp.Diff(want, api.seen()); diff != "" {
		t.Error(diff)
	}

	// The chip is gone: the next question stands by itself. So does one whose chip is removed.
	if eval[bool](p, `!document.querySelector("#follows").hidden`) {
		t.Error("the chip stays")
	}
	p.click(".go-on button")
	p.click("#follows-remove")
	p.ask(askRefused)
	p.wait(settled)
	if last := api.seen()[2]; last["conversation"] != nil {
		t.Errorf("asked with %v", last)
	}

	// A refusal can be followed up too, and the earlier turn is still that of its conversation.
	p.click("#earlier-list li:first-child button")
	p.wait(settled)
	p.click(".go-on button")
	p.ask(askDegraded)
	p.wait(settled)
	if turns, _ := api.seen()[3]["conversation"].([]any); len(turns) != 2 {
		t.Errorf("asked with %v", api.seen()[3])
	}
}

// TestSearchesAgain: the reader sees what a model searches for.
func TestSearchesAgain(t *testing.T) {
	p, api := start(t, "/")
	const question = "What is searched for twice?"
	api.script(question, func(s *stream) {
		whole := wholeAnswer()
		s.send("passages", object{"passages": whole.passages[:1]})
		s.send("search", object{"query": "support <b>polygon</b>"})
		if s.hold() {
			whole.stream(s)
		}
	})
	p.ask(question)
	p.wait(`document.querySelector(".progress").innerText.includes("support <b>polygon</b>")`)
	api.release <- struct{}{}
	p.wait(settled)
	if got := p.text(".passages summary"); got != "2 passages read" {
		t.Errorf("the list says %q", got)
	}
}
