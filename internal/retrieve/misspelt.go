package retrieve

import (
	"slices"

	"github.com/lectern-project/lectern/internal/book"
)

// safeLength is the length in characters, of a stem, from which on one wrong character is more likely
// a slip than another word.
const safeLength = 5

// correct takes the words that are nowhere in the book for words of the passages that differ by one
// character: left out, put in, exchanged, or swapped with its neighbour, but not the first.
func (q *asked) correct(passages []book.Passage) {
	if q.unknown == 0 {
		return
	}
	said := map[string]bool{}
	for _, p := range passages {
		for stem := range stemsOf(p.Text) {
			said[stem] = true
		}
	}
	for i, w := range q.words {
		if !q.astray[i] {
			continue
		}
		meant := w.Spellings
		for stem := range said {
			if misspelt(w.Spellings[0][0], stem) {
				meant = append(meant, []string{stem})
			}
		}
		if len(meant) > len(w.Spellings) {
			q.words[i].Spellings = meant
			q.unknown -= q.information[i]
		}
	}
}

// misspelt reports whether two words of the same first character differ by one slip.
func misspelt(word, meant string) bool {
	a, b := []rune(word), []rune(meant)
	if len(a) < safeLength || a[0] != b[0] {
		return false
	}
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	if len(a) == 0 || len(b) == 0 {
		return len(a)+len(b) == 1
	}
	swapped := len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && slices.Equal(a[2:], b[2:])
	return swapped || slices.Equal(a[1:], b) || slices.Equal(a, b[1:]) || slices.Equal(a[1:], b[1:])
}
