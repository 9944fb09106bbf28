// Package lexical turns text into the words that lexical search compares: Unicode words, folded
// so that spellings which readers take for the same are the same, reduced to English Snowball
// stems; and into BM25 term weights over those stems.
//
// Everything here is pure and safe for concurrent use. What Terms yields, how stems are hashed
// and the constants of the weights are part of an embedding space: a change of any of them makes
// old vectors incomparable and therefore needs a new Version.
package lexical

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// Version numbers the rules of this package: words, stems, hash and weights. It is part of the
// identity of an embedding space.
const Version = 1

// Kind says how a term relates to its neighbours.
type Kind uint8

const (
	// Word is a term that stands for itself.
	Word Kind = iota
	// Whole is a compound as it is written, such as Vec::with_capacity. The terms that follow
	// and lie within its span spell it out again: further wholes, and its parts.
	Whole
	// Part is a piece of something larger: of the Whole before it, or a single ideograph within
	// a run of them, which the Word terms cover as bigrams.
	Part
)

// Term is one occurrence of a searchable word.
type Term struct {
	// Stem is the folded, stemmed form, at most maxStemBytes long, never empty.
	Stem string
	// Start and End are byte offsets of the surface form in the text.
	Start, End int
	Kind       Kind
	// Stop is set for words that carry no subject (see StopWord), except where they are written
	// as code, between backquotes: there `for` and `if` are subjects.
	Stop bool

	id uint32
}

// Span is a piece of a text in byte offsets, half open.
type Span struct{ Start, End int }

// Terms returns the words of text, ordered by Start, an enclosing term before the enclosed. Words
// are those of Unicode's UAX 29, with these additions:
//
//   - Code identifiers come as they are written and in parts: `Vec::with_capacity` is a Whole,
//     then the part `vec`, the Whole `with_capacity`, the parts `with` and `capacity`. Parts end
//     at `::`, `.`, `_`, at a change to upper case, and between two or more letters and digits.
//   - A leading `--` or `.` (`--flag`, `.await`) makes a Whole with the sigil; `C++` and `C#` are
//     words of their own.
//   - Scripts written without spaces, and Hangul, yield bigrams of adjacent characters; single
//     ideographs are given as parts, and a character that stands alone is a word.
//
// Text that is not valid UTF-8 is accepted: what cannot be decoded separates words.
func Terms(text string) []Term {
	t := tokenizer{text: text, terms: make([]Term, 0, len(text)/5+4)}
	iter := words.FromString(text)
	for iter.Next() {
		t.token(iter.Start(), iter.End())
	}
	t.flush()
	return t.terms
}

// tokenizer joins UAX 29 tokens into identifiers and runs of characters.
type tokenizer struct {
	text  string
	terms []Term
	code  codeState
	line  int // where the present line starts

	path      []Span // segments of the identifier being read, joined by "::"
	gram      Span   // run of characters to be given as bigrams; empty when Start == End
	gramClass gramClass
	buf       []byte
}

// token takes the next UAX 29 token, of which most are white space and punctuation.
func (t *tokenizer) token(start, end int) {
	c := t.text[start]
	switch {
	case c == '`':
		t.flush()
		t.code.backquote(start)
	case c == '\n' || c == '\r':
		t.newline(end)
	case c < utf8.RuneSelf && !isASCIIWord(c):
	case isASCII(t.text[start:end]):
		t.ascii(start, end)
	default:
		t.unicode(start, end)
	}
}

// newline takes the end of a line: an empty line ends inline code that was never closed.
func (t *tokenizer) newline(end int) {
	if t.code.fence < 3 && strings.TrimSpace(t.text[t.line:end]) == "" {
		t.flush()
		t.code.inside = false
	}
	t.line = end
}

// ascii takes a word of ASCII characters.
func (t *tokenizer) ascii(start, end int) {
	for start < end && t.text[start] == '_' {
		start++
	}
	for start < end && t.text[end-1] == '_' {
		end--
	}
	if start < end {
		t.segment(start, end)
	}
}

// unicode takes a token with characters beyond ASCII: its stretches of n-gram scripts and of
// other letters are taken apart, as in "ROS는".
func (t *tokenizer) unicode(start, end int) {
	from, class, hasWord := start, noGram, false
	emit := func(to int) {
		switch {
		case from == to || !hasWord:
		case class == noGram:
			t.segment(from, to)
		default:
			t.grams(from, to, class)
		}
	}
	for i, r := range t.text[start:end] {
		at := start + i
		if at > from && isMark(r) {
			continue // marks belong to what they follow
		}
		if c := gramClassOf(r); c != class && (c != noGram || !isJoining(r)) {
			emit(at)
			from, class, hasWord = at, c, false
		}
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			hasWord = true
		}
	}
	emit(end)
}

// segment adds one dotless-or-dotted word to the identifier being read, or starts a new one.
func (t *tokenizer) segment(start, end int) {
	if n := len(t.path); n > 0 && t.text[t.path[n-1].End:start] == "::" {
		t.path = append(t.path, Span{start, end})
		return
	}
	t.flush()
	t.path = append(t.path, Span{start, end})
}

// grams adds a stretch of an n-gram script to the run being read, or starts a new run.
func (t *tokenizer) grams(start, end int, class gramClass) {
	if t.gram.End == start && t.gramClass == class && t.gram.Start < t.gram.End {
		t.gram.End = end
		return
	}
	t.flush()
	t.gram, t.gramClass = Span{start, end}, class
}

// flush emits what is being read.
func (t *tokenizer) flush() {
	if len(t.path) > 0 {
		t.identifier()
		t.path = t.path[:0]
	}
	if t.gram.Start < t.gram.End {
		t.emitGrams()
		t.gram = Span{}
	}
}

// emit appends one term for the surface [start, end), unless nothing of it is left after folding.
func (t *tokenizer) emit(start, end int, kind Kind) {
	w, ok := t.lookup(t.text[start:end])
	if !ok {
		return
	}
	stop := w.stop && !t.code.inside
	t.terms = append(t.terms,
		Term{Stem: w.stem, Start: start, End: end, Kind: kind, Stop: stop, id: w.id})
}

// codeState follows backquotes, to know what is written as code.
type codeState struct {
	inside bool
	fence  int // backquotes that opened the code
	run    int // backquotes seen in a row
	last   int // offset of the last backquote
}

// backquote takes one backquote. A run of them opens code; a run of the same length closes it.
func (c *codeState) backquote(at int) {
	if c.run > 0 && c.last == at-1 {
		c.run++
	} else {
		c.run = 1
	}
	c.last = at
	switch {
	case !c.inside || c.fence == c.run-1 && c.run > 1:
		c.inside, c.fence = true, c.run
	case c.run == c.fence:
		c.inside = false
	}
}

func isASCIIWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isMark reports whether r belongs to the character before it. Nothing below U+0300 but the soft
// hyphen does.
func isMark(r rune) bool {
	return r == '\u00AD' || r >= 0x0300 && unicode.In(r, unicode.Mn, unicode.Mc, unicode.Cf)
}

// isJoining reports whether r can stand within a word without being a letter.
func isJoining(r rune) bool { return r == '\'' || r == '’' || r == '.' || r == '_' }
