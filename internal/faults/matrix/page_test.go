package matrix

import (
	"fmt"
	"strconv"
	"strings"
)

// state is what a document may be: an edition of its text, and who may read it.
type state struct {
	edition int // absent
	private bool
}

// absent is the state of a document that is not there.
var absent = state{}

// page is one document and what it may be.
type page struct {
	docID string
	to    string // the embedding space that the book may be moved to, by its id
	history[state]
}

// text is an edition of a page. Its first section tells page and edition, the others are the same
// in all odd and in all even editions and in every third.
func (p *page) text(edition int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Page %s\n\nThis is edition%d of %s.\n", p.docID, edition, p.docID)
	for i, word := range []string{
		fmt.Sprintf("edition%d", edition), fmt.Sprintf("parity%d", edition%2), "always",
	} {
		fmt.Fprintf(&b, "\n## Section %d of %s\n\n", i, p.docID)
		for line := range 11 {
			fmt.Fprintf(&b, "Line %d of section %d in %s says %s and walks with robots. ",
				line, i, p.docID, word)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (p *page) question() string { return "Which edition is " + p.docID + " that walks?" }

// editionsIn returns the editions that a text names.
func editionsIn(text string) map[int]bool {
	named := map[int]bool{}
	for word := range strings.FieldsSeq(text) {
		if number, ok := strings.CutPrefix(word, "edition"); ok {
			n, err := strconv.Atoi(number)
			named[n] = err == nil
		}
	}
	return named
}
