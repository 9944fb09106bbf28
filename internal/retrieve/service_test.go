package retrieve_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/exact"
)

var (
	alice = uuid.MustParse("aaaaaaaa-0000-4000-8000-000000000001")
	bob   = uuid.MustParse("bbbbbbbb-0000-4000-8000-000000000002")
)

// index is an index that can be down, and that calls before and after around a search.
type index struct {
	vector.Index
	down   error
	before func()
	after  func()
	asked  int
}

func (x *index) Search(ctx context.Context, spaceID string, q vector.Query) (vector.Hits, error) {
	x.asked++
	if x.down != nil {
		return vector.Hits{}, x.down
	}
	if x.before != nil {
		x.before()
	}
	hits, err := x.Index.Search(ctx, spaceID, q)
	if x.after != nil {
		x.after()
	}
	return hits, err
}

type fixture struct {
	*retrieve.Service
	t        *testing.T
	store    *sqlite.Store
	index    *index
	embedder *embedtest.Fake
	ingest   *ingest.Service
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "lectern.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	file, err := exact.Open(filepath.Join(t.TempDir(), "vectors.bolt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	f := &fixture{
		t: t, store: s, index: &index{Index: file}, embedder: embedtest.NewFake(64),
	}
	space, err := s.EnsureSpace(ctx, f.embedder.Space())
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Ensure(ctx, space); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]uuid.UUID{"alice": alice, "bob": bob} {
		u := book.User{ID: id, Username: name, Email: name + "@example.org", Role: book.Editor}
		if _, err := s.CreateUser(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	set := embed.NewSet(f.embedder)
	f.ingest = ingest.New(s, file, set)
	f.Service = retrieve.New(s, f.index, set)
	return f
}

func (f *fixture) put(docID, text string, change ...func(*ingest.Request)) {
	f.t.Helper()
	r := ingest.Request{OwnerID: alice, DocID: docID, Text: text, URL: "/" + docID}
	for _, c := range change {
		c(&r)
	}
	if _, err := f.ingest.Ingest(context.Background(), r); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) search(r retrieve.Request) retrieve.Result {
	f.t.Helper()
	found, err := f.Search(context.Background(), r)
	if err != nil {
		f.t.Fatal(err)
	}
	return found
}

func docIDs(passages []book.Passage) []string {
	ids := []string{}
	for _, p := range passages {
		ids = append(ids, p.DocID)
	}
	return ids
}

// about is a page of some chunks about a word.
func about(word string) string {
	var b strings.Builder
	for section := range 3 {
		fmt.Fprintf(&b, "## Part %d of %s\n\n", section, word)
		for line := range 15 {
			fmt.Fprintf(&b, "Line %d of part %d tells how a %s moves. ", line, section, word)
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

func TestSearchFindsAndScores(t *testing.T) {
	f := newFixture(t)
	f.put("gripper", about("gripper"))
	f.put("walker", about("walker"))
	found := f.search(retrieve.Request{Question: "How does the gripper move?", TopK: 3})
	if len(found.Passages) == 0 || found.Passages[0].DocID != "gripper" {
		t.Fatalf("%v", docIDs(found.Passages))
	}
	p := found.Passages[0]
	if p.Scores.Dense == nil || p.Scores.Sparse == nil || p.Score <= 0 || p.Score > 1 {
		t.Errorf("scores %+v of %+v", p.Score, p.Scores)
	}
	if !strings.HasPrefix(p.URL, "/gripper#part-") || p.Title != "gripper" || p.Revision == 0 {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff([]string{}, found.Degraded); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyBook(t *testing.T) {
	f := newFixture(t)
	if found := f.search(retrieve.Request{Question: "anything"}); len(found.Passages) != 0 {
		t.Errorf("%+v", found)
	}
}

func TestPrivateDocumentsAreTheirOwners(t *testing.T) {
	f := newFixture(t)
	f.put("public", about("walker"))
	f.put("secret", about("gripper"), func(r *ingest.Request) { r.Visibility = book.Private })
	question := "How does the gripper move?"
	marked := retrieve.Selection{Text: "Line 3 of part 1 tells how a gripper moves."}
	for _, r := range []retrieve.Request{
		{Question: question},
		{Question: question, View: book.View{UserID: bob}},
		{Question: question, View: book.View{UserID: bob}, Selection: marked},
	} {
		if ids := docIDs(f.search(r).Passages); slices.Contains(ids, "secret") {
			t.Errorf("%+v finds %v", r, ids)
		}
	}
	_, err := f.Search(context.Background(), retrieve.Request{
		Question: question, Selection: retrieve.Selection{DocID: "secret"},
	})
	if book.CodeOf(err) != book.NotFound {
		t.Errorf("by its name: %v", err)
	}
	own := f.search(retrieve.Request{Question: question, View: book.View{UserID: alice}})
	if own.Passages[0].DocID != "secret" {
		t.Errorf("its owner finds %v", docIDs(own.Passages))
	}
}

func TestIndexDown(t *testing.T) {
	f := newFixture(t)
	f.put("gripper", about("gripper"))
	f.put("secret", about("gripper"), func(r *ingest.Request) { r.Visibility = book.Private })
	f.index.down = book.Errorf(book.Unavailable, "down")
	found := f.search(retrieve.Request{Question: "How does the gripper move?"})
	if len(found.Passages) == 0 || slices.Contains(docIDs(found.Passages), "secret") {
		t.Errorf("%v", docIDs(found.Passages))
	}
	if diff := cmp.Diff([]string{retrieve.DegradedIndex}, found.Degraded); diff != "" {
		t.Error(diff)
	}
	f.index.down = nil
	if found = f.search(retrieve.Request{Question: "gripper"}); len(found.Degraded) != 0 {
		t.Errorf("still degraded: %v", found.Degraded)
	}
}

func TestEmbedderDown(t *testing.T) {
	f := newFixture(t)
	f.put("gripper", about("gripper"))
	f.embedder.Fail(book.Errorf(book.Unavailable, "down"))
	found := f.search(retrieve.Request{Question: "How does the gripper move?"})
	if len(found.Passages) == 0 || found.Passages[0].Scores.Dense != nil {
		t.Errorf("%+v", found.Passages)
	}
	if diff := cmp.Diff([]string{retrieve.DegradedEmbedder}, found.Degraded); diff != "" {
		t.Error(diff)
	}
}

// TestReingestBetweenTheRoundTrips: the reader sees the new version, not a hole.
func TestReingestBetweenTheRoundTrips(t *testing.T) {
	f := newFixture(t)
	f.put("page", about("gripper"))
	f.index.after = func() {
		f.index.after = nil
		f.put("page", about("gripper")+"\n## New\n\nThe gripper is new now, and moves.")
		f.put("page", strings.ReplaceAll(about("gripper"), "tells", "shows"))
	}
	found := f.search(retrieve.Request{Question: "How does the gripper move?"})
	if len(found.Passages) == 0 || !strings.Contains(found.Passages[0].Text, "shows") {
		t.Errorf("%+v", found.Passages)
	}
	if len(found.Degraded) != 0 || f.index.asked != 2 {
		t.Errorf("degraded %v after asking %d times", found.Degraded, f.index.asked)
	}
}

// TestReingestAllTheWhile: a search that is overtaken every time ends, and says so.
func TestReingestAllTheWhile(t *testing.T) {
	f := newFixture(t)
	edition := 0
	f.index.after = func() {
		edition++
		f.put("page", strings.ReplaceAll(about("gripper"), "tells", fmt.Sprintf("tells%d", edition)))
	}
	f.index.after()
	found := f.search(retrieve.Request{Question: "How does the gripper move?"})
	if diff := cmp.Diff([]string{retrieve.DegradedIndexLag}, found.Degraded); diff != "" {
		t.Error(diff)
	}
}

// TestDeadHitsDoNotLast: points that are not settled yet cost one more look and degrade nothing.
func TestDeadHitsDoNotLast(t *testing.T) {
	f := newFixture(t)
	f.put("page", about("gripper"))
	space := f.embedder.Space().ID()
	var points []vector.Point
	for range 5 {
		points = append(points, vector.Point{
			ID: book.NewVectorID(), DocID: "page", ChunkID: uuid.New(), Scope: book.ScopePublic,
			Sparse: sparse("gripper move"),
		})
	}
	if err := f.index.Upsert(context.Background(), space, points); err != nil {
		t.Fatal(err)
	}
	found := f.search(retrieve.Request{Question: "How does the gripper move?"})
	if len(found.Passages) == 0 || len(found.Degraded) != 0 || f.index.asked != 2 {
		t.Errorf("%v, degraded %v, asked %d times", docIDs(found.Passages), found.Degraded,
			f.index.asked)
	}
}

// TestReplacedBeforeItWasSeenAlive: a point that a first look found before its chunk referred to it is
// not taken for dead by the second, when its chunk has referred to it and was replaced meanwhile.
func TestReplacedBeforeItWasSeenAlive(t *testing.T) {
	f := newFixture(t)
	ctx, space := context.Background(), f.embedder.Space()
	f.put("page", about("gripper"))
	bases := f.bases()
	var points []vector.Point
	var puts []store.PointPut
	for _, b := range bases {
		p := vector.Point{
			ID: book.NewVectorID(), DocID: b.DocID, ChunkID: b.ChunkID, Scope: b.Scope,
			Sparse: sparse("gripper move"),
		}
		points = append(points, p)
		puts = append(puts, store.PointPut{
			ChunkID: b.ChunkID, OldID: b.VectorID, NewID: p.ID, Scope: b.Scope,
		})
	}
	if err := f.store.Reserve(ctx, space.ID(), pointIDs(points), time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := f.index.Upsert(ctx, space.ID(), points); err != nil {
		t.Fatal(err)
	}
	f.index.after = func() { // the second time: all of it is replaced between the round trips
		f.index.after = func() {
			f.index.after = nil
			f.put("page", strings.ReplaceAll(about("gripper"), "tells", "shows"))
		}
	}
	f.index.before = func() { // the second time: the points are alive by now, the old ones gone
		f.index.before = func() {
			f.index.before = nil
			_, released, err := f.store.CommitPoints(ctx, space.ID(), puts, false)
			if err == nil {
				err = f.ingest.Settle(ctx, released)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	found := f.search(retrieve.Request{Question: "How does the gripper move?"})
	if len(found.Passages) == 0 || !strings.Contains(found.Passages[0].Text, "shows") {
		t.Errorf("%+v, degraded %v", found.Passages, found.Degraded)
	}
}

// bases returns all chunks.
func (f *fixture) bases() []store.PointBase {
	f.t.Helper()
	ctx, space := context.Background(), f.embedder.Space().ID()
	references, err := f.store.ListReferences(ctx, space, uuid.Nil, 100)
	if err != nil {
		f.t.Fatal(err)
	}
	var chunks []uuid.UUID
	for _, r := range references {
		chunks = append(chunks, r.ChunkID)
	}
	bases, err := f.store.PointBases(ctx, space, chunks)
	if err != nil {
		f.t.Fatal(err)
	}
	return bases
}

func pointIDs(points []vector.Point) (ids []uuid.UUID) {
	for _, p := range points {
		ids = append(ids, p.ID)
	}
	return ids
}

// TestCopiesLeaveRoom: more copies of a page than are looked at first do not keep out the rest.
func TestCopiesLeaveRoom(t *testing.T) {
	f := newFixture(t)
	for i := range 20 {
		f.put(fmt.Sprintf("copy%d", i), "# Gripper\n\nA gripper moves as the gripper moves.")
	}
	f.put("other", "# Hand\n\nOnce upon a time, long before there were robots, a hand had to "+
		"do what a gripper does today.")
	found := f.search(retrieve.Request{Question: "How does the gripper move?", TopK: 2})
	ids := docIDs(found.Passages)
	if len(ids) != 2 || ids[1] != "other" || len(found.Degraded) != 0 || f.index.asked != 1 {
		t.Errorf("%v, degraded %v, asked %d times", ids, found.Degraded, f.index.asked)
	}
}

// TestReingestAfterTheSelectionWasLocated: the marked passage and the others are of one revision.
func TestReingestAfterTheSelectionWasLocated(t *testing.T) {
	f := newFixture(t)
	f.put("page", about("gripper"))
	f.index.after = func() {
		f.index.after = nil
		f.put("page", "A new first line.\n\n"+about("gripper"))
	}
	found := f.search(retrieve.Request{
		Question:  "How does the gripper move?",
		Selection: retrieve.Selection{Text: "Line 3 of part 1 tells how a gripper moves."},
	})
	if len(found.Passages) == 0 {
		t.Fatal("nothing found")
	}
	for _, p := range found.Passages {
		if p.Revision != found.Passages[0].Revision {
			t.Errorf("revisions %d and %d", found.Passages[0].Revision, p.Revision)
		}
	}
	if !strings.Contains(found.Passages[0].Text, "Line 3 of part 1") || len(found.Degraded) != 0 {
		t.Errorf("degraded %v, first passage %.60q", found.Degraded, found.Passages[0].Text)
	}
}

func TestSelection(t *testing.T) {
	f := newFixture(t)
	chapter := func(name string) func(*ingest.Request) {
		return func(r *ingest.Request) { r.Chapter = name }
	}
	f.put("gripper", about("gripper"), chapter("Hands"))
	f.put("walker", about("walker")+"\n## Balance\n\nThe **zero-moment point** stays\n"+
		"inside the [support polygon](/x).\n", chapter("Legs"))
	f.put("runner", about("runner"), chapter("Legs"))

	t.Run("leads the passages", func(t *testing.T) {
		found := f.search(retrieve.Request{
			Question: "What does this say about a gripper?",
			// As the rendered page shows it: without markup, on one line.
			Selection: retrieve.Selection{Text: "zero-moment point stays inside the support polygon"},
		})
		if !found.Located {
			t.Error("not located")
		}
		first := found.Passages[0]
		if first.DocID != "walker" || !strings.Contains(first.Text, "zero-moment") {
			t.Errorf("%v", docIDs(found.Passages))
		}
		if !slices.Contains(docIDs(found.Passages), "gripper") {
			t.Error("nothing beyond the marked passage")
		}
	})
	t.Run("from elsewhere", func(t *testing.T) {
		// Marked words that are not the book's are no part of what it must hold evidence for.
		r := retrieve.Request{
			Question:  "How does the gripper move?",
			Selection: retrieve.Selection{Text: "My bicycle fell over yesterday evening again"},
		}
		found := f.search(r)
		enough, err := f.Evidence(context.Background(), r, found)
		if err != nil || !enough || found.Located {
			t.Errorf("evidence %v, located %v, %v", enough, found.Located, err)
		}
		r.Question = "What does this mean?"
		enough, err = f.Evidence(context.Background(), r, f.search(r))
		if err != nil || enough {
			t.Errorf("a vague question about other words: evidence %v, %v", enough, err)
		}
	})
	t.Run("document", func(t *testing.T) {
		found := f.search(retrieve.Request{
			Question: "gripper moves", Selection: retrieve.Selection{DocID: "runner"},
		})
		for _, id := range docIDs(found.Passages) {
			if id != "runner" {
				t.Errorf("found %s", id)
			}
		}
	})
	t.Run("chapter", func(t *testing.T) {
		found := f.search(retrieve.Request{
			Question: "How does it move?", Selection: retrieve.Selection{Chapter: "Legs"},
		})
		ids := docIDs(found.Passages)
		if len(ids) == 0 || slices.Contains(ids, "gripper") {
			t.Errorf("found %v", ids)
		}
	})
	t.Run("document of another chapter", func(t *testing.T) {
		found := f.search(retrieve.Request{
			Question:  "gripper",
			Selection: retrieve.Selection{DocID: "gripper", Chapter: "Legs"},
		})
		if len(found.Passages) != 0 {
			t.Errorf("found %v", docIDs(found.Passages))
		}
	})
	for name, selection := range map[string]retrieve.Selection{
		"unknown document": {DocID: "nowhere"}, "unknown chapter": {Chapter: "Nowhere"},
	} {
		_, err := f.Search(context.Background(), retrieve.Request{
			Question: "gripper", Selection: selection,
		})
		if book.CodeOf(err) != book.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadRequests(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct {
		request retrieve.Request
		code    book.Code
	}{
		"empty":          {retrieve.Request{Question: " \n"}, book.Invalid},
		"invalid UTF-8":  {retrieve.Request{Question: "a\xff"}, book.Invalid},
		"long":           {retrieve.Request{Question: strings.Repeat("a ", 9000)}, book.TooLarge},
		"negative top_k": {retrieve.Request{Question: "a", TopK: -1}, book.Invalid},
		"large top_k":    {retrieve.Request{Question: "a", TopK: 51}, book.Invalid},
		"bad doc_id": {retrieve.Request{
			Question: "a", Selection: retrieve.Selection{DocID: "../x"},
		}, book.Invalid},
		"long selection": {retrieve.Request{
			Question: "a", Selection: retrieve.Selection{Text: strings.Repeat("x", 40000)},
		}, book.TooLarge},
	} {
		if _, err := f.Search(context.Background(), c.request); book.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func sparse(text string) book.SparseVector {
	indices, values := lexical.DocumentWeights(text)
	return book.SparseVector{Indices: indices, Values: values}
}
