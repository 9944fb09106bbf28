package ingest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/store"
)

// target brings a folder into the fixture's stores as alice.
type target struct{ *fixture }

func (t target) Put(ctx context.Context, r Request) (Result, error) {
	r.OwnerID = alice
	return t.Ingest(ctx, r)
}

func (t target) Remove(ctx context.Context, docID string) error {
	return t.Delete(ctx, docID, alice)
}

func (t target) SourceDocuments(ctx context.Context, source string) ([]book.Document, error) {
	return t.store.ListDocuments(ctx, store.DocumentQuery{
		View: book.View{UserID: alice}, Source: source, OwnerID: alice, Limit: 1000,
	})
}

// folder writes files and returns their folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (f *fixture) sync(dir string, o SyncOptions) (Summary, map[string]FileStatus, error) {
	f.t.Helper()
	site, err := docsite.Open(dir, docsite.Options{Kind: docsite.Plain})
	if err != nil {
		f.t.Fatal(err)
	}
	statuses := map[string]FileStatus{}
	o.Source = "guide"
	o.Report = func(r FileReport) {
		name := r.Path
		if name == "" {
			name = r.DocID
		}
		statuses[name] = r.Status
	}
	summary, err := Sync(context.Background(), site, target{f}, o)
	return summary, statuses, err
}

func TestSyncFollowsAFolder(t *testing.T) {
	f := newFixture(t)
	dir := folder(t, map[string]string{
		"a.md": page("one", "two"), "b.md": page("three"), "sub/c.md": page("four"),
		"bad.md": "a\x00b",
	})
	summary, statuses, err := f.sync(dir, SyncOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]FileStatus{
		"a.md": FileAdded, "b.md": FileAdded, "sub/c.md": FileAdded, "bad.md": FileFailed,
	}
	if diff := cmp.Diff(want, statuses); diff != "" {
		t.Error(diff)
	}
	if d := summary.Documents; d.Added != 3 || d.Failed != 1 || summary.Chunks.Added != 4 {
		t.Errorf("%+v", summary)
	}
	f.agree(0)

	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.md", page("one", "five"))
	write("bad.md", page("good"))
	if err := os.Remove(filepath.Join(dir, "b.md")); err != nil {
		t.Fatal(err)
	}
	summary, statuses, err = f.sync(dir, SyncOptions{Prune: true})
	if err != nil {
		t.Fatal(err)
	}
	want = map[string]FileStatus{
		"a.md": FileUpdated, "b.md": FileDeleted, "sub/c.md": FileUnchanged, "bad.md": FileAdded,
	}
	if diff := cmp.Diff(want, statuses); diff != "" {
		t.Error(diff)
	}
	if c := summary.Chunks; c.Added != 2 || c.Kept != 2 || c.Removed != 2 {
		t.Errorf("%+v", summary)
	}
	f.agree(0)
}

