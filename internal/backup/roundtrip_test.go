package backup

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/ingest"
)

// archive is the archive as it would come over the network.
func (p *place) archive() (io.ReadCloser, error) {
	var b bytes.Buffer
	err := Write(background(p), p.store, p.index, &b)
	return io.NopCloser(&b), err
}

// TestRoundTrips moves a book from embedded mode to full mode, on to another of its kind, and back.
func TestRoundTrips(t *testing.T) {
	from := embedded(t, 32)
	from.fill()
	want, found := from.contents(), from.found()
	if len(want.Documents) != 4 || len(found) < 20 {
		t.Fatalf("%d documents, %d found: the test does not test", len(want.Documents), len(found))
	}
	for _, next := range []struct {
		name string
		open func(*testing.T, int) *place
	}{{"embedded to full", full}, {"full to full", full}, {"full to embedded", embedded}} {
		path, summary := from.backUp()
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%s: %v %v", next.name, info.Mode(), err)
		}
		to := next.open(t, 32)
		before := to.embedder.Texts()
		done := to.mustRestore(path)
		if summary.Missing != 0 || done.Reused != summary.Chunks || to.embedder.Texts() != before {
			t.Errorf("%s: %+v of %+v, %d texts embedded", next.name, done, summary,
				to.embedder.Texts()-before)
		}
		equal(t, to.contents(), want)
		equal(t, to.found(), found)
		to.agree()
		from = to
	}
}

// TestRestoreKeepsIngestIncremental: what was ingested from a folder is unchanged after the move.
func TestRestoreKeepsIngestIncremental(t *testing.T) {
	from, to := embedded(t, 32), embedded(t, 32)
	request := ingest.Request{OwnerID: from.local.ID, DocID: "d", Text: page("fox", 3)}
	from.put(request)
	path, _ := from.backUp()
	to.mustRestore(path)
	request.OwnerID = to.local.ID
	result, err := to.ingest.Ingest(t.Context(), request)
	if err != nil || result.Status != ingest.Unchanged {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestAnotherEmbedder: vectors of another space are no use, and everything is embedded again.
func TestAnotherEmbedder(t *testing.T) {
	from, to, direct := embedded(t, 32), embedded(t, 64), embedded(t, 64)
	from.fill()
	path, summary := from.backUp()
	done := to.mustRestore(path)
	if done.Reused != 0 || done.Embedded != summary.Chunks || done.Space == done.ArchiveSpace {
		t.Errorf("%+v of %+v", done, summary)
	}
	equal(t, to.contents(), from.contents())
	to.agree()
	direct.fill() // what the other embedder makes of the same pages
	equal(t, to.found(), direct.found())
}

// TestPointsThatAreGone: chunks whose points were deleted between the snapshot and their turn are
// embedded again.
func TestPointsThatAreGone(t *testing.T) {
	from, to := embedded(t, 32), full(t, 32)
	from.fill()
	want, found := from.contents(), from.found()
	refs, err := from.store.ListReferences(t.Context(), from.space.ID(), uuid.Nil, 3)
	from.ok(err)
	for _, r := range refs {
		from.ok(from.index.Delete(t.Context(), from.space.ID(), []uuid.UUID{r.VectorID}))
	}
	path, summary := from.backUp()
	done := to.mustRestore(path)
	if summary.Missing != 3 || done.Embedded != 3 || done.Reused != summary.Chunks-3 {
		t.Errorf("%+v of %+v", done, summary)
	}
	equal(t, to.contents(), want)
	equal(t, to.found(), found)
	to.agree()
}

// TestWithoutCollection: an index that was dropped has no vectors; the archive is whole without.
func TestWithoutCollection(t *testing.T) {
	from, to := embedded(t, 32), embedded(t, 32)
	from.fill()
	from.ok(from.index.Drop(t.Context(), from.space.ID()))
	path, summary := from.backUp()
	if done := to.mustRestore(path); summary.Vectors != 0 || done.Embedded != summary.Chunks {
		t.Errorf("%+v of %+v", done, summary)
	}
	equal(t, to.contents(), from.contents())
	to.agree()
}

// TestEmptyBook: a book without anything is moved, too.
func TestEmptyBook(t *testing.T) {
	path, _ := embedded(t, 32).backUp()
	done := full(t, 32).mustRestore(path)
	if done.Documents != 0 || done.Accounts != 1 {
		t.Errorf("%+v", done)
	}
}
