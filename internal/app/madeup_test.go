package app

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// madeUpBook makes up pages of a book, the same ones every time. Words are as frequent as those of
// a language: Zipf over 60,000.
type madeUpBook struct {
	random *rand.Rand
	zipf   *rand.Zipf
}

func newMadeUpBook() madeUpBook {
	random := rand.New(rand.NewPCG(1, 2))
	return madeUpBook{random, rand.NewZipf(random, 1.1, 8, 60_000-1)}
}

// word spells the word of a rank.
func word(rank uint64) string {
	var syllables []string
	for n := rank + 1; n > 0; n /= 50 {
		syllables = append(syllables, string("bdfgklmprt"[n%10])+string("aeiou"[n/10%5]))
	}
	return strings.Join(syllables, "") + "n"
}

// sentence has 8 to 19 words.
func (m madeUpBook) sentence() string {
	words := make([]string, 8+m.random.IntN(12))
	for i := range words {
		words[i] = word(m.zipf.Uint64())
	}
	text := strings.Join(words, " ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// question has eight words; none is among the 100 most frequent, which are stop words.
func (m madeUpBook) question() string {
	var words []string
	for len(words) < 8 {
		if rank := m.zipf.Uint64(); rank >= 100 {
			words = append(words, word(rank))
		}
	}
	return strings.Join(words, " ") + "?"
}

// write makes a folder of pages, each of sections that become about one chunk.
func (m madeUpBook) write(b *testing.B, folder string, pages, chunks int) {
	b.Helper()
	for page := range pages {
		var text strings.Builder
		fmt.Fprintf(&text, "# %s\n", m.sentence())
		for range chunks {
			fmt.Fprintf(&text, "\n## %s\n\n", m.sentence())
			for from := text.Len(); text.Len() < from+1100; {
				text.WriteString(m.sentence() + " ")
			}
			text.WriteString("\n")
		}
		path := filepath.Join(folder, fmt.Sprintf("page%05d.md", page))
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
}
