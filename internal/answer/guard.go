package answer

import (
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// guard lets the text of a model through while it comes. It holds back what may become a marker, a
// link, an image, HTML, an address or code, until it knows. Markers that name a passage are
// numbered anew in the order in which they come; other text in brackets gets round ones, so that no
// form of link can be made of it.
//
// What it lets through as code, every reader of Markdown must take for code: where they could differ, it
// is no code. And nothing that it leaves out may join its neighbours to something that it would not let
// through.
type guard struct {
	passages []book.Passage
	quoted   bool // markers are not of passages, and stay
	cleaner  cleaner
	pending  string // not let through yet
	begun    bool   // text was let through
	noAnswer bool   // all of the text says that there is no answer
	fence    string // that opened the code block, in which everything is literal; or empty
	inset    int    // of the fence, in spaces
	midline  bool   // the line has begun with more than spaces
	indent   int    // of the line, in spaces
	last     byte   // the last one let through
	gap      bool   // something was left out behind it
	bare     bool   // what is shown next is the words of a link without its address
	open     bool   // the last is an address, which needs a space behind it
	opens    bool   // what is shown next is one
	cited    []int  // the passage of each marker
}

// tab is how many spaces one is at most.
const tab = 4

// longestHeld bounds in bytes what is held back.
const longestHeld = 2000

func newGuard(passages []book.Passage) *guard { return &guard{passages: passages} }

// write takes a piece of the model's text and returns what may be shown by now.
func (g *guard) write(text string) string {
	g.pending += g.cleaner.clean(text)
	return g.advance(false)
}

// end returns the rest.
func (g *guard) end() string {
	if !g.begun && g.word() == noAnswer {
		g.noAnswer = true
		return ""
	}
	rest := g.advance(true)
	if g.fence != "" { // or what follows the answer would be code
		if g.midline {
			rest += "\n"
			g.indent = 0
		}
		rest += strings.Repeat(" ", max(0, g.inset-g.indent)) + g.fence
	}
	return rest
}

// word is the pending text without what models like to put around one word.
func (g *guard) word() string { return strings.Trim(g.pending, " \n\t.`\"*") }

func (g *guard) advance(final bool) string {
	var out strings.Builder
	for g.pending != "" {
		if !g.begun && !final && strings.HasPrefix(noAnswer, g.word()) {
			break
		}
		plain := g.plain()
		g.pass(&out, g.pending[:plain])
		g.pending = g.pending[plain:]
		if g.pending == "" {
			break
		}
		used, shown, known := g.special(final || len(g.pending) > longestHeld)
		if !known {
			break
		}
		left := g.bare || shown == "" && used > 0
		g.gap = g.gap || left
		g.pass(&out, shown)
		g.gap, g.bare = g.gap || left, false
		g.open, g.opens = g.open || g.opens, false
		g.pending = g.pending[used:]
	}
	return out.String()
}

func (g *guard) pass(out *strings.Builder, text string) {
	if !g.begun && !g.quoted {
		text = strings.TrimLeft(text, " \n\t")
	}
	if text == "" {
		return
	}
	marked := g.fence == "" && g.last == ']' // "[1](x)" would be a link, "[1]: x" the address of one
	if g.gap && joins(g.last, text[0]) || marked && (text[0] == '(' || text[0] == ':') {
		text = " " + text
	}
	g.gap = false
	if g.open {
		text = g.endAddress(text)
	}
	out.WriteString(text)
	g.begun = true
	g.last = text[len(text)-1]
	line := text[strings.LastIndexByte(text, '\n')+1:]
	if len(line) < len(text) {
		g.midline, g.indent = false, 0
	}
	bare := strings.TrimLeft(line, " \t")
	if !g.midline {
		g.indent += len(line) - len(bare) + (tab-1)*strings.Count(line[:len(line)-len(bare)], "\t")
	}
	g.midline = g.midline || bare != ""
}

// endAddress puts a space between an address, with the punctuation behind it, and what follows.
func (g *guard) endAddress(text string) string {
	rest := strings.TrimLeft(text, ".,:!?)*_~")
	if g.open = rest == ""; g.open || isSpace(rest[0]) {
		return text
	}
	return text[:len(text)-len(rest)] + " " + rest
}

// joins reports whether next may become one with last: a word, an address, a tag or an image.
func joins(last, next byte) bool {
	if last == 0 || isSpace(last) || isSpace(next) {
		return false
	}
	return !asciiWord(last) || last == 'w' || last == 'W' || strings.IndexByte(".,;!?)*_\"'", next) < 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }

func asciiWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// plain is how many bytes of the pending text are nothing special.
func (g *guard) plain() int {
	if g.fence != "" {
		return g.plainCode()
	}
	at := strings.IndexAny(g.pending, "`~[]<!&/hHwWfFmM")
	if at < 0 {
		return len(g.pending)
	}
	return at
}

// special judges the text that begins with a special character: how much of it is used and what is
// shown instead. It is not known while more text could change that; it always is when forced.
func (g *guard) special(forced bool) (used int, shown string, known bool) {
	if g.fence != "" {
		return g.inCode(forced)
	}
	switch c := g.pending[0]; c {
	case '`', '~':
		return g.code(forced)
	case '[':
		return g.brackets(g.pending, forced)
	case ']':
		return 1, ")", true
	case '!':
		if len(g.pending) == 1 && !forced {
			return 0, "", false
		}
		if !strings.HasPrefix(g.pending, "![") {
			return 1, "!", true
		}
		used, known = image(g.pending, forced)
		return used, "", known
	case '<':
		return tag(g.pending, forced)
	case '&':
		return g.reference(forced)
	}
	return g.address(forced)
}

// allowed reports whether an address is that of a passage's page, or of a heading in a passage.
func (g *guard) allowed(address string) bool {
	return harmless.MatchString(address) && slices.ContainsFunc(g.passages, func(p book.Passage) bool {
		return isOf(p, address) || slices.ContainsFunc(p.Parts, func(part book.Passage) bool {
			return isOf(part, address)
		})
	})
}

func isOf(p book.Passage, address string) bool {
	page, _, _ := strings.Cut(p.URL, "#")
	if page == "" || p.Text == "" {
		return false
	}
	return address == page || address == p.URL ||
		slices.ContainsFunc(p.Anchors, func(a book.Anchor) bool { return address == page+"#"+a.ID })
}
