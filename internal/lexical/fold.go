package lexical

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxSurfaceBytes bounds the work on one word: what lies beyond is not looked at. No word that
// anybody types is longer; encoded data is.
const maxSurfaceBytes = 256

// maxStemBytes bounds what is kept of a word.
const maxStemBytes = 64

// fold appends the folded form of a word to dst: compatibility forms, case, accents, Arabic
// letter variants, vowel signs and stretching marks, digits of other scripts and typographic
// apostrophes are made alike, and joiners and number separators go. It returns at most
// maxStemBytes bytes, cut between characters.
func fold(dst []byte, word string) []byte {
	word = clip(word, maxSurfaceBytes)
	if isASCII(word) {
		return foldASCII(dst, word)
	}
	var iter norm.Iter
	iter.InitString(norm.NFKD, word)
	var buf [maxSurfaceBytes * 2]byte
	folded := buf[:0]
	for !iter.Done() {
		for piece := iter.Next(); len(piece) > 0; {
			r, size := utf8.DecodeRune(piece)
			piece = piece[size:]
			if r = foldRune(r); r >= 0 {
				folded = utf8.AppendRune(folded, r)
			}
		}
	}
	return append(dst, clip(norm.NFC.String(string(folded)), maxStemBytes)...)
}

// foldASCII is fold for words of ASCII characters.
func foldASCII(dst []byte, word string) []byte {
	number := isDigit(word[0])
	for i := 0; i < len(word) && len(dst) < maxStemBytes; i++ {
		c := word[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case number && (c == ',' || c == '_'):
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// foldRune folds one character of a decomposed word; -1 takes it out.
func foldRune(r rune) rune {
	switch {
	case 0x0300 <= r && r <= 0x036F, // accents
		0x0591 <= r && r <= 0x05C7,                             // Hebrew points
		0x0610 <= r && r <= 0x061A, 0x064B <= r && r <= 0x065F, // Arabic marks
		r == 0x0670, 0x06D6 <= r && r <= 0x06ED,
		r == 0x0640,               // tatweel
		unicode.Is(unicode.Cf, r): // joiners, direction marks
		return -1
	case 0x0660 <= r && r <= 0x0669:
		return r - 0x0660 + '0'
	case 0x06F0 <= r && r <= 0x06F9:
		return r - 0x06F0 + '0'
	case 0x0966 <= r && r <= 0x096F:
		return r - 0x0966 + '0'
	}
	if to, ok := letterVariants[r]; ok {
		return to
	}
	return unicode.ToLower(r)
}

// letterVariants are letters that writers of Arabic and Urdu, Greek, and European languages use
// for one another and that decomposition does not bring together.
var letterVariants = map[rune]rune{
	'ٱ': 'ا', 'ى': 'ي', 'ی': 'ي', 'ې': 'ي', 'ک': 'ك', 'ڪ': 'ك',
	'ہ': 'ه', 'ھ': 'ه', 'ە': 'ه', 'ة': 'ه', 'ۃ': 'ه',
	'ς': 'σ', 'ı': 'i', 'ø': 'o', 'Ø': 'o', 'ł': 'l', 'Ł': 'l', 'đ': 'd', 'Đ': 'd',
	'’': '\'', '‘': '\'', 'ʼ': '\'',
}

// clip cuts s to at most n bytes without splitting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
