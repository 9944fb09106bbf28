package answer

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// guard lets the text of a model through while it comes. It holds back what may become a marker, a
// link, an image, HTML, an address or code, until it knows. Markers that name a passage are
// numbered anew in the order in which they come; other text in brackets gets round ones, so that no
// form of link can be made of it.
type guard struct {
	passages []book.Passage
	pending  string // not let through yet
	begun    bool   // text was let through
	noAnswer bool   // all of the text says that there is no answer
	fence    string // that opened the code block, in which everything is literal; or empty
	midline  bool   // the line has begun with more than spaces
	indent   int    // of the line, in spaces
	last     byte   // the last one let through
	cited    []int  // the passage of each marker
}

// longestHeld bounds in bytes what is held back.
const longestHeld = 2000

func newGuard(passages []book.Passage) *guard { return &guard{passages: passages} }

// write takes a piece of the model's text and returns what may be shown by now.
func (g *guard) write(text string) string {
	g.pending += visible(text)
	if !g.begun && strings.HasPrefix(noAnswer, g.bare()) {
		return ""
	}
	return g.advance(false)
}

// end returns the rest.
func (g *guard) end() string {
	if !g.begun && g.bare() == noAnswer {
		g.noAnswer = true
		return ""
	}
	rest := g.advance(true)
	if g.fence != "" {
		rest += "\n" + g.fence // or what follows the answer would be code
	}
	return rest
}

// bare is the pending text without what models like to put around one word.
func (g *guard) bare() string { return strings.Trim(g.pending, " \n\t.`\"*") }

func (g *guard) advance(final bool) string {
	var out strings.Builder
	for g.pending != "" {
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
		g.pass(&out, shown)
		g.pending = g.pending[used:]
	}
	return out.String()
}

func (g *guard) pass(out *strings.Builder, text string) {
	if text == "" {
		return
	}
	out.WriteString(text)
	g.begun = true
	g.last = text[len(text)-1]
	line := text[strings.LastIndexByte(text, '\n')+1:]
	if len(line) < len(text) {
		g.midline, g.indent = false, 0
	}
	bare := strings.TrimLeft(line, " ")
	if !g.midline {
		g.indent += len(line) - len(bare)
	}
	g.midline = g.midline || bare != ""
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// plain is how many bytes of the pending text are nothing special.
func (g *guard) plain() int {
	if g.fence != "" {
		return g.plainCode()
	}
	word := wordByte(g.last)
	for i := range len(g.pending) {
		c := g.pending[i]
		if strings.IndexByte("`~[]<!", c) >= 0 || !word && strings.IndexByte("hHwWfF", c) >= 0 {
			return i
		}
		word = wordByte(c)
	}
	return len(g.pending)
}

// plainCode is how many bytes follow that cannot end the code block.
func (g *guard) plainCode() int {
	midline := g.midline
	for i := range len(g.pending) {
		c := g.pending[i]
		if !midline && c == g.fence[0] {
			return i
		}
		midline = c != '\n' && (midline || c != ' ')
	}
	return len(g.pending)
}

// special judges the text that begins with a special character: how much of it is used and what is
// shown instead. It is not known while more text could change that; it always is when forced.
func (g *guard) special(forced bool) (used int, shown string, known bool) {
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
		used, _, known = g.brackets(g.pending[1:], forced)
		return used + 1, "", known
	case '<':
		return html(g.pending, forced)
	}
	return g.address(forced)
}

// code judges a run of backticks or tildes: a fence that has a line of its own, else the delimiter
// of a code span, which must end in its line.
func (g *guard) code(forced bool) (used int, shown string, known bool) {
	line, _, whole := strings.Cut(g.pending, "\n")
	run := len(line) - len(strings.TrimLeft(line, line[:1]))
	ticks, rest := line[:run], line[run:]
	mayFence := run >= 3 && !g.midline && g.indent < 4
	if run == len(g.pending) && !forced || (mayFence || g.fence != "") && !whole && !forced {
		return 0, "", false
	}
	switch {
	case g.fence != "":
		if mayFence && run >= len(g.fence) && strings.TrimSpace(rest) == "" {
			g.fence = ""
		}
		return len(line), line, true
	case mayFence && (ticks[0] == '~' || !strings.Contains(rest, "`")):
		g.fence = ticks
		return len(line), line, true
	case ticks[0] == '~':
		return run, ticks, true
	case g.last == '\\': // it is literal
		return 1, "'", true
	}
	closing := strings.Index(rest, ticks)
	if closing < 0 {
		return run, strings.Repeat("'", run), whole || forced
	}
	return run + closing + run, line[:run+closing+run], true
}

