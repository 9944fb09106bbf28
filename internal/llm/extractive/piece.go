package extractive

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/sentence"
)

const (
	// maxPiece is the longest sentence that is quoted, and maxBlock the longest list, table or code
	// that is quoted with the sentence that announces it, in bytes.
	maxPiece = 700
	maxBlock = 600
)

// piece is a sentence that an answer may quote, with the block that it announces.
type piece struct {
	passage    int
	order      int // among the sentences of the passage, those left out included
	start, end int // in the passage's text, block included
	shown      string
	block      string // as shown: with the line feeds before it
	item       bool
	stems      map[string]bool
	opening    []string        // stems of the first words that are no stop words
	context    map[string]bool // of title and headings
}

// gap is what stands between this piece and the one after it.
func (p piece) gap() string {
	switch {
	case p.block != "":
		return "\n\n"
	case p.item:
		return "\n"
	}
	return " "
}

// pieces returns the sentences of a passage that can be quoted.
func pieces(passage int, p book.Passage) []piece {
	parts := p.Parts
	if parts == nil {
		parts = []book.Passage{p}
	}
	var found []piece
	base, order := 0, 0
	for _, part := range parts {
		context := map[string]bool{}
		lexical.AddStems(context, part.Title+"\n"+strings.Join(part.HeadingPath, "\n"))
		spans := sentence.Spans(part.Text)
		code := codeLines(part.Text)
		for i := range spans {
			order++
			p, ok := read(part.Text, spans, i, code)
			if !ok {
				continue
			}
			p.passage, p.order, p.context = passage, order, context
			p.start, p.end = p.start+base, p.end+base
			p.stems = map[string]bool{}
			lexical.AddStems(p.stems, p.shown+p.block)
			p.opening = opening(p.shown)
			found = append(found, p)
		}
		base += len(part.Text)
	}
	return found
}

// maxOpening is how many words of a sentence are its opening at most.
const maxOpening = 12

func opening(text string) []string {
	var stems []string
	for _, t := range lexical.Terms(text) {
		if !t.Stop && len(stems) < maxOpening {
			stems = append(stems, t.Stem)
		}
	}
	return stems
}

var (
	listMarker = regexp.MustCompile(`^(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?`)
	quoteMark  = regexp.MustCompile(`^(?:>[ \t]?)+`)
	notProse   = regexp.MustCompile("^(?:#{1,6}(?:[ \t]|$)|```|~~~|\\||<|:::|\\{\\{|!\\[|\\[[^\\]]+\\]:|={3}|-{3}|\\*{3})")
	citation   = regexp.MustCompile(`\[\d{1,3}\]`)
	fenceLine  = regexp.MustCompile("(?m)^[ \t>]*(```+|~~~+)[ \t]*([^`\n]*)$")
)

// read makes the i-th sentence a piece, if it reads well by itself.
func read(text string, spans []sentence.Span, i int, code []sentence.Span) (piece, bool) {
	start, end := trim(text, spans[i].Start, spans[i].End)
	for _, c := range code {
		if start >= c.Start && start < c.End {
			return piece{}, false
		}
	}
	if indented(text, start) {
		return piece{}, false
	}
	start += len(quoteMark.FindString(text[start:end]))
	marker := len(listMarker.FindString(text[start:end]))
	start += marker
	raw := text[start:end]
	p := piece{start: start, end: end, item: marker > 0, shown: show(raw)}
	switch {
	case raw == "" || len(raw) > maxPiece || notProse.MatchString(raw),
		marked(p.shown), strings.Count(raw, "`")%2 == 1,
		strings.Contains(raw, "```"), letters(p.shown)*2 < utf8.RuneCountInString(p.shown):
		return piece{}, false
	case strings.HasSuffix(raw, ":"):
		return p.announce(text, spans, i)
	}
	return p, p.item || endsSentence(raw) || endsParagraph(text[end:])
}

