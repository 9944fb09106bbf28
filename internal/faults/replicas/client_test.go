//go:build failpoints

package replicas

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/ingest"
)

// callTimeout is how long a client waits for a server.
const callTimeout = 5 * time.Second

// write changes pages at random, each time through one of the servers, until ctx ends.
func (w *world) write(ctx context.Context, random *rand.Rand, pages []*page) {
	for edition := 1; ctx.Err() == nil; edition++ {
		p := pages[random.IntN(len(pages))]
		server := random.IntN(2)
		life, _ := w.servers[server].count()
		p.over(w.lives())
		c := w.clients[server]
		call, done := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		switch random.IntN(8) {
		case 0:
			w.note(p, absent, attempt{server: server, life: life}, func() error {
				err := c.Remove(call, p.docID)
				if book.CodeOf(err) == book.NotFound {
					return nil
				}
				return err
			})
		case 1, 2:
			visibility := []book.Visibility{book.Public, book.Private}[random.IntN(2)]
			_, _ = c.SetVisibility(call, p.docID, visibility) // the audit looks at its points
		default:
			w.note(p, edition, attempt{server: server, life: life}, func() error {
				_, err := c.Put(call, ingest.Request{DocID: p.docID, Text: text(p.docID, edition)})
				return err
			})
		}
		done()
	}
}

// note runs a write and notes what is known about its page afterwards.
func (w *world) note(p *page, edition int, a attempt, write func() error) {
	p.begin(edition)
	err := write()
	if err == nil {
		w.acknowledged.Add(1)
		p.acknowledged(edition)
		return
	}
	p.lost(edition, a)
}

// read searches for pages and looks at every answer, until ctx ends.
func (w *world) read(ctx context.Context, random *rand.Rand, pages []*page) {
	for ctx.Err() == nil {
		p := pages[random.IntN(len(pages))]
		before, changes := p.may()
		call, done := context.WithTimeout(ctx, callTimeout)
		found, err := w.clients[random.IntN(2)].Search(call, client.Question{
			Question: "Which edition of the page named " + p.docID + " walks with robots?", TopK: 20,
		})
		done()
		if err != nil {
			continue // a server that is down; what it says then is other tests' affair
		}
		w.searches.Add(1)
		if err := judge(found.Passages); err != nil {
			w.t.Errorf("a search for %s (degraded %v): %v", p.docID, found.Degraded, err)
		}
		after, changesAfter := p.may()
		if changes != changesAfter || slices.Contains(before, absent) || len(before) != 1 ||
			slices.Contains(after, absent) {
			continue
		}
		w.mustHold(p, before[0], found)
	}
}

// mustHold looks for a page that was there, and was not written, during the whole search. It
// may be private, but it is ours.
func (w *world) mustHold(p *page, edition int, found client.Found) {
	for _, passage := range found.Passages {
		if passage.DocID != p.docID {
			continue
		}
		if n, ok := editionIn(passage.Text); ok && n != edition {
			w.t.Errorf("%s is at edition %d, and %d was found", p.docID, edition, n)
		}
		return
	}
	if !slices.Contains(found.Degraded, "index_lag") {
		w.t.Errorf("%s was not found, degraded %v", p.docID, found.Degraded)
	}
}

// judge refuses an answer that mixes two versions of a document.
func judge(passages []book.Passage) error {
	revisions := map[string]int64{}
	whole := map[string]string{}
	for _, passage := range passages {
		if r, ok := revisions[passage.DocID]; ok && r != passage.Revision {
			return fmt.Errorf("revisions %d and %d of %s in one answer", r, passage.Revision,
				passage.DocID)
		}
		revisions[passage.DocID] = passage.Revision
		whole[passage.DocID] += " " + passage.Text
	}
	for docID, text := range whole {
		if _, ok := editionIn(text); !ok && strings.Contains(text, "edition") {
			return fmt.Errorf("several editions of %s in one answer", docID)
		}
	}
	return nil
}

// check looks at each page when nobody writes: it is one of its possible editions, whole, and found.
func (w *world) check(ctx context.Context, pages []*page) {
	for _, p := range pages {
		p.over(w.lives())
		possible, _ := p.may()
		edition := absent
		d, err := w.clients[0].Document(ctx, p.docID)
		switch {
		case book.CodeOf(err) == book.NotFound:
		case err != nil:
			w.t.Fatalf("%s cannot be read: %v", p.docID, err)
		default:
			var ok bool
			if edition, ok = editionIn(*d.Text); !ok ||
				strings.TrimSpace(*d.Text) != strings.TrimSpace(text(p.docID, edition)) {
				w.t.Errorf("%s is no edition, whole", p.docID)
			}
		}
		if !slices.Contains(possible, edition) {
			w.t.Errorf("%s has edition %d, and may have %v", p.docID, edition, possible)
		}
		p.acknowledged(edition)
	}
}
