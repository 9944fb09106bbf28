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
		line(strings.Join(place, " > ")), asData(p.Text))
}

// line is asData on one line.
func line(text string) string { return strings.Join(strings.Fields(asData(text)), " ") }

// tags are those that delimit data in a prompt, also written with look-alikes, and what models' own
// templates put between turns.
var tags = regexp.MustCompile(`(?i)[<＜﹤‹〈⟨](?:[\s/]*(?:passage|marked|turn)|/?s>|\||/?(?:start|end)_of_turn|` +
	`<SYS>)|<</SYS>|\[/?INST\]`)

// asData takes out of a text what a reader does not see, and what would end its delimiters.
func asData(text string) string {
	return tags.ReplaceAllStringFunc(visible(text), func(tag string) string {
		return "(" + strings.Trim(tag, "<＜﹤‹〈⟨[]")
	})
}

// visible takes invisible characters out of a text.
func visible(text string) string {
	var c cleaner
	return c.clean(text)
}

// cleaner takes invisible characters out of a text that comes in pieces: formats and private
// characters, fillers, selectors of variants but those of emoji, and control characters but line
// breaks and tabs. One joiner at a time stays behind a letter beyond ASCII: many scripts are written
// with them.
type cleaner struct{ last rune }

func (c *cleaner) clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\ufe0e' || r == '\ufe0f':
		case r == '\u2028' || r == '\u2029':
			r = '\n'
		case r == '\u200c' || r == '\u200d':
			if c.last < 0x80 || c.last == '\u200c' || c.last == '\u200d' {
				return -1
			}
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Variation_Selector,
			unicode.Other_Default_Ignorable_Code_Point):
			return -1
		}
		c.last = r
		return r
	}, text)
}
