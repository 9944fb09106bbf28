package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// page is a text of several chunks; each of the words has a section of its own.
func page(words ...string) string {
	var b strings.Builder
	b.WriteString("# The page\n")
	for _, w := range words {
		fmt.Fprintf(&b, "\n## About %s\n\n", w)
		for i := range 20 {
			fmt.Fprintf(&b, "Sentence %d says that %s is worth reading about. ", i, w)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (f *fixture) put(text string, change ...func(*Request)) (Result, error) {
	r := Request{OwnerID: alice, DocID: "doc", Text: text}
	for _, c := range change {
		c(&r)
	}
	return f.Ingest(context.Background(), r)
}

func (f *fixture) mustPut(text string, change ...func(*Request)) Result {
	f.t.Helper()
	result, err := f.put(text, change...)
	if err != nil {
		f.t.Fatal(err)
	}
	return result
}

func TestIngestKeepsUnchangedChunks(t *testing.T) {
	f := newFixture(t)
	first := f.mustPut(page("balance", "grasping", "sensing"))
	if first.Status != Created || first.ChunksIngested != 3 || first.Revision == 0 {
		t.Fatalf("first: %+v", first)
	}
	f.agree(0)
	embedded := f.embedder.Texts()

	same := f.mustPut(page("balance", "grasping", "sensing"))
	want := Result{Status: Unchanged, DocID: "doc", ChunksKept: 3, Revision: first.Revision}
	if diff := cmp.Diff(want, same); diff != "" {
		t.Errorf("again: %s", diff)
	}

	second := f.mustPut(page("balance", "walking", "sensing"))
	if second.Status != Updated || second.ChunksIngested != 1 || second.ChunksKept != 2 ||
		second.ChunksRemoved != 1 || second.Revision <= first.Revision {
		t.Errorf("second: %+v", second)
	}
	if n := f.embedder.Texts() - embedded; n != 1 {
		t.Errorf("%d texts were embedded for one new chunk", n)
	}
	f.agree(0)
}

// TestIngestNoticesEveryChange: unchanged means that all that is kept of a document is the same.
func TestIngestNoticesEveryChange(t *testing.T) {
	for name, change := range map[string]func(*Request){
		"title":      func(r *Request) { r.Title = "Another title" },
		"url":        func(r *Request) { r.URL = "https://example.org/doc" },
		"chapter":    func(r *Request) { r.Chapter = "Another chapter" },
		"metadata":   func(r *Request) { r.Metadata = map[string]any{"level": 2} },
		"visibility": func(r *Request) { r.Visibility = book.Private },
		"heading id": func(r *Request) { r.Text = strings.Replace(r.Text, "About two", "About two {#x}", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			first := f.mustPut(page("one", "two"))
			second := f.mustPut(page("one", "two"), change)
			if second.Status != Updated || second.Revision <= first.Revision {
				t.Errorf("%+v after %+v", second, first)
			}
			if again := f.mustPut(page("one", "two"), change); again.Status != Unchanged {
				t.Errorf("again: %+v", again)
			}
			f.agree(0)
		})
	}
}

func TestVisibilityStaysUnlessSaid(t *testing.T) {
	f := newFixture(t)
	f.mustPut(page("one"), func(r *Request) { r.Visibility = book.Private })
	f.mustPut(page("two"))
	doc, err := f.store.Document(context.Background(), "doc", book.View{UserID: alice})
	if err != nil || doc.Visibility != book.Private {
		t.Errorf("visibility %q: %v", doc.Visibility, err)
	}
	f.agree(0)
}

func TestConflicts(t *testing.T) {
	f := newFixture(t)
	f.mustPut(page("one"), func(r *Request) { r.Source = "guide" })
	_, err := f.put(page("two"), func(r *Request) { r.OwnerID, r.Source = bob, "guide" })
	if book.CodeOf(err) != book.Conflict {
		t.Errorf("another owner: %v", err)
	}
	_, err = f.put(page("two"))
	message := book.MessageOf(err)
	if book.CodeOf(err) != book.Conflict || !strings.Contains(message, `"guide"`) ||
		!strings.Contains(message, `"api"`) || !strings.Contains(message, "--take-over") {
		t.Errorf("another source: %v", err)
	}
	if r := f.mustPut(page("two"), func(r *Request) { r.TakeOver = true }); r.Status != Updated {
		t.Errorf("taken over: %+v", r)
	}
	f.agree(0)
}

func TestBadInputWritesNothing(t *testing.T) {
	huge := map[string]any{"x": strings.Repeat("y", MaxMetadataBytes)}
	for name, c := range map[string]struct {
		code   book.Code
		change func(*Request)
	}{
		"empty doc_id":      {book.Invalid, func(r *Request) { r.DocID = "" }},
		"path tricks":       {book.Invalid, func(r *Request) { r.DocID = "../etc/passwd" }},
		"empty text":        {book.Invalid, func(r *Request) { r.Text = "" }},
		"white space":       {book.Invalid, func(r *Request) { r.Text = " \n\t\n" }},
		"front matter only": {book.Invalid, func(r *Request) { r.Text = "---\na: b\n---\n" }},
		"invalid UTF-8":     {book.Invalid, func(r *Request) { r.Text = "a\xff" }},
		"NUL":               {book.Invalid, func(r *Request) { r.Text = "a\x00b" }},
		"script URL":        {book.Invalid, func(r *Request) { r.URL = "javascript:alert(1)" }},
		"other host":        {book.Invalid, func(r *Request) { r.URL = "//evil.example" }},
		"anchor":            {book.Invalid, func(r *Request) { r.URL = "https://a.example/#b" }},
		"visibility":        {book.Invalid, func(r *Request) { r.Visibility = "secret" }},
		"long title":        {book.TooLarge, func(r *Request) { r.Title = strings.Repeat("t", 2000) }},
		"huge metadata":     {book.TooLarge, func(r *Request) { r.Metadata = huge }},
		"huge text":         {book.TooLarge, func(r *Request) { r.Text = strings.Repeat("a ", 9<<20) }},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			_, err := f.put(page("one"), c.change)
			if book.CodeOf(err) != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
			f.agree(0)
			if f.index.upserted != 0 {
				t.Error("points were written")
			}
		})
	}
}

func TestEmbedderThatBreaksItsPromises(t *testing.T) {
	for _, fault := range []embedtest.Fault{
		embedtest.MissingVector, embedtest.SurplusVector, embedtest.WrongDimensions,
		embedtest.NaNVector, embedtest.InfiniteVector, embedtest.ZeroVector,
	} {
		f := newFixture(t)
		f.embedder.Misbehave(fault)
		_, err := f.put(page("one"))
		if book.CodeOf(err) != book.Unavailable || f.index.upserted != 0 {
			t.Errorf("fault %d: %v, %d points written", fault, err, f.index.upserted)
		}
		f.agree(0)
		f.embedder.Misbehave(embedtest.NoFault)
		f.mustPut(page("one"))
		f.agree(0)
	}
}

func TestFailedUpsertLeavesNothing(t *testing.T) {
	down := book.Errorf(book.Unavailable, "down")
	for name, c := range map[string]struct {
		err     error
		applied bool
		watched int // ledger rows that stay for a day
	}{
		"refused":            {down, false, 0},
		"written, then lost": {down, true, 0},
		"may land":           {errors.Join(down, vector.ErrMayLand), true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.index.failNext(c.err, c.applied)
			if _, err := f.put(page("one")); book.CodeOf(err) != book.Unavailable {
				t.Errorf("got %v", err)
			}
			f.agree(c.watched)
			f.clock.advance(2 * store.LateWatch)
			f.settleAll()
			f.agree(0)
			f.mustPut(page("one"))
		})
	}
}

