//go:build browser

package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnswer(t *testing.T) {
	p, api := start(t, "/")
	p.wait(`document.querySelectorAll(".starter").length === 4`)
	p.shoot("idle-light")
	p.ask(askWhole)
	p.wait(settled)

	if got := p.text(".answer strong"); got != "zero-moment point" {
		t.Errorf("bold text is %q", got)
	}
	if got := p.text(".answer button.cite"); got != "1\n2\n3" {
		t.Errorf("markers are %q", got)
	}
	if got := eval[int](p, `document.querySelectorAll(".answer ul > li").length`); got != 2 {
		t.Errorf("%d list items, want 2", got)
	}
	if got := p.text("#status"); got != "The answer is ready, with 3 sources." {
		t.Errorf("screen readers hear %q", got)
	}
	if got := p.text(".turn h2"); got != askWhole {
		t.Errorf("heading is %q", got)
	}
	want := []object{{"question": askWhole}}
	if diff := cmp.Diff(want, api.seen()); diff != "" {
		t.Error(diff)
	}
	p.shoot("answer-light")
}

func TestCitationOpensItsPassage(t *testing.T) {
	p, _ := start(t, "/")
	p.ask(askWhole)
	p.wait(settled)
	p.click(`.answer button.cite`)
	p.wait(`document.querySelector("#passage[open]")`)

	// The quote's words are marked, across the bold span inside it, and nothing else.
	want := strings.ReplaceAll(quoteZMP, "**", "")
	marked := `[...document.querySelectorAll("#passage mark")].map((m) => m.textContent).join("")`
	if got := eval[string](p, marked); got != want {
		t.Errorf("marked:\n%s\nwant:\n%s", got, want)
	}
	if got := p.text("#passage-eyebrow"); got != "Source 1 · Balance" {
		t.Errorf("eyebrow is %q", got)
	}
	href := eval[string](p, `document.querySelector("#passage-actions a").href`)
	if href != zmp.url {
		t.Errorf("link leads to %s, want %s", href, zmp.url)
	}
	if got := eval[string](p, "document.activeElement.id"); got != "passage-title" {
		t.Errorf("focus is on %q", got)
	}
	p.shoot("panel-light")
	p.press(escape)
	p.wait(`!document.querySelector("#passage[open]")`)
	if got := eval[string](p, "document.activeElement.textContent"); got != "1" {
		t.Errorf("after closing, focus is on %q, want the marker", got)
	}
}

func TestStop(t *testing.T) {
	p, api := start(t, "/")
	p.ask(askSlow)
	p.wait(`document.querySelector(".answer").innerText.includes("It begins")`)
	if got := p.text(".progress"); got != "Writing" {
		t.Errorf("progress is %q", got)
	}
	p.shoot("asking-light")
	p.click("#stop")
	p.wait(`document.querySelector(".turn[data-state=stopped]")`)
	for api.drops() == 0 { // The server sees that nobody listens any more.
		p.wait("true")
	}
	if got := eval[string](p, "document.querySelector('#question').value"); got != askSlow {
		t.Errorf("the box holds %q", got)
	}
}

func TestEscapeStops(t *testing.T) {
	p, _ := start(t, "/")
	p.ask(askSlow)
	p.wait(`document.querySelector(".answer").innerText.includes("It begins")`)
	p.press(escape)
	p.wait(`document.querySelector(".turn[data-state=stopped]")`)
}

func TestAnotherQuestionReplacesTheRunningOne(t *testing.T) {
	p, _ := start(t, "/")
	p.ask(askSlow)
	p.wait(`document.querySelector(".answer").innerText.includes("It begins")`)
	p.ask(askWhole)
	p.wait(settled)
	if got := p.text(".turn h2"); got != askWhole {
		t.Errorf("heading is %q", got)
	}
	if got := eval[string](p, "document.querySelector('#question').value"); got != "" {
		t.Errorf("the question that was replaced is back in the box: %q", got)
	}
}

func TestStopBeforeTheAnswerBegins(t *testing.T) {
	p, api := start(t, "/")
	api.script(askSlow, func(s *stream) { s.hold() })
	p.ask(askSlow)
	p.wait(`!document.querySelector("#stop").hidden`)
	p.press(escape)
	p.wait(`document.querySelector(".turn[data-state=stopped]")`)
}