// announce adds the block that follows a sentence ending with a colon: a fence of code, a table or
// the items of a list. Without one, or with one that is too long, the sentence is left out.
func (p piece) announce(text string, spans []sentence.Span, i int) (piece, bool) {
	blockStart, end, kind := 0, 0, ""
	for _, span := range spans[i+1:] {
		from, to := trim(text, span.Start, span.End)
		if end > 0 && !continues(kind, text, end, from) {
			break
		}
		if end == 0 {
			if kind = blockOf(text[from:to]); kind == "" {
				return piece{}, false
			}
			blockStart = lineStart(text, from)
		}
		end = to
	}
	if end == 0 || end-blockStart > maxBlock || kind != "code" && marked(text[blockStart:end]) ||
		strings.Contains(text[blockStart:end], "{{#") {
		return piece{}, false
	}
	p.end = end
	p.block = "\n\n" + showBlock(text[blockStart:end])
	return p, true
}

// continues reports whether the sentence at from belongs to the block of that kind which reached
// to end: the next item or row, or more of the present one.
func continues(kind, text string, end, from int) bool {
	if kind == "code" {
		return false
	}
	gap := text[end:from]
	return blockOf(text[from:]) == kind || !strings.Contains(gap, "\n\n") ||
		kind == "list" && strings.HasSuffix(gap, "  ")
}

// marked reports whether prose has what would read as the marker of a citation.
func marked(prose string) bool {
	return citation.MatchString(prose) && citation.MatchString(inCode.ReplaceAllString(prose, ""))
}

// blockOf says what kind of block a span of Markdown begins with: "code" for a whole fence, "list",
// "table", or "" for anything else.
func blockOf(raw string) string {
	raw = strings.TrimLeft(raw, " \t")
	switch {
	case listMarker.MatchString(raw):
		return "list"
	case strings.HasPrefix(raw, "|"):
		return "table"
	case (strings.HasPrefix(raw, "```") || strings.HasPrefix(raw, "~~~")) &&
		len(fenceLine.FindAllString(raw, -1)) == 2 && fenceLine.MatchString(lastLine(raw)):
		return "code"
	}
	return ""
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

func lineStart(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }

// codeLines returns the fenced stretches of a chunk. A chunk may begin or end within a fence: the
// first fence line closes one if it has no info string and the number of fence lines is odd.
func codeLines(text string) []sentence.Span {
	if !strings.Contains(text, "```") && !strings.Contains(text, "~~~") {
		return nil
	}
	lines := fenceLine.FindAllStringSubmatchIndex(text, -1)
	var code []sentence.Span
	open := -1
	if len(lines)%2 == 1 && lines[0][4] == lines[0][5] {
		open = 0
	}
	for _, l := range lines {
		if open < 0 {
			open = l[0]
			continue
		}
		code = append(code, sentence.Span{Start: open, End: l[1]})
		open = -1
	}
	if open >= 0 {
		code = append(code, sentence.Span{Start: open, End: len(text)})
	}
	return code
}

// indented reports whether the line that begins at start is code by its indentation.
func indented(text string, start int) bool {
	from := lineStart(text, start)
	return start-from >= 4 && strings.TrimSpace(text[from:start]) == "" &&
		!listMarker.MatchString(text[start:])
}

// trim leaves out white space at both ends of [start, end).
func trim(text string, start, end int) (int, int) {
	raw := strings.TrimRightFunc(text[start:end], unicode.IsSpace)
	end = start + len(raw)
	return end - len(strings.TrimLeftFunc(raw, unicode.IsSpace)), end
}

// endsSentence reports whether the last character but closing marks ends a sentence.
func endsSentence(raw string) bool {
	raw = strings.TrimRightFunc(raw, func(r rune) bool {
		return unicode.In(r, unicode.Pe, unicode.Pf) || strings.ContainsRune(`"'*_`+"`", r)
	})
	r, _ := utf8.DecodeLastRuneInString(raw)
	return unicode.Is(unicode.Sentence_Terminal, r) || r == '…'
}

// endsParagraph reports whether a paragraph ends where after begins. Notes often leave out the last
// full stop; what was cut in mid-sentence has no line feed behind it.
func endsParagraph(after string) bool {
	gap := after[:len(after)-len(strings.TrimLeftFunc(after, unicode.IsSpace))]
	return strings.Count(gap, "\n") > 1 || gap == after && strings.Contains(gap, "\n")
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsMark(r) || r == ' ' {
			n++
		}
	}
	return n
}
