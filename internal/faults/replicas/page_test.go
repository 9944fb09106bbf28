//go:build failpoints

package replicas

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// absent is the edition of a document that is not there.
const absent = 0

// page is one document and what it may be now. One client writes it; others read it.
type page struct {
	docID string

	mu sync.Mutex
	// possible are the editions that the document may have: one, unless a write was not
	// acknowledged.
	possible []int
	// limbo are writes that were not acknowledged: each may take effect as long as the life of
	// its server goes on.
	limbo map[attempt]int
	// changes counts what may have changed the document.
	changes int
}

// attempt is a write that was given up, and the life of the server that it was sent to.
type attempt struct{ server, life, number int }

func newPage(docID string) *page {
	return &page{docID: docID, possible: []int{absent}, limbo: map[attempt]int{}}
}

// begin notes that a write of an edition is under way.
func (p *page) begin(edition int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changes++
	p.possible = append(p.possible, edition)
}

// acknowledged notes that the edition is there.
func (p *page) acknowledged(edition int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changes++
	p.possible = []int{edition}
	for _, late := range p.limbo {
		p.possible = append(p.possible, late)
	}
}

// lost notes that nobody knows what became of the write.
func (p *page) lost(edition int, a attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.number = p.changes
	p.limbo[a] = edition
}

// over forgets writes of lives that have ended.
func (p *page) over(lives [2]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for a := range p.limbo {
		if lives[a.server] > a.life {
			delete(p.limbo, a)
		}
	}
}

// may returns the editions that the document may have, and how many changes there were.
func (p *page) may() (editions []int, changes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.possible), p.changes
}

// text is an edition of a document. Its first section tells document and edition; two more are
// shared by all even and all odd editions.
func text(docID string, edition int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Page %s\n\nThis is edition%d of the page named %s.\n", docID, edition, docID)
	for section := range 3 {
		word := fmt.Sprintf("edition%d", edition)
		if section > 0 {
			word = fmt.Sprintf("parity%d", edition%2)
		}
		fmt.Fprintf(&b, "\n## Section %d of %s\n\n", section, docID)
		for line := range 10 {
			fmt.Fprintf(&b, "Line %d of section %d in page %s says %s and walks with robots. ",
				line, section, docID, word)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// editionIn returns the edition that a text names, and false when it names none or several.
func editionIn(text string) (edition int, ok bool) {
	for word := range strings.FieldsSeq(text) {
		number, found := strings.CutPrefix(word, "edition")
		if !found {
			continue
		}
		var n int
		if _, err := fmt.Sscan(number, &n); err != nil || ok && n != edition {
			return 0, false
		}
		edition, ok = n, true
	}
	return edition, ok
}
