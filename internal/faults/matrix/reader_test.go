package matrix

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// everybody is who may read public documents, and owner who may read the private ones too.
var (
	everybody = book.View{}
	owner     = book.View{UserID: writer}
)

// excuses are why a search may have to do without a part. One that was overtaken each time it looked
// may say so in any weather; what it found is judged all the same.
var excuses = map[string][]weather{
	retrieve.DegradedIndex: {indexDown, indexLost}, retrieve.DegradedIndexLag: {fair, indexLost},
}

// readers ask, on a replica of their own, for one page after the other, until the test ends.
func (w *world) readers(t *testing.T) {
	t.Helper()
	r := w.open(t)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() {
		stop()
		<-done
		if w.answers == 0 {
			t.Error("the readers saw nothing")
		}
	})
	go func() {
		defer close(done)
		for round := 0; ctx.Err() == nil; round++ {
			w.mu.Lock()
			p := w.reading[round/2%len(w.reading)]
			w.mu.Unlock()
			w.read(ctx, r, p, []book.View{everybody, owner}[round%2])
			time.Sleep(8 * time.Millisecond)
		}
	}()
}

// read asks once and judges the answer by what was so at some time while it was made.
func (w *world) read(ctx context.Context, r *replica, p *page, view book.View) {
	since, sky := p.mark(), w.weather.mark()
	found, err := r.search.Search(ctx, retrieve.Request{
		Question: p.question(), TopK: 20, View: view,
	})
	skies := w.weather.since(sky)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		if book.CodeOf(err) != book.Unavailable || !slices.Contains(skies, databaseDown) {
			w.errorf("a reader was told (%v): %v", skies, err)
		}
		return
	}
	for _, part := range found.Degraded {
		if !slices.ContainsFunc(excuses[part], func(w weather) bool {
			return slices.Contains(skies, w)
		}) {
			w.errorf("a reader was told to do without %v (%v)", part, skies)
		}
	}
	w.mu.Lock()
	w.answers++
	w.mu.Unlock()
	w.judge(p, p.since(since), found, view, slices.Contains(skies, indexLost))
}

// judge holds an answer against what the page may have been.
func (w *world) judge(
	p *page, possible []state, found retrieve.Result, view book.View, mayMiss bool,
) {
	revisions := map[string]int64{}
	editions := map[string]map[int]bool{}
	for _, passage := range found.Passages {
		if r, ok := revisions[passage.DocID]; ok && r != passage.Revision {
			w.errorf("revisions %d and %d of %s in one answer", r, passage.Revision, passage.DocID)
		}
		revisions[passage.DocID] = passage.Revision
		if editions[passage.DocID] == nil {
			editions[passage.DocID] = map[int]bool{}
		}
		for n := range editionsIn(passage.Text) {
			editions[passage.DocID][n] = true
		}
	}
	for docID, named := range editions {
		if len(named) > 1 {
			w.errorf("editions %v of %s in one answer", named, docID)
		}
	}
	visible := func(s state) bool { return s != absent && (!s.private || view == owner) }
	_, there := revisions[p.docID]
	switch {
	case there && !slices.ContainsFunc(possible, visible):
		w.errorf("%s was found, and is %v", p.docID, possible)
	case !there && !mayMiss && !slices.ContainsFunc(possible, func(s state) bool {
		return !visible(s)
	}):
		w.errorf("%s was not found, and is %v; degraded %v", p.docID, possible, found.Degraded)
	}
	for n := range editions[p.docID] {
		if !slices.ContainsFunc(possible, func(s state) bool { return s.edition == n }) {
			w.errorf("edition %d of %s was found, and it is %v", n, p.docID, possible)
		}
	}
}
