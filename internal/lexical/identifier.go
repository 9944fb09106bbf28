package lexical

import (
	"unicode"
	"unicode/utf8"
)

// identifier emits the words read so far: a plain word, or a Whole and what it is made of.
func (t *tokenizer) identifier() {
	start, end := t.path[0].Start, t.path[len(t.path)-1].End
	if len(t.path) == 1 && t.symbolic(start, end) {
		return
	}
	sigil := t.sigil(start)
	if sigil > 0 {
		t.emit(start-sigil, end, Whole)
	}
	if len(t.path) > 1 {
		t.emit(start, end, Whole)
	}
	for _, s := range t.path {
		t.dotted(s.Start, s.End, sigil > 0 || len(t.path) > 1)
	}
}

// symbolic emits a single letter followed by ++ or #, as in C++ and C#.
func (t *tokenizer) symbolic(start, end int) bool {
	rest := t.text[end:]
	n := 0
	switch {
	case end-start != 1 || !isASCIILetter(t.text[start]):
	case len(rest) > 1 && rest[:2] == "++":
		n = 2
	case len(rest) > 0 && rest[0] == '#':
		n = 1
	}
	if n == 0 {
		return false
	}
	if r, _ := runeAt(rest[n:]); unicode.IsLetter(r) || unicode.IsNumber(r) {
		return false
	}
	t.emit(start, end+n, Word)
	return true
}

// sigil returns how many bytes before start belong to the word: "--" of a flag, "." of a method,
// where nothing but white space, an opening bracket or a quote stands before it.
func (t *tokenizer) sigil(start int) int {
	var n int
	switch before := t.text[:start]; {
	case len(before) > 1 && before[len(before)-2:] == "--":
		n = 2
	case len(before) > 0 && before[len(before)-1] == '.':
		n = 1
	default:
		return 0
	}
	if start == n {
		return n
	}
	switch t.text[start-n-1] {
	case ' ', '\n', '\t', '(', '[', '`', '"', '\'':
		return n
	}
	return 0
}

// dotted emits one segment of a path: at dots between letters it is a path again.
func (t *tokenizer) dotted(start, end int, within bool) {
	cuts := t.dots(start, end)
	if len(cuts) == 0 {
		t.named(start, end, within)
		return
	}
	t.emit(start, end, Whole)
	for _, at := range cuts {
		t.named(start, at, true)
		start = at + 1
	}
	t.named(start, end, true)
}

// dots returns the offsets of the dots in [start, end) that have a letter beside them.
func (t *tokenizer) dots(start, end int) []int {
	var cuts []int
	for i := start + 1; i < end-1; i++ {
		if t.text[i] == '.' && (!isDigit(t.text[i-1]) || !isDigit(t.text[i+1])) {
			cuts = append(cuts, i)
		}
	}
	return cuts
}

// named emits a name: as one word, or as a Whole with parts where its writing shows parts.
func (t *tokenizer) named(start, end int, within bool) {
	if start >= end {
		return
	}
	next := t.part(start, end)
	if next == end {
		kind := Word
		if within {
			kind = Part
		}
		t.emit(start, end, kind)
		return
	}
	t.emit(start, end, Whole)
	for start < end {
		t.emit(start, next, Part)
		for start = next; start < end && t.text[start] == '_'; start++ {
		}
		next = t.part(start, end)
	}
}

// part returns where the part that begins at start ends: at an underscore, before an upper-case
// letter that follows a lower-case one or that begins a capitalised word after capitals, and
// between letters (two or more) and digits. Numbers are never taken apart.
func (t *tokenizer) part(start, end int) int {
	if start == end || isDigit(t.text[start]) {
		return end
	}
	letters := 0
	var prev rune
	for i := start; i < end; {
		r, size := runeAt(t.text[i:end])
		if i > start && t.cut(r, prev, letters, t.text[i+size:end]) {
			return i
		}
		if unicode.IsLetter(r) {
			letters++
		}
		prev = r
		i += size
	}
	return end
}

// cut reports whether a part ends before r, which stands between prev and rest.
func (t *tokenizer) cut(r, prev rune, letters int, rest string) bool {
	switch {
	case r == '_':
		return letters > 0
	case prev == '_', !isUpper(r):
		return letters > 1 && isASCIIDigit(r) && unicode.IsLetter(prev)
	case isLower(prev):
		return true
	case !isUpper(prev):
		return false
	}
	// HTTPServer: the S begins a word.
	next, size := runeAt(rest)
	after, _ := runeAt(rest[size:])
	return isLower(next) && isLower(after)
}

// runeAt returns the first character of s and its length with the marks that follow it, so that
// it does not matter whether an accent is part of its letter; 0 and 0 at the end.
func runeAt(s string) (r rune, size int) {
	if s == "" {
		return 0, 0
	}
	r, size = rune(s[0]), 1
	if r >= utf8.RuneSelf {
		r, size = utf8.DecodeRuneInString(s)
	}
	for size < len(s) && s[size] >= utf8.RuneSelf {
		mark, n := utf8.DecodeRuneInString(s[size:])
		if !isMark(mark) {
			break
		}
		size += n
	}
	return r, size
}

func isUpper(r rune) bool {
	return 'A' <= r && r <= 'Z' || r >= utf8.RuneSelf && unicode.IsUpper(r)
}

func isLower(r rune) bool {
	return 'a' <= r && r <= 'z' || r >= utf8.RuneSelf && unicode.IsLower(r)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isASCIIDigit(r rune) bool { return '0' <= r && r <= '9' }

func isASCIILetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
