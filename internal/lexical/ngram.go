package lexical

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// gramClass tells scripts apart whose text is given as bigrams. A bigram never spans two classes.
type gramClass uint8

const (
	noGram gramClass = iota
	ideographic
	hangul
	southeast // Thai, Lao, Khmer, Myanmar: no spaces, and UAX 29 needs a dictionary for them
)

// gramClassOf returns the class of r. Japanese mixes ideographs and kana within words, so they
// are one class.
func gramClassOf(r rune) gramClass {
	switch {
	case r < 0x0E00:
		return noGram
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana), r == 'ー', r == 'ｰ',
		r == 'ﾞ', r == 'ﾟ', 0x3099 <= r && r <= 0x309C:
		return ideographic
	case unicode.Is(unicode.Hangul, r):
		return hangul
	case unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return southeast
	}
	return noGram
}

// emitGrams emits the run of characters read so far.
func (t *tokenizer) emitGrams() {
	chars := t.characters(t.gram)
	if len(chars) == 1 {
		t.emit(chars[0].Start, chars[0].End, Word)
		return
	}
	for i, c := range chars {
		if r, _ := utf8.DecodeRuneInString(t.text[c.Start:]); unicode.Is(unicode.Han, r) {
			t.emit(c.Start, c.End, Part)
		}
		if i+1 < len(chars) {
			t.emit(c.Start, chars[i+1].End, Word)
		}
	}
}

// characters splits a run at the boundaries that normalisation keeps, so that a composed and a
// decomposed spelling have the same characters.
func (t *tokenizer) characters(run Span) []Span {
	var chars []Span
	for at := run.Start; at < run.End; {
		rest := t.text[at:run.End]
		size := max(1, norm.NFKC.NextBoundaryInString(rest, true))
		r, _ := utf8.DecodeRuneInString(rest)
		if n := len(chars); n > 0 && isMark(r) {
			chars[n-1].End = at + size
		} else {
			chars = append(chars, Span{at, at + size})
		}
		at += size
	}
	return chars
}
