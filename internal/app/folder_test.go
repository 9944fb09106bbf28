package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
)

// shelf is a target that records what it is asked to do.
type shelf struct {
	mu    sync.Mutex
	docs  map[string]bool
	asked []string
	fail  string // the doc_id that cannot be ingested
}

func (s *shelf) Put(_ context.Context, r ingest.Request) (ingest.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, "put "+r.DocID)
	if r.DocID == s.fail {
		return ingest.Result{}, book.Errorf(book.Invalid, "not this one")
	}
	s.docs[r.DocID] = true
	return ingest.Result{Status: ingest.Created}, nil
}

func (s *shelf) SourceDocuments(context.Context, string) ([]book.Document, error) {
	var docs []book.Document
	for docID := range s.docs {
		docs = append(docs, book.Document{DocID: docID})
	}
	return docs, nil
}

func (s *shelf) Remove(_ context.Context, docID string) error {
	s.asked = append(s.asked, "remove "+docID)
	delete(s.docs, docID)
	return nil
}

// TestFollowerReadsWhatChanged: only new, changed and failed pages are ingested again, and pages
// that have gone are removed.
func TestFollowerReadsWhatChanged(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.md", "# A\n\nApples.")
	write("b.md", "# B\n\nBears.")
	write("c.md", "# C\n\nCats.")
	target := &shelf{docs: map[string]bool{}, fail: "b.md"}
	f := follower{
		folder: Folder{Path: dir, Source: "s"}, target: target, log: slog.New(slog.DiscardHandler),
		state: new(atomic.Pointer[folderState]),
	}
	// inStep looks whether the last run succeeded, and how many files it did not ingest.
	inStep := func(want bool, failed int) {
		t.Helper()
		if s := f.state.Load(); s.succeeded.Equal(s.run) != want || s.failed != failed || s.run.IsZero() {
			t.Errorf("the folder's state is %+v, want in step: %v, failed: %d", s, want, failed)
		}
	}
	step := func(what string, want ...string) {
		t.Helper()
		target.asked = nil
		f.sync(t.Context())
		slices.Sort(target.asked)
		if diff := cmp.Diff(want, target.asked); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	step("at first", "put a.md", "put b.md", "put c.md")
	inStep(false, 1)
	target.fail = ""
	step("what failed is tried again", "put b.md")
	inStep(true, 0)
	step("nothing has changed")
	write("a.md", "# A\n\nApricots and apples.")
	write("d.md", "# D\n\nDogs.")
	step("a changed page and a new one", "put a.md", "put d.md")
	if err := os.Remove(filepath.Join(dir, "c.md")); err != nil {
		t.Fatal(err)
	}
	step("a page that has gone", "remove c.md")
	for _, name := range []string{"a.md", "b.md"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	step("more than half of the pages have gone")
	inStep(false, 0)
}
