package matrix

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// agree fails the test where the stores contradict each other.
func (w *world) agree() {
	w.t.Helper()
	report, err := w.home.reconcile.Audit(w.t.Context(), 0)
	w.ok(err)
	if !report.Clean() {
		w.errorf("the stores contradict each other: %+v", report)
	}
}

// examine finds out what a page is: one of what it may be, whole, and found.
func (w *world) examine(p *page) {
	w.t.Helper()
	ctx := w.t.Context()
	is := absent
	d, text, err := w.home.store.Text(ctx, p.docID, owner)
	if book.CodeOf(err) != book.NotFound {
		w.ok(err)
		is.private = d.Visibility == book.Private
		for is.edition = range editionsIn(text) {
		}
		if strings.TrimSpace(text) != strings.TrimSpace(p.text(is.edition)) {
			w.errorf("%s is no edition, whole", p.docID)
		}
		w.examineChunks(p, text)
	}
	if !slices.Contains(p.last(), is) {
		w.errorf("%s is %v, and may be %v", p.docID, is, p.last())
	}
	p.now(is)
	for _, view := range []book.View{everybody, owner} {
		w.read(ctx, w.home, p, view)
	}
}

func (w *world) examineChunks(p *page, text string) {
	w.t.Helper()
	chunks, err := w.home.store.ListChunks(w.t.Context(), p.docID, owner, -1, 1000)
	w.ok(err)
	var joined strings.Builder
	for _, c := range chunks {
		joined.WriteString(c.Text)
	}
	if joined.String() != text {
		w.errorf("the chunks of %s are not its text", p.docID)
	}
}

// settle drains when every lease has ended, and again when every watch has, and lets happen in between
// what happens late. Then each chunk has one point, and there is nothing else.
func (w *world) settle(late func()) {
	w.t.Helper()
	ctx := w.t.Context()
	for _, d := range []time.Duration{time.Hour, 72 * time.Hour} {
		w.advance(d)
		_, err := w.home.reconcile.Drain(ctx)
		w.ok(err)
		if late != nil {
			late()
			late = nil
		}
		w.agree()
	}
	w.settled(ctx)
}

func (w *world) settled(ctx context.Context) {
	w.t.Helper()
	space, err := w.home.store.ActiveSpace(ctx)
	w.ok(err)
	counts, err := w.home.store.Counts(ctx, space.ID())
	w.ok(err)
	points, err := w.home.index.Count(ctx, space.ID())
	w.ok(err)
	if counts.Ledger != 0 || points != counts.Vectors || counts.Vectors != counts.Chunks {
		w.errorf("not settled: %+v, %d points", counts, points)
	}
	misscoped, err := w.home.store.ListMisscoped(ctx, space.ID(), "", uuid.Nil, 10)
	w.ok(err)
	if len(misscoped) > 0 {
		w.errorf("%d points of a wrong scope", len(misscoped))
	}
}
