//go:build browser

package web

import (
	"os"
	"strings"
	"testing"
)

// TestServer asks a running Lectern: LECTERN_BROWSER_URL is its address,
// LECTERN_BROWSER_QUESTION a question that its book answers.
func TestServer(t *testing.T) {
	base := os.Getenv("LECTERN_BROWSER_URL")
	if base == "" {
		t.Skip("LECTERN_BROWSER_URL does not name a running server")
	}
	question := os.Getenv("LECTERN_BROWSER_QUESTION")
	if question == "" {
		question = "What is physical AI?"
	}
	axe := axeSource(t)
	for _, view := range views {
		t.Run(view.name, func(t *testing.T) {
			p := newTab(t, base)
			p.view(view.width, view.height, view.scheme)
			p.open("/")
			p.wait(`document.querySelector(".starter")`)
			p.checkAccessibility(axe, "idle")
			p.ask(question)
			p.wait(`document.querySelector(".turn[data-state=answered]")`)
			p.checkAccessibility(axe, "answer")
			p.shoot("server-answer-" + view.name)
			p.click(`.answer button.cite`)
			p.wait(`document.querySelector("#passage[open] mark")`)
			p.checkAccessibility(axe, "panel")
			p.shoot("server-panel-" + view.name)
			p.press(escape)
			p.ask("qzxv wvvq jjxz?")
			p.wait(`document.querySelector(".turn[data-state=refused]")`)
			p.checkAccessibility(axe, "refusal")
		})
	}
	t.Run("docs", func(t *testing.T) {
		p := newTab(t, base)
		p.open("/api/docs")
		p.wait(`document.querySelectorAll(".operation").length > 10`)
		eval[any](p, `document.querySelectorAll("details").forEach((node) => { node.open = true })`)
		p.checkAccessibility(axe, "docs")
		if got := p.text("#contents"); !strings.Contains(got, "Ingest") {
			t.Errorf("the contents read %q", got)
		}
	})
}
