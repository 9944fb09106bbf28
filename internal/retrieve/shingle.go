package retrieve

import (
	"slices"
	"unicode"
)

// shingleWords is the length of a shingle.
const shingleWords = 3

// shingles returns the distinct runs of shingleWords words of a text, hashed, ascending. A shorter
// text is one shingle. Words are runs of letters and digits, whatever their case, and single
// characters of scripts that are written without spaces: cheaper than the words of lexical, and the
// same texts are near-duplicates.
func shingles(text string) []uint64 {
	words := wordHashes(text)
	set := make([]uint64, 0, len(words))
	var run uint64
	for i, word := range words {
		run = run<<21 ^ uint64(word)
		if i >= shingleWords-1 || i == len(words)-1 {
			set = append(set, run)
		}
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// wordHashes returns the words of a text, hashed by FNV-1a over their characters.
func wordHashes(text string) []uint32 {
	const offset, prime = 2166136261, 16777619
	words := make([]uint32, 0, len(text)/4)
	within := false
	for _, r := range text {
		r, belongs := fold(r)
		alone := r > unicode.MaxLatin1 && unicode.In(r, unspaced...)
		if belongs && (alone || !within) {
			words = append(words, offset)
		}
		if belongs {
			last := &words[len(words)-1]
			*last = (*last ^ uint32(r)) * prime //nolint:gosec // characters are not negative
		}
		within = belongs && !alone
	}
	return words
}

// unspaced are scripts without spaces between words.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer,
	unicode.Myanmar,
}

// fold returns a character in lower case, and whether it is of a word.
func fold(r rune) (folded rune, belongs bool) {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
		return r, true
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A', true
	case r <= unicode.MaxASCII:
		return r, false
	}
	return unicode.ToLower(r), unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}
