package backup

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// hookedIndex calls hook before each Fetch.
type hookedIndex struct {
	vector.Index
	hook func()
}

func (x hookedIndex) Fetch(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) ([]vector.Point, error) {
	x.hook()
	return x.Index.Fetch(ctx, spaceID, ids)
}

// TestOneMoment changes everything between the documents of a backup: what is restored is the book
// as it was when the backup began.
func TestOneMoment(t *testing.T) {
	for name, open := range map[string]func(*testing.T, int) *place{
		"embedded": embedded, "full": full,
	} {
		t.Run(name, func(t *testing.T) {
			from, to := open(t, 32), embedded(t, 32)
			from.fill()
			want, found := from.contents(), from.found()
			rounds := 0
			var b bytes.Buffer
			index := hookedIndex{from.index, func() { rounds++; from.changeAll(rounds) }}
			from.ok(Write(t.Context(), from.store, index, &b))
			path := filepath.Join(t.TempDir(), "archive")
			write(t, path, b.Bytes())
			done := to.mustRestore(path)
			if rounds < 4 || done.Embedded == 0 {
				t.Errorf("%d rounds, %+v: the test does not test", rounds, done)
			}
			equal(t, to.contents(), want)
			equal(t, to.found(), found)
			to.agree()
		})
	}
}

// changeAll ingests, deletes and rescopes.
func (p *place) changeAll(round int) {
	p.Helper()
	ctx, all := p.Context(), book.View{All: true}
	docs, err := p.store.ListDocuments(ctx, store.DocumentQuery{View: all, Limit: 100})
	p.ok(err)
	for _, d := range docs {
		p.put(ingest.Request{
			OwnerID: d.OwnerID, DocID: d.DocID, Text: page("dog", round), TakeOver: true,
		})
		other := book.Private
		if d.Visibility == book.Private {
			other = book.Public
		}
		_, err := p.ingest.Update(ctx, d.DocID, d.OwnerID, store.DocumentChange{
			Visibility: &other, OwnerID: &p.local.ID,
		})
		p.ok(err)
	}
	if len(docs) > 2 {
		p.ok(p.ingest.Delete(ctx, docs[0].DocID, uuid.Nil))
	}
	p.put(ingest.Request{OwnerID: p.local.ID, DocID: fmt.Sprint("new", round), Text: page("elk", 1)})
	p.key(p.user(fmt.Sprint("new", round), book.Reader), fmt.Sprint("key", round))
}

// TestBesideWriters takes backups while others write. They write a, then b, of the same edition,
// make d before they delete c and the other way round, so at every moment a is of b's edition or of
// the next, and c or d is there.
func TestBesideWriters(t *testing.T) {
	p := embedded(t, 32)
	edition := func(doc string, n int) ingest.Request {
		name := fmt.Sprintf("edition%dof%s", n, doc)
		return ingest.Request{OwnerID: p.local.ID, DocID: doc, Text: page(name, 1+n%3)}
	}
	p.put(edition("a", 0))
	p.put(edition("b", 0))
	p.put(edition("c", 0))
	stop := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() {
		there, absent := "c", "d"
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			p.put(edition("a", n))
			p.put(edition("b", n))
			p.put(edition(absent, n))
			p.ok(p.ingest.Delete(background(p), there, uuid.Nil))
			there, absent = absent, there
		}
	})
	for range 20 {
		editions := map[string]int{}
		archive, err := p.archive()
		p.ok(err)
		v := counting(noProgress)
		v.document = func(d document) error {
			editions[d.DocID] = onlyEdition(t, d)
			return nil
		}
		if _, err := read(t.Context(), "it", archive, v); err != nil {
			t.Fatal(err)
		}
		a, b := editions["a"], editions["b"]
		_, c := editions["c"]
		_, d := editions["d"]
		if a != b && a != b+1 || !c && !d {
			t.Errorf("no one moment: %v", editions)
		}
	}
	close(stop)
	writers.Wait()
}

// onlyEdition is the edition that a document's text and the texts of its chunks are of.
func onlyEdition(t *testing.T, d document) (n int) {
	t.Helper()
	whole, _ := d.whole()
	joined := ""
	for _, c := range whole.Chunks {
		joined += c.Text
	}
	if joined != d.Text {
		t.Errorf("the chunks of %q are not its text", d.DocID)
	}
	_, rest, _ := strings.Cut(d.Text, "edition")
	if _, err := fmt.Sscanf(rest, "%d", &n); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("edition%dof%s", n, d.DocID)
	if strings.Count(d.Text, "edition") != strings.Count(d.Text, name) {
		t.Errorf("%q is of several editions", d.DocID)
	}
	return n
}
