//go:build browser

package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// selectText marks the words from the first occurrence of one text to the end of
// another, both inside one element and each inside one text node.
func (p *tab) selectText(selector, from, to string) {
	p.Helper()
	eval[any](p, fmt.Sprintf(`(() => {
		const walker = document.createTreeWalker(document.querySelector(%q), NodeFilter.SHOW_TEXT);
		const range = document.createRange();
		let begun = false;
		for (let node; (node = walker.nextNode());) {
			const first = node.data.indexOf(%q), last = node.data.indexOf(%q);
			if (!begun && first >= 0) { range.setStart(node, first); begun = true; }
			if (begun && last >= 0) { range.setEnd(node, last + %d); break; }
		}
		getSelection().removeAllRanges();
		getSelection().addRange(range);
	})()`, selector, from, to, len(to)))
}

func TestAskAboutWordsOfThePassage(t *testing.T) {
	p, api := start(t, "/")
	p.ask(askWhole)
	p.wait(settled)
	p.click(`.answer button.cite`)
	p.wait(`document.querySelector("#passage[open]")`)
	p.selectText("#passage-text", "the ", "is the point")
	p.wait(`document.querySelector(".ask-about:not([hidden])")`)
	p.shoot("selection-light")
	p.click(".ask-about")
	// The words of the source, bold signs included: that is what the server can locate.
	want := "does the ground push back? With 𝒙 along the walking direction, " +
		"the **zero-moment point** is the point"
	if got := p.text("#about-text"); !strings.HasSuffix(want, got) || got == "" {
		t.Errorf("the chip reads %q", got)
	}
	if got := eval[string](p, "document.activeElement.id"); got != "question" {
		t.Errorf("focus is on %q", got)
	}
	p.shoot("chip-light")
	p.ask("ZMP?")
	p.wait(settled)
	requests := api.seen()
	selection, _ := requests[len(requests)-1]["selection"].(string)
	if selection == "" || !strings.Contains(zmp.text, selection) ||
		!strings.Contains(selection, "**zero-moment point** is the point") {
		t.Errorf("the selection that was sent is not the book's: %q", selection)
	}
	if got := p.text(".asked-about"); !strings.Contains(got, selection) {
		t.Errorf("the answer does not say what it is about: %q", got)
	}
}

func TestAskAboutWordsOfTheAnswer(t *testing.T) {
	p, _ := start(t, "/")
	p.ask(askWhole)
	p.wait(settled)
	p.selectText(".answer", "vanish", "flat")
	p.wait(`document.querySelector(".ask-about:not([hidden])")`)
	p.click(".ask-about")
	want := "vanish. As long as it lies inside the support polygon, the foot stays flat"
	if got := p.text("#about-text"); got != want {
		t.Errorf("the chip reads %q, want %q", got, want)
	}
	p.click("#about-remove")
	p.wait(`document.querySelector("#about").hidden`)
}

func TestAskAboutTheQuoteByKeyboard(t *testing.T) {
	p, _ := start(t, "/")
	p.ask(askWhole)
	p.wait(settled)
	p.click(`.answer button.cite`)
	p.click(`#passage-actions button`)
	if got := p.text("#about-text"); got != quoteZMP {
		t.Errorf("the chip reads %q, want %q", got, quoteZMP)
	}
}

func TestParameters(t *testing.T) {
	p, api := start(t, "/?selection="+url.QueryEscape("some words")+
		"&q="+url.QueryEscape(askWhole))
	p.wait(settled)
	want := []object{{"question": askWhole, "selection": "some words"}}
	if diff := cmp.Diff(want, api.seen()); diff != "" {
		t.Error(diff)
	}
	p.do(reload())
	p.wait(settled)
	if got := len(api.seen()); got != 1 {
		t.Errorf("a reload asked again: %d queries", got)
	}
}

func TestHistory(t *testing.T) {
	p, api := start(t, "/")
	p.ask(askWhole)
	p.wait(settled)
	p.ask(askRefused)
	p.wait(`document.querySelector(".turn[data-state=refused]")`)
	if got := p.text("#earlier-list"); got != askWhole {
		t.Errorf("earlier questions are %q", got)
	}
	p.do(reload())
	p.wait(`document.querySelectorAll("#earlier-list li").length === 2`)
	p.click("#earlier-list li:last-child button")
	p.wait(`document.querySelector(".turn[data-state=answered]")`)
	if got := len(api.seen()); got != 2 {
		t.Errorf("%d queries, want 2: history is not asked again", got)
	}
	p.click(`.answer button.cite`)
	p.wait(`document.querySelector("#passage mark")`)
}

