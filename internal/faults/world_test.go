//go:build failpoints

package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// world is a pair of stores, and what is known about what must be in them.
type world struct {
	t   *testing.T
	dir string
	// possible are the texts that each document may have ("" for absent): one, unless operations
	// that were not acknowledged, or ran beside each other, leave several.
	possible map[string][]string
}

func newWorld(t *testing.T) *world {
	return &world{t: t, dir: t.TempDir(), possible: map[string][]string{}}
}

// remember works out from a script and its acknowledgements, "ok THREAD OPERATION" each, what each
// document may be now.
func (w *world) remember(script, output string) {
	acknowledged := map[string]bool{}
	for line := range strings.Lines(output) {
		acknowledged[strings.TrimSpace(line)] = true
	}
	outcomes := map[string][][]string{} // by document, for each thread that touched it
	for i, thread := range strings.Split(script, "|") {
		for doc, possible := range w.outcomes(i, thread, acknowledged) {
			outcomes[doc] = append(outcomes[doc], possible)
		}
	}
	for doc, threads := range outcomes {
		w.possible[doc] = slices.Concat(threads...)
	}
}

// outcomes are the texts that each document may have after one thread: an acknowledged operation
// decides, and the one that was under way may have happened or not.
func (w *world) outcomes(thread int, ops string, acknowledged map[string]bool) map[string][]string {
	possible := map[string][]string{}
	for i, op := range strings.Split(ops, ";") {
		done := acknowledged[fmt.Sprintf("ok %d %d", thread, i)]
		words := strings.Fields(op)
		var outcome string
		switch words[0] {
		case "put":
			outcome = text(words[1], words[2])
			fallthrough
		case "delete":
			doc := words[1]
			if _, touched := possible[doc]; !touched {
				possible[doc] = slices.Clone(w.known(doc))
			}
			if done {
				possible[doc] = nil
			}
			possible[doc] = append(possible[doc], outcome)
		}
		if !done {
			break
		}
	}
	return possible
}

func (w *world) known(doc string) []string {
	if possible, ok := w.possible[doc]; ok {
		return possible
	}
	return []string{""}
}

// check opens the stores as a restart would, and looks whether they agree before anything is mended.
func (w *world) check() {
	w.t.Helper()
	p, err := open(w.dir, 0)
	if err != nil {
		w.t.Fatalf("the stores cannot be opened again: %v", err)
	}
	defer p.close()
	w.audit(p)
	for doc, possible := range w.possible {
		w.checkDocument(p, doc, possible)
	}
	if err := p.readOnce(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) audit(p *program) {
	w.t.Helper()
	report, err := p.reconcile.Audit(context.Background(), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	if !report.Clean() {
		w.t.Errorf("the stores contradict each other: %+v", report)
	}
}

// checkDocument looks whether a document is one of its possible texts, whole, and is found.
func (w *world) checkDocument(p *program, doc string, possible []string) {
	w.t.Helper()
	ctx, view := context.Background(), book.View{UserID: writer}
	d, canonical, err := p.store.Text(ctx, doc, view)
	if err != nil && book.CodeOf(err) != book.NotFound {
		w.t.Fatal(err)
	}
	if !slices.ContainsFunc(possible, func(s string) bool {
		return strings.TrimSpace(s) == strings.TrimSpace(canonical)
	}) {
		w.t.Errorf("%q is none of what it may be:\n%.60q", doc, canonical)
	}
	if err != nil {
		return
	}
	chunks, err := p.store.ListChunks(ctx, doc, view, -1, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	var joined strings.Builder
	for _, c := range chunks {
		joined.WriteString(c.Text)
	}
	if joined.String() != canonical {
		w.t.Errorf("the chunks of %q are not its text", doc)
	}
	found, err := p.retrieve.Search(ctx, retrieve.Request{
		Question: "edition of the page named " + doc, View: view,
		Selection: retrieve.Selection{DocID: doc},
	})
	if err != nil || len(found.Passages) == 0 || len(found.Degraded) > 0 {
		w.t.Errorf("%q is not found: %v, degraded %v", doc, err, found.Degraded)
	}
	for _, passage := range found.Passages {
		if passage.Revision != d.Revision || !strings.Contains(canonical, passage.Text) {
			w.t.Errorf("a passage of %q is of another revision", doc)
		}
	}
}

// settle drains when every lease has ended, and again when every watch has: then the index holds
// what chunks refer to and nothing else, and the ledger is empty.
func (w *world) settle() {
	w.t.Helper()
	ctx := context.Background()
	for _, ahead := range []time.Duration{time.Hour, 72 * time.Hour} {
		p, err := open(w.dir, ahead)
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := p.reconcile.Drain(ctx); err != nil {
			w.t.Fatal(err)
		}
		w.audit(p)
		if ahead > 24*time.Hour {
			w.checkSettled(p)
		}
		if err := p.close(); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) checkSettled(p *program) {
	w.t.Helper()
	ctx := context.Background()
	counts, err := p.store.Counts(ctx, p.space.ID())
	if err != nil {
		w.t.Fatal(err)
	}
	points, err := p.index.Count(ctx, p.space.ID())
	if err != nil {
		w.t.Fatal(err)
	}
	if counts.Ledger != 0 || points != counts.Vectors || counts.Vectors != counts.Chunks {
		w.t.Errorf("not settled: %+v, %d points", counts, points)
	}
	misscoped, err := p.store.ListMisscoped(ctx, p.space.ID(), "", uuid.Nil, 10)
	if err != nil || len(misscoped) > 0 {
		w.t.Errorf("%d points of a wrong scope: %v", len(misscoped), err)
	}
}
