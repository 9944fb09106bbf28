package answer

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

var numbers = regexp.MustCompile(`^\s*\d{1,3}(\s*[,;]\s*\d{1,3})*\s*$`)

// brackets judges a marker, a link or other text in brackets.
func (g *guard) brackets(text string, forced bool) (used int, shown string, known bool) {
	end := closing(text, '[', ']')
	if end < 0 {
		return 1, "(", forced
	}
	inner := text[1:end]
	if numbers.MatchString(inner) {
		if g.quoted {
			return end + 1, text[:end+1], true
		}
		return end + 1, g.markers(inner), true
	}
	if end+1 == len(text) && !forced {
		return 0, "", false // a link's address may follow
	}
	if !strings.HasPrefix(text[end+1:], "(") {
		return 1, "(", true
	}
	address := closing(text[end+1:], '(', ')')
	if address < 0 {
		return 1, "(", forced
	}
	used = end + 1 + address + 1
	label := g.label(inner)
	if target := text[end+2 : used-1]; label != "" && g.allowed(target) {
		g.opens = true // where "[x]" is a box to tick, the address is one by itself
		return used, "[" + label + "](" + target + ")", true
	}
	g.bare = true
	return used, label, true
}

// image is the length of an image, of which nothing is shown.
func image(text string, forced bool) (used int, known bool) {
	end := closing(text[1:], '[', ']')
	if end < 0 {
		return 2, forced
	}
	used = 1 + end + 1
	if used == len(text) {
		return used, forced // an address may follow
	}
	if text[used] != '(' && text[used] != '[' {
		return used, true
	}
	address := closing(text[used:], text[used], text[used]+closer[text[used]])
	if address < 0 {
		return used + 1, forced
	}
	return used + address + 1, true
}

// closer is how far behind an opening bracket its closing one is in ASCII.
var closer = map[byte]byte{'(': 1, '[': 2}

// label is the text of a link, itself let through by the rules, on one line.
func (g *guard) label(text string) string {
	inner := guard{passages: g.passages, quoted: g.quoted, cited: g.cited, begun: true, midline: true, last: '['}
	inner.pending = strings.ReplaceAll(text, "\n", " ")
	shown := inner.advance(true)
	g.cited, g.opens = inner.cited, inner.open
	return strings.TrimSpace(shown)
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

// tag judges "<". It drops tags, comments and addresses in angle brackets, and puts a sign that is
// none of these apart from what follows.
func tag(text string, forced bool) (used int, shown string, known bool) {
	if len(text) == 1 {
		return 1, "<", forced
	}
	c := text[1]
	if c != '/' && c != '!' && c != '?' && !asciiWord(c) || c >= '0' && c <= '9' {
		return 1, "<", true
	}
	block, _, whole := strings.Cut(text, "\n\n") // no tag goes on behind an empty line
	if end := strings.IndexByte(block, '>'); end >= 0 {
		return end + 1, "", true
	}
	return 1, "< ", whole || forced
}

var (
	aReference   = regexp.MustCompile(`^&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
	mayReference = regexp.MustCompile(`^&(?:#[xX]?[0-9a-fA-F]{0,7}|[A-Za-z0-9]{0,32})$`)
)

// reference judges a character reference such as "&#104;": the character that it stands for is judged in
// its place, unless it is one that Markdown needs it for.
func (g *guard) reference(forced bool) (used int, shown string, known bool) {
	found := aReference.FindString(g.pending)
	if found == "" {
		return 1, "&", forced || !mayReference.MatchString(g.pending)
	}
	character := html.UnescapeString(found)
	switch character {
	case found, "<", ">", "&":
		return len(found), found, true
	}
	g.gap = true
	g.pending = strings.ReplaceAll(visible(character), "\n", " ") + g.pending[len(found):]
	return 0, "", true
}

var (
	schemes   = []string{"https://", "http://", "ftp://", "www.", "mailto:", "//"}
	anAddress = regexp.MustCompile("^[^\\s<>\"`\\[\\]]+")
	// harmless are addresses of which Markdown can make nothing else.
	harmless = regexp.MustCompile("^[^\\s<>\"`()\\[\\]\\\\|*&]+$")
)

// address judges a word that may be an address which pages turn into a link.
func (g *guard) address(forced bool) (used int, shown string, known bool) {
	lower := strings.ToLower(g.pending)
	for _, scheme := range schemes {
		if strings.HasPrefix(lower, scheme) {
			return g.link(scheme, forced)
		}
		if strings.HasPrefix(scheme, lower) && !forced {
			return 0, "", false
		}
	}
	return 1, g.pending[:1], true
}

func (g *guard) link(scheme string, forced bool) (used int, shown string, known bool) {
	word := anAddress.FindString(g.pending)
	if len(word) == len(g.pending) && !forced {
		return 0, "", false
	}
	bare := strings.TrimRight(word, ".,;:!?)*_~'")
	switch {
	case len(bare) <= len(scheme), scheme == "//" && !strings.Contains(bare, "."):
		return len(scheme), g.pending[:len(scheme)], true // of no host
	case g.allowed(bare):
		g.opens = true
		return len(bare), bare, true
	}
	return len(bare), "(link removed)", true
}
