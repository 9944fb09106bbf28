package sentence

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// words makes a set of space-separated words.
func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

var (
	// never end a sentence: titles, and what points at something that follows.
	bound = words("dr mr mrs ms mx prof st rev hon gen col capt lt sgt e.g eg i.e ie cf vs viz " +
		"fig figs eq eqs vol approx ca resp incl")
	// end none before a number, as in "No. 5".
	numbering = words("no nos p pp ch chap sec sect art tab table ref refs pt app ver v op cit")
	// end one only where a word follows that starts sentences.
	open = words("etc al inc ltd corp co jr sr jan feb mar apr jun jul aug sep sept oct nov dec " +
		"a.m p.m ph.d m.sc b.sc dept univ est ed eds min max avg")
	// starters are words that, capitalised, start sentences and hardly ever names.
	starters = words("a after all also although an and another any as at because before both but " +
		"by each every few finally first for from here he her his how however i if in instead it " +
		"its later let many most my next no not now of on once one or other our she since so some " +
		"such that the their then there these they this those though thus to today under until we " +
		"what when where whether which while who why with you your")
)

// maxAbbreviation is the longest token, in bytes, that is looked up.
const maxAbbreviation = 16

// abbreviates says whether the "." at dot of the masked text belongs to its word rather than ends
// a sentence that would be followed by what is at next.
func abbreviates(masked []byte, dot, next int) bool {
	token, first := tokenBefore(masked, dot)
	if token == "" {
		return false
	}
	word, letter := strings.ToLower(token), firstLetter(masked[next:])
	switch {
	case bound[word]:
		return true
	case numbering[word]:
		return unicode.IsDigit(letter)
	case isNumber(token):
		return first // "1. Install it": the number of a list item
	case open[word], isInitials(token):
		return !starters[wordAt(masked[next:])]
	}
	return false
}

// tokenBefore returns the unspaced run of characters before dot without opening marks, "" when it
// is long, and whether it is the first of its line.
func tokenBefore(b []byte, dot int) (token string, first bool) {
	i := dot
	for i > 0 && !isSpace(b[i-1]) {
		if i--; dot-i > maxAbbreviation {
			return "", false
		}
	}
	line := bytes.TrimRight(b[:i], " ")
	first = len(line) == 0 || line[len(line)-1] == '\n'
	return strings.TrimLeft(string(b[i:dot]), "\"'([{“‘«—–/-"), first
}

func isNumber(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// isInitials says whether s is one capital letter, or letters with full stops between them.
func isInitials(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		r, size := utf8.DecodeRuneInString(part)
		if size == 0 || size < len(part) || !unicode.IsLetter(r) || isUnspaced(r) {
			return false
		}
	}
	r, size := utf8.DecodeRuneInString(s)
	return size < len(s) || unicode.IsUpper(r)
}

// wordAt returns the lower-cased word at the start of b, without opening marks.
func wordAt(b []byte) string {
	b = b[:min(len(b), 64)]
	b = bytes.TrimLeft(b, " \n\t\"'([{“‘«")
	n := bytes.IndexFunc(b, func(r rune) bool { return !unicode.IsLetter(r) })
	if n < 0 {
		n = len(b)
	}
	return strings.ToLower(string(b[:n]))
}