// TestLateWriteLandsAgain: an attempt that timed out takes effect after its id was settled once; the second
// settling removes the point.
func TestLateWriteLandsAgain(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	var late vector.Point
	f.index.failNext(errors.Join(book.Errorf(book.Deadline, "slow"), vector.ErrMayLand), false)
	if _, err := f.put(page("one")); err == nil {
		t.Fatal("no error")
	}
	entries := f.onLedger()
	late = vector.Point{ID: entries[0], DocID: "doc", ChunkID: uuid.New(), Scope: book.ScopePublic}
	late.Sparse = book.SparseVector{Indices: []uint32{7}, Values: []float32{1}}
	if err := f.index.Index.Upsert(ctx, f.space.ID(), []vector.Point{late}); err != nil {
		t.Fatal(err)
	}
	f.settleAll() // too early: the row is on watch
	f.clock.advance(2 * store.LateWatch)
	f.settleAll()
	f.agree(0)
}

// TestLateButSuccessful: the point that was written stays, and its id stays on watch.
func TestLateButSuccessful(t *testing.T) {
	f := newFixture(t)
	f.index.failNext(vector.ErrLate, true)
	f.mustPut(page("one"))
	f.agree(1)
	f.settleAll()
	f.agree(1)
	f.clock.advance(2 * store.LateWatch)
	f.settleAll()
	f.agree(0)
}

