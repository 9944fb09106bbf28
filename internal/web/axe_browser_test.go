//go:build browser

package web

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func reload() chromedp.Action[chromedp.Void] { return chromedp.Reload() }

// axeSource reads axe-core, which is not part of the repository.
func axeSource(t *testing.T) string {
	t.Helper()
	path := os.Getenv("LECTERN_AXE")
	if path == "" {
		t.Fatal("LECTERN_AXE does not name axe.min.js of axe-core; `make test-browser` fetches it")
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("LECTERN_AXE: %v; `make test-browser` fetches it", err)
	}
	return string(source)
}

type violation struct {
	ID, Impact, Help string
	Nodes            []string
}

// checkAccessibility wants neither a serious or critical finding of axe nor a page
// that is wider than its window.
func (p *tab) checkAccessibility(axe, state string) {
	p.Helper()
	eval[any](p, axe+";undefined")
	found := eval[[]violation](p, `Promise.all(document.getAnimations().map((a) => a.effect
		.getTiming().iterations === Infinity ? null : a.finished)).then(() => axe.run(document, {
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
		})).then(({violations}) => violations.map(({id, impact, help, nodes}) => ({
			ID: id, Impact: impact, Help: help,
			Nodes: nodes.map((node) => node.html + " " + node.failureSummary)})))`)
	for _, v := range found {
		message := fmt.Sprintf("%s: %s (%s): %s\n%s", state, v.ID, v.Impact, v.Help,
			strings.Join(v.Nodes, "\n"))
		if v.Impact == "serious" || v.Impact == "critical" {
			p.Error(message)
		} else {
			p.Log(message)
		}
	}
	width := eval[[]int](p, `[document.documentElement.scrollWidth, innerWidth]`)
	if width[0] > width[1] {
		p.Errorf("%s: the page is %d wide in a window of %d", state, width[0], width[1])
	}
}

var views = []struct {
	name          string
	width, height int64
	scheme        string
}{
	{"light", 1280, 900, "light"},
	{"dark", 1280, 900, "dark"},
	{"narrow", 320, 720, "light"},
	{"narrow-dark", 320, 720, "dark"},
}

func TestAccessibility(t *testing.T) {
	axe := axeSource(t)
	for _, view := range views {
		t.Run(view.name, func(t *testing.T) {
			p, api := start(t, "/")
			p.view(view.width, view.height, view.scheme)
			p.allow("401")
			check := func(state string) {
				t.Helper()
				p.checkAccessibility(axe, state)
				p.shoot(state + "-" + view.name)
			}
			p.wait(`document.querySelectorAll(".starter").length === 4`)
			check("idle")
			p.ask(askSlow)
			p.wait(`document.querySelector(".answer").innerText.includes("It begins")`)
			check("asking")
			api.release <- struct{}{}
			p.wait(settled)
			check("answer")
			p.click(`.answer button.cite`)
			p.wait(`document.querySelector("#passage[open]")`)
			check("panel")
			p.press(escape)
			p.ask(askRefused)
			p.wait(`document.querySelector(".turn[data-state=refused]")`)
			check("refusal")
			p.ask(askDegraded)
			p.wait(`document.querySelector(".degraded")`)
			p.selectText(".answer", "vanish", "flat")
			p.wait(`document.querySelector(".ask-about:not([hidden])")`)
			p.click(".ask-about")
			check("about")
			p.ask(askFault)
			p.wait(`document.querySelector(".problem")`)
			check("problem")
			api.demand("lk_right")
			p.ask(askWhole)
			p.wait(`!document.querySelector("#key-card").hidden`)
			check("key")
		})
	}
}

func TestDocsAccessibility(t *testing.T) {
	axe := axeSource(t)
	for _, view := range views {
		t.Run(view.name, func(t *testing.T) {
			p, _ := start(t, "/api/docs")
			p.view(view.width, view.height, view.scheme)
			p.wait(`document.querySelectorAll(".operation").length === 3`)
			p.checkAccessibility(axe, "docs")
			p.click("#query summary")
			p.wait(`document.querySelector("#query").open`)
			p.checkAccessibility(axe, "docs-open")
			p.shoot("docs-" + view.name)
		})
	}
}

func TestReducedMotion(t *testing.T) {
	p, _ := start(t, "/")
	p.media("prefers-reduced-motion", "reduce")
	p.ask(askSlow)
	p.wait(`document.querySelector(".answer").innerText.includes("It begins")`)
	if got := eval[int](p, "document.getAnimations().length"); got != 0 {
		t.Errorf("%d animations run", got)
	}
	p.press(escape)
}

func TestPrint(t *testing.T) {
	for _, width := range []int64{700, 1280} { // With a modal panel, and one beside.
		p, _ := start(t, "/")
		p.view(width, 900, "dark")
		p.ask(askWhole)
		p.wait(settled)
		p.click(`.answer button.cite`)
		p.wait(`document.querySelector("#passage[open]")`)
		p.emulate(emulation.SetEmulatedMediaParams{Media: "print"})
		got := eval[string](p, `["#composer", "#passage", ".turn h2", ".answer", ".sources"].filter(
			(name) => document.querySelector(name).checkVisibility()).join(" ")`)
		if got != ".turn h2 .answer .sources" {
			t.Errorf("printed: %s", got)
		}
		ink := eval[string](p, `getComputedStyle(document.body).color`)
		if ink != "rgb(35, 32, 27)" {
			t.Errorf("the ink is %s, which is for dark paper", ink)
		}
	}
}