func TestRefusal(t *testing.T) {
	p, _ := start(t, "/")
	p.ask(askRefused)
	p.wait(settled)
	if got := p.text(".refusal"); !strings.Contains(got, "Not in the book") ||
		!strings.Contains(got, "does not say anything about this") {
		t.Errorf("refusal reads %q", got)
	}
	if got := eval[int](p, `document.querySelectorAll("button.cite, .sources").length`); got != 0 {
		t.Error("a refusal shows citations")
	}
	if got := p.text("#status"); got != "Not in the book." {
		t.Errorf("screen readers hear %q", got)
	}
	p.shoot("refusal-light")
}

func TestEmptyBook(t *testing.T) {
	p, api := start(t, "/")
	api.setPages(nil)
	p.do(reload())
	p.wait(`!document.querySelector("#empty").hidden`)
	if got := eval[int](p, `document.querySelectorAll(".starter").length`); got != 0 {
		t.Errorf("%d starters", got)
	}
}

func TestDegraded(t *testing.T) {
	p, _ := start(t, "/")
	p.ask(askDegraded)
	p.wait(settled)
	got := p.text(".degraded")
	for _, want := range []string{"A page was being updated", "Missing: weather station."} {
		if !strings.Contains(got, want) {
			t.Errorf("the note lacks %q: %s", want, got)
		}
	}
}

func TestFailures(t *testing.T) {
	for _, test := range []struct{ question, title, detail, console string }{
		{
			askFault, "The book cannot be asked right now",
			"The database cannot be reached; try again in a moment.", "",
		},
		{askLimited, "Too many questions in a short time", "Ask less often.", "429"},
		{askProxy, "The server answered 502", "", "502"},
	} {
		t.Run(test.title, func(t *testing.T) {
			p, _ := start(t, "/")
			if test.console != "" {
				p.allow(test.console)
			}
			p.ask(test.question)
			p.wait(settled)
			if got := p.text(".problem h3"); got != test.title {
				t.Errorf("title is %q", got)
			}
			if got := p.text(".problem"); !strings.Contains(got, test.detail) {
				t.Errorf("no %q in %q", test.detail, got)
			}
			if got := p.text("#status"); !strings.HasPrefix(got, test.title) {
				t.Errorf("screen readers hear %q", got)
			}
			box := eval[string](p, "document.querySelector('#question').value")
			if box != test.question {
				t.Errorf("the question is lost: the box holds %q", box)
			}
		})
	}
}

func TestCutStreamKeepsWhatCame(t *testing.T) {
	p, api := start(t, "/")
	p.allow("ERR_INCOMPLETE_CHUNKED_ENCODING")
	p.ask(askCut)
	p.wait(`document.querySelector(".answer").innerText.includes("Only half")`)
	api.release <- struct{}{}
	p.wait(settled)
	if got := p.text(".problem h3"); got != "The answer broke off" {
		t.Errorf("title is %q", got)
	}
	if got := p.text(".answer"); got != "Only half" {
		t.Errorf("what came is %q", got)
	}
}

func TestStreamWithoutEnd(t *testing.T) {
	p, api := start(t, "/")
	api.script(askCut, func(s *stream) { s.send("token", object{"text": "Only half"}) })
	p.ask(askCut)
	p.wait(settled)
	if got := p.text(".problem h3"); got != "The answer broke off" {
		t.Errorf("title is %q", got)
	}
}

func TestUnknownEventsAreSkipped(t *testing.T) {
	p, api := start(t, "/")
	api.script(askWhole, func(s *stream) {
		s.send("weather", "fine")
		wholeAnswer().stream(s)
	})
	p.ask(askWhole)
	p.wait(`document.querySelector(".turn[data-state=answered]")`)
}

func TestRateLimitCountsDown(t *testing.T) {
	p, api := start(t, "/")
	p.allow("429")
	p.ask(askLimited)
	p.wait(`document.querySelector(".problem button:disabled")`)
	p.wait(`document.querySelector(".problem button:enabled")`)
	api.script(askLimited, wholeAnswer().stream)
	p.click(".problem button")
	p.wait(`document.querySelector(".turn[data-state=answered]")`)
}

func TestServerIsGone(t *testing.T) {
	p, api := start(t, "/")
	p.allow("ERR_EMPTY_RESPONSE")
	api.script(askWhole, func(*stream) { panic(http.ErrAbortHandler) })
	p.ask(askWhole)
	p.wait(settled)
	if got := p.text(".problem h3"); got != "The server cannot be reached" {
		t.Errorf("title is %q", got)
	}
	api.script(askWhole, wholeAnswer().stream)
	p.click(".problem button")
	p.wait(`document.querySelector(".turn[data-state=answered]")`)
}