// onLedger returns the ids on the ledger, on watch ones too.
func (f *fixture) onLedger() []uuid.UUID {
	f.t.Helper()
	f.clock.advance(2 * store.LateWatch)
	defer f.clock.advance(-2 * store.LateWatch)
	entries, err := f.store.ListDue(context.Background(), 1000)
	if err != nil || len(entries) == 0 {
		f.t.Fatalf("nothing on the ledger: %v", err)
	}
	ids := make([]uuid.UUID, len(entries))
	for i, e := range entries {
		ids[i] = e.VectorID
	}
	return ids
}

// TestSlowWriterIsRefused: a writer whose lease has ended and whose ids were made due must not
// commit, however late it wakes.
func TestSlowWriterIsRefused(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	points := []vector.Point{{
		ID: book.NewVectorID(), DocID: "doc", ChunkID: uuid.New(), Scope: book.ScopePublic,
		Sparse: book.SparseVector{Indices: []uint32{7}, Values: []float32{1}},
	}}
	err := f.write(ctx, f.space.ID(), points, func(ctx context.Context, _ bool) error {
		f.clock.advance(2 * f.lease)
		f.settleAll()
		_, err := f.store.CommitDocument(ctx, store.DocumentWrite{
			SpaceID: f.space.ID(), Text: "x", Fingerprint: "x",
			Document: book.Document{
				DocID: "doc", Title: "t", Chapter: "c", OwnerID: alice, Source: "api",
				Visibility: book.Public,
			},
			Chunks: []store.ChunkWrite{{
				Chunk:    book.Chunk{ChunkID: points[0].ChunkID, CharEnd: 1, Text: "x"},
				VectorID: points[0].ID,
			}},
		})
		return err
	})
	if !overtaken(err) {
		t.Errorf("the slow writer was not refused: %v", err)
	}
	f.clock.advance(2 * store.LateWatch)
	f.settleAll()
	f.agree(0)
}

func TestConcurrentIngestsOfOneDocument(t *testing.T) {
	f := newFixture(t)
	var writers sync.WaitGroup
	words := []string{"alpha", "beta", "gamma", "delta"}
	for i := range 8 {
		writers.Go(func() {
			w := words[i%len(words)]
			if _, err := f.put(page(w, "shared", words[(i+1)%len(words)])); err != nil &&
				book.CodeOf(err) != book.Conflict {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	f.settleAll()
	f.agree(0)
}

func TestDelete(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	first := f.mustPut(page("one", "two"))
	if err := f.Delete(ctx, "doc", alice); err != nil {
		t.Fatal(err)
	}
	f.agree(0)
	if err := f.Delete(ctx, "doc", alice); book.CodeOf(err) != book.NotFound {
		t.Errorf("twice: %v", err)
	}
	again := f.mustPut(page("one", "two"))
	if again.Status != Created || again.Revision <= first.Revision {
		t.Errorf("created anew: %+v after %+v", again, first)
	}
	f.agree(0)
}

func TestUpdateRewritesScopes(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	f.mustPut(page("one", "two"))
	embedded := f.embedder.Texts()
	private, owner := book.Private, bob
	for _, change := range []store.DocumentChange{{Visibility: &private}, {OwnerID: &owner}} {
		if _, err := f.Update(ctx, "doc", uuid.Nil, change); err != nil {
			t.Fatal(err)
		}
		f.agree(0)
	}
	references, err := f.store.ListReferences(ctx, f.space.ID(), uuid.Nil, 10)
	if err != nil || references[0].Scope != book.ScopeOf(book.Private, bob) {
		t.Errorf("%+v: %v", references, err)
	}
	if f.embedder.Texts() != embedded {
		t.Error("a change of scope embedded again")
	}
}