func TestPruneIsCareful(t *testing.T) {
	files := map[string]string{"a.md": page("one"), "b.md": page("two"), "c.md": page("three")}
	gone := func(t *testing.T, dir string, names ...string) {
		for _, name := range names {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	documents := func(f *fixture) int {
		counts, err := f.store.Counts(context.Background(), f.space.ID())
		if err != nil {
			f.t.Fatal(err)
		}
		return counts.Documents
	}

	t.Run("more than half", func(t *testing.T) {
		f, dir := newFixture(t), folder(t, files)
		f.sync(dir, SyncOptions{})
		gone(t, dir, "a.md", "b.md")
		if _, _, err := f.sync(dir, SyncOptions{Prune: true}); book.CodeOf(err) != book.Conflict {
			t.Errorf("got %v", err)
		}
		if n := documents(f); n != 3 {
			t.Errorf("%d documents are left", n)
		}
		if _, _, err := f.sync(dir, SyncOptions{Prune: true, Force: true}); err != nil {
			t.Error(err)
		}
		if n := documents(f); n != 1 {
			t.Errorf("%d documents are left after --force", n)
		}
	})
	t.Run("unreadable folder", func(t *testing.T) {
		f, dir := newFixture(t), folder(t, files)
		f.sync(dir, SyncOptions{})
		gone(t, dir, "a.md")
		site, err := docsite.Open(dir, docsite.Options{Kind: docsite.Plain})
		if err != nil {
			t.Fatal(err)
		}
		site.Problems = append(site.Problems, docsite.Problem{Path: "x", Err: errors.New("no")})
		_, err = Sync(context.Background(), site, target{f}, SyncOptions{Source: "guide", Prune: true})
		if book.CodeOf(err) != book.Conflict || documents(f) != 3 {
			t.Errorf("%v, %d documents", err, documents(f))
		}
	})
	t.Run("unreadable file", func(t *testing.T) {
		f, dir := newFixture(t), folder(t, files)
		f.sync(dir, SyncOptions{})
		gone(t, dir, "a.md")
		site, err := docsite.Open(dir, docsite.Options{Kind: docsite.Plain})
		if err != nil {
			t.Fatal(err)
		}
		gone(t, dir, "b.md") // between listing and reading
		summary, err := Sync(context.Background(), site, target{f},
			SyncOptions{Source: "guide", Prune: true})
		if book.CodeOf(err) != book.Conflict || documents(f) != 3 || summary.Documents.Failed != 1 {
			t.Errorf("%v, %d documents, %+v", err, documents(f), summary)
		}
	})
	t.Run("other sources", func(t *testing.T) {
		f, dir := newFixture(t), folder(t, files)
		f.mustPut(page("four")) // source api
		f.sync(dir, SyncOptions{})
		gone(t, dir, "a.md")
		if _, _, err := f.sync(dir, SyncOptions{Prune: true}); err != nil || documents(f) != 3 {
			t.Errorf("%v, %d documents", err, documents(f))
		}
	})
	t.Run("dry run", func(t *testing.T) {
		f, dir := newFixture(t), folder(t, files)
		f.sync(dir, SyncOptions{})
		gone(t, dir, "a.md")
		_, statuses, err := f.sync(dir, SyncOptions{Prune: true, DryRun: true})
		if err != nil || statuses["a.md"] != FileDeleted || documents(f) != 3 {
			t.Errorf("%v %v, %d documents", err, statuses, documents(f))
		}
	})
}

// interrupted is a target that is cancelled by the first document, and then fails as any would.
type interrupted struct {
	target
	cancel context.CancelFunc
}

func (i interrupted) Put(ctx context.Context, _ Request) (Result, error) {
	i.cancel()
	return Result{}, ctx.Err()
}

func TestInterruptedFilesHaveNotFailed(t *testing.T) {
	f := newFixture(t)
	site, err := docsite.Open(folder(t, map[string]string{"a.md": "one", "b.md": "two"}),
		docsite.Options{Kind: docsite.Plain})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	summary, err := Sync(ctx, site, interrupted{target{f}, cancel}, SyncOptions{Source: "guide"})
	if !errors.Is(err, context.Canceled) || summary.Documents.Failed != 0 {
		t.Errorf("%d failed, %v", summary.Documents.Failed, err)
	}
}

// hasty fails the first time it is given a document, with an error of its name's code.
type hasty struct {
	target
	mu   *sync.Mutex
	seen map[string]int
}

func (h hasty) Put(ctx context.Context, r Request) (Result, error) {
	h.mu.Lock()
	h.seen[r.DocID]++
	first := h.seen[r.DocID] == 1
	h.mu.Unlock()
	if first {
		return Result{}, book.Errorf(book.Code(strings.TrimSuffix(r.DocID, ".md")), "not now")
	}
	return h.target.Put(ctx, r)
}

func TestPagesThatNeedPatienceAreTriedAgain(t *testing.T) {
	f := newFixture(t)
	site, err := docsite.Open(folder(t, map[string]string{
		"deadline.md": page("one"), "unavailable.md": page("two"), "rate_limited.md": page("three"),
		"invalid.md": page("four"), "internal.md": page("five"),
	}), docsite.Options{Kind: docsite.Plain})
	if err != nil {
		t.Fatal(err)
	}
	h := hasty{target{f}, &sync.Mutex{}, map[string]int{}}
	summary, err := Sync(context.Background(), site, h, SyncOptions{Source: "guide"})
	if d := summary.Documents; err != nil || d.Added != 3 || d.Failed != 2 {
		t.Errorf("%+v, %v", d, err)
	}
	want := map[string]int{
		"deadline.md": 2, "unavailable.md": 2, "rate_limited.md": 2, "invalid.md": 1, "internal.md": 1,
	}
	if diff := cmp.Diff(want, h.seen); diff != "" {
		t.Error(diff)
	}
}
