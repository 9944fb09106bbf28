package answer

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/lectern-project/lectern/internal/book"
)

func writePassage(b *strings.Builder, number int, p book.Passage) {
	place := append([]string{p.Title}, p.HeadingPath...)
	fmt.Fprintf(b, "<passage number=\"%d\">\n%s\n\n%s\n</passage>\n\n", number,
		asData(strings.Join(place, " > ")), asData(p.Text))
}

// tags are those that delimit data in a prompt.
var tags = regexp.MustCompile(`(?i)<\s*/?\s*(passage|marked|turn)`)

// asData takes out of a text what a reader does not see, and what would end its delimiters.
func asData(text string) string {
	return tags.ReplaceAllStringFunc(visible(text), func(tag string) string {
		return "(" + strings.TrimLeft(tag, "<")
	})
}

// visible takes invisible characters out of a text: formats and private characters, and control
// characters but line breaks and tabs. Joiners stay, which many scripts are written with.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d':
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co):
			return -1
		}
		return r
	}, text)
}