var numbers = regexp.MustCompile(`^\s*\d{1,3}(\s*[,;]\s*\d{1,3})*\s*$`)

// brackets judges a marker, a link or other text in brackets.
func (g *guard) brackets(text string, forced bool) (used int, shown string, known bool) {
	end := closing(text, '[', ']')
	if end < 0 {
		return 1, "(", forced
	}
	inner := text[1:end]
	if numbers.MatchString(inner) {
		return end + 1, g.markers(inner), true
	}
	if end+1 == len(text) && !forced {
		return 0, "", false // a link's address may follow
	}
	label := g.label(inner)
	if !strings.HasPrefix(text[end+1:], "(") {
		return end + 1, "(" + label + ")", true
	}
	address := closing(text[end+1:], '(', ')')
	if address < 0 {
		return end + 2, label, forced
	}
	used = end + 1 + address + 1
	target := text[end+2 : used-1]
	if g.allowed(target) {
		return used, "[" + label + "](" + target + ")", true
	}
	return used, label, true
}

// label is the text of a link, itself let through by the rules.
func (g *guard) label(text string) string {
	inner := guard{passages: g.passages, cited: g.cited, begun: true, midline: true, last: '['}
	inner.pending = text
	shown := inner.advance(true)
	g.cited = inner.cited
	return shown
}

// closing is the index of the bracket that closes the first one, or -1.
func closing(text string, opens, closes byte) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case opens:
			depth++
		case closes:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// markers numbers anew what names passages, and drops what names none.
func (g *guard) markers(list string) string {
	var shown strings.Builder
	for _, field := range strings.FieldsFunc(list, func(r rune) bool { return r < '0' || r > '9' }) {
		var number int
		_, _ = fmt.Sscan(field, &number) // digits, three at most
		if number < 1 || number > len(g.passages) ||
			strings.TrimSpace(g.passages[number-1].Text) == "" {
			continue
		}
		fmt.Fprintf(&shown, "[%d]", g.marker(number))
	}
	return shown.String()
}

// marker is the number under which a passage is cited.
func (g *guard) marker(passage int) int {
	for i, cited := range g.cited {
		if cited == passage {
			return i + 1
		}
	}
	g.cited = append(g.cited, passage)
	return len(g.cited)
}

// html drops tags, comments and addresses in angle brackets. A lone "<" is a sign.
func html(text string, forced bool) (used int, shown string, known bool) {
	if len(text) == 1 {
		return 1, "<", forced
	}
	c := text[1]
	if c != '/' && c != '!' && c != '?' && !wordByte(c) || c >= '0' && c <= '9' {
		return 1, "<", true
	}
	if end := strings.IndexByte(text, '>'); end >= 0 {
		return end + 1, "", true
	}
	return 1, "", forced
}

var (
	schemes   = []string{"https://", "http://", "ftp://", "www."}
	anAddress = regexp.MustCompile("^[^\\s<>\"`\\[\\]]+")
)

// address judges a word that may be an address which pages turn into a link.
func (g *guard) address(forced bool) (used int, shown string, known bool) {
	lower := strings.ToLower(g.pending)
	for _, scheme := range schemes {
		if strings.HasPrefix(lower, scheme) {
			word := anAddress.FindString(g.pending)
			if len(word) == len(g.pending) && !forced {
				return 0, "", false
			}
			bare := strings.TrimRight(word, ".,;:!?)*_'")
			if g.allowed(bare) {
				return len(bare), bare, true
			}
			return len(bare), "(link removed)", true
		}
		if strings.HasPrefix(scheme, lower) && !forced {
			return 0, "", false
		}
	}
	return 1, g.pending[:1], true
}

// allowed reports whether an address is that of a passage's page.
func (g *guard) allowed(address string) bool {
	page, _, _ := strings.Cut(address, "#")
	for _, p := range g.passages {
		if own, _, _ := strings.Cut(p.URL, "#"); own != "" && own == page {
			return true
		}
	}
	return false
}
