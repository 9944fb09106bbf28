package static

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// continued stands before a piece that does not begin its word.
const continued = "##"

// tokenizer cuts one text into ids; see the package comment for the rules.
type tokenizer struct {
	model  *model
	ids    []uint32
	word   []byte // so far, normalised
	runes  int    // in word; counting stops beyond the model's limit
	hashes []uint32
}

// tokenize returns the ids of text's known pieces, as many as the model counts.
func (m *model) tokenize(text string) []uint32 {
	t := tokenizer{model: m, ids: make([]uint32, 0, m.maxTokens)}
	for i := 0; i < len(text) && !t.full(); {
		if c := text[i]; c < utf8.RuneSelf {
			t.addASCII(c)
			i++
			continue
		}
		end := i
		for end < len(text) && (text[end] >= utf8.RuneSelf || asciiClass[text[end]] == dropped) {
			end++
		}
		t.addUnicode(text[i:end])
		i = end
	}
	t.endWord()
	if len(t.ids) > m.maxTokens {
		t.ids = t.ids[:m.maxTokens]
	}
	return t.ids
}

func (t *tokenizer) full() bool { return len(t.ids) >= t.model.maxTokens }

// The classes of characters.
const (
	inWord = iota
	dropped
	space
	punctuation
	ideograph
)

var asciiClass = func() (classes [utf8.RuneSelf]byte) {
	for c := range classes {
		classes[c] = class(rune(c))
	}
	return classes
}()

// class returns what r is to the tokenizer before it is decomposed.
func class(r rune) byte {
	switch {
	case r == ' ' || r == '\t' || r == '\n' || r == '\r':
		return space
	case r < utf8.RuneSelf && unicode.IsPrint(r):
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return inWord
		}
		return punctuation
	case r == utf8.RuneError || unicode.Is(unicode.C, r):
		return dropped
	case unicode.Is(unicode.Z, r):
		return space
	case unicode.Is(unicode.P, r):
		return punctuation
	case isIdeograph(r):
		return ideograph
	}
	return inWord
}

// isIdeograph reports whether r is in one of BERT's CJK blocks, which leave out Kana and Hangul.
func isIdeograph(r rune) bool {
	return r >= 0x3400 && (r <= 0x4DBF ||
		0x4E00 <= r && r <= 0x9FFF ||
		0xF900 <= r && r <= 0xFAFF ||
		0x20000 <= r && r <= 0x2A6DF ||
		0x2A700 <= r && r <= 0x2B73F ||
		0x2B740 <= r && r <= 0x2B81F ||
		0x2B920 <= r && r <= 0x2CEAF ||
		0x2F800 <= r && r <= 0x2FA1F)
}

func (t *tokenizer) addASCII(c byte) {
	switch asciiClass[c] {
	case inWord:
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		t.addRune(rune(c))
	case space:
		t.endWord()
	case punctuation:
		t.endWord()
		t.addRune(rune(c))
		t.endWord()
	}
}

// addUnicode adds text in which no ASCII character counts. Decomposing it apart from its
// neighbours is sound because an ASCII character never takes part in a decomposition.
func (t *tokenizer) addUnicode(text string) {
	clean := make([]byte, 0, 2*len(text))
	for _, r := range text {
		switch class(r) {
		case dropped:
		case space:
			clean = append(clean, ' ')
		case ideograph:
			clean = append(clean, ' ')
			clean = utf8.AppendRune(clean, r)
			clean = append(clean, ' ')
		default:
			clean = utf8.AppendRune(clean, r)
		}
	}
	for _, r := range string(norm.NFD.Bytes(clean)) {
		if t.full() {
			return
		}
		if r < utf8.RuneSelf {
			t.addASCII(byte(r))
			continue
		}
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if r = unicode.ToLower(r); unicode.Is(unicode.P, r) {
			t.endWord()
			t.addRune(r)
			t.endWord()
			continue
		}
		t.addRune(r)
	}
}

func (t *tokenizer) addRune(r rune) {
	if t.runes > t.model.maxRunes {
		return
	}
	t.runes++
	t.word = utf8.AppendRune(t.word, r)
}

// endWord appends the pieces of the word read so far, if it can be cut up without a rest.
func (t *tokenizer) endWord() {
	word, known := t.word, len(t.ids)
	if t.runes > t.model.maxRunes {
		word = nil
	}
	t.word, t.runes = t.word[:0], 0
	prefix := ""
	for len(word) > 0 {
		length := t.longestPiece(prefix, word)
		if length == 0 {
			t.ids = t.ids[:known]
			return
		}
		word = word[length:]
		prefix = continued
	}
}

// longestPiece appends the id of the longest piece that word begins with and returns its length
// in bytes, without the prefix; 0 if there is none. Pieces are whole UTF-8, so a match of bytes
// ends where a code point ends.
func (t *tokenizer) longestPiece(prefix string, word []byte) int {
	hash := hashStart
	for i := range len(prefix) {
		hash = hashNext(hash, prefix[i])
	}
	t.hashes = t.hashes[:0]
	for _, b := range word {
		hash = hashNext(hash, b)
		t.hashes = append(t.hashes, hash)
	}
	for length := len(word); length > 0; length-- {
		id, ok := t.model.vocab.find(t.hashes[length-1], prefix, word[:length])
		if ok {
			t.ids = append(t.ids, id)
			return length
		}
	}
	return 0
}