func TestKey(t *testing.T) {
	p, api := start(t, "/")
	p.allow("401")
	api.demand("lk_right")
	p.do(reload())
	p.wait(`!document.querySelector("#key-card").hidden`)
	p.shoot("key-light")
	p.ask(askWhole)
	p.wait(`!document.querySelector("#key-card").hidden`)
	p.wait(`document.activeElement.id === "key"`)
	p.write("lk_wrong")
	p.press(enter)
	p.wait(`document.querySelector("#key-reason").innerText.includes("did not accept")`)
	p.wait(`document.activeElement.id === "key"`)
	p.write("lk_right")
	p.press(enter)
	p.wait(settled)
	if got := p.text(".turn h2"); got != askWhole {
		t.Errorf("the question that wanted a key was not asked again: %q", got)
	}
	if got := eval[string](p, `JSON.stringify({...localStorage}) + document.cookie`); got != "{}" {
		t.Errorf("something outlives the tab: %s", got)
	}
	p.click("#key-toggle")
	p.click("#key-forget")
	p.wait(`!document.querySelector(".turn")`)
	if got := eval[string](p, `JSON.stringify({...sessionStorage})`); got != "{}" {
		t.Errorf("something is left behind: %s", got)
	}
}

func TestHostileContentStaysText(t *testing.T) {
	p, _ := start(t, "/")
	p.ask(askHostile)
	p.wait(settled)
	p.click(`.answer button.cite`)
	p.wait(`document.querySelector("#passage[open]")`)
	unsafe := `document.querySelectorAll("script:not([src]), main img, dialog img, ` +
		`[onerror], main b, a[href^='javascript'], a[href^='data'], iframe").length`
	if got := eval[int](p, unsafe); got != 0 {
		t.Errorf("%d nodes came out of the book's text", got)
	}
	got := p.text(".answer")
	for _, part := range []string{"<script>alert(2)</script> [press](javascript:alert(3))", "[9]"} {
		if !strings.Contains(got, part) {
			t.Errorf("the answer lacks %q: %q", part, got)
		}
	}
	if got := p.text("#passage mark"); got != "<script>alert(2)</script>" {
		t.Errorf("marked: %q", got)
	}
	if got := p.text("#passage-title"); got != hostile.title {
		t.Errorf("title reads %q", got)
	}
}

func TestRightToLeft(t *testing.T) {
	p, _ := start(t, "/")
	p.ask(askUrdu)
	p.wait(settled)
	for _, selector := range []string{".turn h2", ".answer p", ".source-quote"} {
		direction := fmt.Sprintf("getComputedStyle(document.querySelector(%q)).direction", selector)
		if got := eval[string](p, direction); got != "rtl" {
			t.Errorf("%s runs %s", selector, got)
		}
	}
	p.shoot("urdu-light")
	p.click(`.answer button.cite`)
	if got := p.text("#passage mark"); got != "حقیقی دنیا میں محسوس کرتے" {
		t.Errorf("marked: %q", got)
	}
}

func TestKeyboardOnly(t *testing.T) {
	p, _ := start(t, "/")
	p.wait(`document.activeElement.id === "question"`)
	p.write("What is the")
	p.press(enter, kb.ModifierShift)
	if got := eval[int](p, `document.querySelectorAll(".turn").length`); got != 0 {
		t.Error("Shift+Enter asked")
	}
	eval[any](p, `document.querySelector("#question").value = ""`)
	p.write(askWhole)
	p.press(enter)
	p.wait(settled)
	p.walkTo(`document.activeElement.matches(".answer .cite")`)
	p.press(enter)
	p.wait(`document.activeElement.id === "passage-title"`)
	p.walkTo(`document.activeElement.id === "passage-text"`)
	p.walkTo(`document.activeElement.matches("#passage-actions a")`)
	p.walkTo(`document.activeElement.matches("#passage-actions button")`)
	p.press(escape)
	p.wait(`document.activeElement.matches(".answer .cite")`)
	p.walkTo(`document.activeElement.matches(".source")`)
	p.walkTo(`document.activeElement.matches(".passages summary")`)
	p.press(space)
	p.wait(`document.querySelector(".passages").open`)
}

// walkTo presses Tab until the condition holds, and wants the focus visible at each step.
func (p *tab) walkTo(condition string) {
	p.Helper()
	for range 40 {
		p.press(tabKey)
		outline := `(() => { const node = document.activeElement;
			return node === document.body || node.matches("#question") ||
			getComputedStyle(node).outlineStyle !== "none" })()`
		if !eval[bool](p, outline) {
			p.Errorf("no visible focus on %s", eval[string](p, "document.activeElement.outerHTML"))
		}
		if eval[bool](p, condition) {
			return
		}
	}
	p.Fatalf("Tab never leads to %s", condition)
}

func TestSkipLink(t *testing.T) {
	p, _ := start(t, "/")
	eval[any](p, "document.activeElement.blur()")
	eval[any](p, `document.querySelector(".skip").focus()`)
	p.press(enter)
	p.wait(`document.activeElement.id === "question"`)
}
