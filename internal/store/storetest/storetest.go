// Package storetest is the conformance suite of the relational store: what the contract in package
// store says, as cases that every implementation passes.
package storetest

import (
	"context"
	"errors"
	"hash/fnv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// Place is where one store lives.
type Place struct {
	// Open opens the store. It is called again after the store was closed, and what was
	// acknowledged before must be there. The suite closes what it opened.
	Open func(t *testing.T) store.Store
	// Advance moves the store's clock on. Where it is nil, the suite waits for leases, and leaves
	// out what would take a day.
	Advance func(d time.Duration)
}

// Run runs the suite. Each call of fresh gives a place of its own, with an empty store.
func Run(t *testing.T, fresh func(t *testing.T) Place) {
	t.Run("Empty", func(t *testing.T) { testEmpty(t, fresh(t)) })
	for _, group := range []struct {
		name  string
		cases map[string]func(*fixture)
	}{
		{"Documents", documentCases},
		{"Commit", commitCases},
		{"Change", changeCases},
		{"Passages", passageCases},
		{"Points", pointCases},
		{"Ledger", ledgerCases},
		{"Spaces", spaceCases},
		{"SpaceChanges", spaceChangeCases},
		{"Audit", auditCases},
		{"Idempotency", idempotencyCases},
		{"Leadership", leadershipCases},
		{"Users", userCases},
		{"Keys", keyCases},
		{"Sessions", sessionCases},
		{"Attempts", attemptCases},
		{"Links", linkCases},
		{"Departures", departureCases},
		{"Conversations", conversationCases},
		{"Feedback", feedbackCases},
		{"Spending", spendingCases},
		{"Snapshots", snapshotCases},
		{"Restores", restoreCases},
		{"Context", contextCases},
		{"Concurrency", concurrencyCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for name, run := range group.cases {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					run(newFixture(t, fresh(t)))
				})
			}
		})
	}
}

// fixture is an open store with two accounts and an embedding space.
type fixture struct {
	*testing.T
	store.Store
	ctx      context.Context
	place    Place
	ann, bob book.User
	space    string
}

var firstSpace = book.Space{
	Provider: "static", Model: "suite", Dimensions: 4, PrefixVersion: 1, LexicalVersion: 2,
	DenseWeight: 0.25,
}

func newFixture(t *testing.T, place Place) *fixture {
	f := &fixture{T: t, Store: place.Open(t), ctx: t.Context(), place: place}
	t.Cleanup(func() { f.Close() })
	space, err := f.EnsureSpace(f.ctx, firstSpace)
	f.ok(err)
	f.space = space.ID()
	f.ann, f.bob = f.addUser("Ann"), f.addUser("Bob")
	return f
}

func (f *fixture) addUser(name string) book.User {
	f.Helper()
	u, err := f.CreateUser(f.ctx, book.User{
		ID: uuid.New(), Username: name, Email: name + "@example.org", Role: book.Editor,
	})
	f.ok(err)
	return u
}

// active returns the active space.
func (f *fixture) active() store.ActiveSpace {
	f.Helper()
	active, err := f.ActiveSpace(f.ctx)
	f.ok(err)
	return active
}

// reopen closes the store and opens it again.
func (f *fixture) reopen() {
	f.Helper()
	f.ok(f.Close())
	f.Store = f.place.Open(f.T)
}

// pass lets d pass on the store's clock.
func (f *fixture) pass(d time.Duration) {
	if f.place.Advance != nil {
		f.place.Advance(d)
		return
	}
	if d > time.Second {
		f.Skip("the store's clock cannot be moved")
	}
	time.Sleep(d)
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// fails checks that err is a *book.Error with this code and a message.
func (f *fixture) fails(err error, code book.Code) {
	f.Helper()
	var e *book.Error
	if !errors.As(err, &e) || e.Code != code || e.Message == "" {
		f.Fatalf("error %v, want code %s", err, code)
	}
}

// stale checks that err is the conflict of a write that was overtaken.
func (f *fixture) stale(err error) {
	f.Helper()
	f.fails(err, book.Conflict)
	if !errors.Is(err, store.ErrStale) {
		f.Fatalf("error %v has no ErrStale in its chain", err)
	}
}

func (f *fixture) equal(got, want any) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Fatalf("(-want +got)\n%s", diff)
	}
}

func viewOf(u book.User) book.View { return book.View{UserID: u.ID} }

var (
	nobody     = book.View{}
	everything = book.View{All: true}
)

const lease = time.Minute

func newIDs(n int) []uuid.UUID {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		ids[i] = book.NewVectorID()
	}
	return ids
}

// reserve puts n fresh ids on the ledger.
func (f *fixture) reserve(n int) []uuid.UUID {
	f.Helper()
	ids := newIDs(n)
	f.ok(f.Reserve(f.ctx, f.space, ids, lease))
	return ids
}

// draft is a write of Ann's public document with one chunk for each text: those that are there are
// kept, for the others ids are reserved.
func (f *fixture) draft(docID string, texts ...string) store.DocumentWrite {
	f.Helper()
	base, err := f.Baseline(f.ctx, docID, f.space)
	f.ok(err)
	w := store.DocumentWrite{
		SpaceID:      f.space,
		BaseRevision: base.Revision,
		Fingerprint:  strings.Join(texts, "|"),
		Text:         strings.Join(texts, "\n"),
		Document: book.Document{
			DocID: docID, Title: "Title of " + docID, Chapter: "One", Source: book.SourceAPI,
			URL: "/" + docID, OwnerID: f.ann.ID, Visibility: book.Public,
		},
	}
	kept := map[uuid.UUID]bool{}
	for _, id := range base.ChunkIDs {
		kept[id] = true
	}
	start := 0
	for i, id := range book.ChunkIDs(docID, texts) {
		c := store.ChunkWrite{Chunk: book.Chunk{
			ChunkID: id, Index: i, CharStart: start,
			CharEnd: start + utf8.RuneCountInString(texts[i]),
			Text:    texts[i], HeadingPath: []string{"Top", "Sub"}, Anchor: "sub",
		}}
		start = c.CharEnd + 1
		if !kept[id] {
			c.VectorID, c.Terms = book.NewVectorID(), termsOf(texts[i])
		}
		w.Chunks = append(w.Chunks, c)
	}
	f.ok(f.Reserve(f.ctx, f.space, written(w), lease))
	return w
}

// put writes Ann's document and returns what was written and the outcome.
func (f *fixture) put(docID string, texts ...string) (store.DocumentWrite, store.Committed) {
	f.Helper()
	w := f.draft(docID, texts...)
	return w, f.commit(w)
}

func (f *fixture) commit(w store.DocumentWrite) store.Committed {
	f.Helper()
	done, err := f.CommitDocument(f.ctx, w)
	f.ok(err)
	return done
}

// putPrivate writes Ann's private document.
func (f *fixture) putPrivate(docID string, texts ...string) store.DocumentWrite {
	f.Helper()
	w := f.draft(docID, texts...)
	w.Document.Visibility = book.Private
	f.commit(w)
	return w
}

// written returns the new vector ids of a write.
func written(w store.DocumentWrite) []uuid.UUID {
	var ids []uuid.UUID
	for _, c := range w.Chunks {
		if c.VectorID != uuid.Nil {
			ids = append(ids, c.VectorID)
		}
	}
	return ids
}

// termsOf hashes the words of a text.
func termsOf(text string) []uint32 {
	var terms []uint32
	for word := range strings.FieldsSeq(text) {
		h := fnv.New32a()
		h.Write([]byte(word))
		terms = append(terms, h.Sum32())
	}
	return terms
}

// points returns the vector id of each chunk of the space.
func (f *fixture) points() map[uuid.UUID]uuid.UUID {
	f.Helper()
	references, err := f.ListReferences(f.ctx, f.space, uuid.Nil, 10_000)
	f.ok(err)
	points := map[uuid.UUID]uuid.UUID{}
	for _, r := range references {
		points[r.ChunkID] = r.VectorID
	}
	return points
}

// due returns the rows to be settled now by id.
func (f *fixture) due() map[uuid.UUID]store.LedgerEntry {
	f.Helper()
	entries, err := f.ListDue(f.ctx, 10_000)
	f.ok(err)
	due := map[uuid.UUID]store.LedgerEntry{}
	for _, e := range entries {
		due[e.VectorID] = e
	}
	return due
}

// allDue checks that exactly ids are to be settled now.
func (f *fixture) allDue(ids ...uuid.UUID) {
	f.Helper()
	want, got := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for _, id := range ids {
		want[id] = true
	}
	for id := range f.due() {
		got[id] = true
	}
	f.equal(got, want)
}

// settle drops what is due, as a drain does.
func (f *fixture) settle() int {
	f.Helper()
	entries, err := f.ListDue(f.ctx, 10_000)
	f.ok(err)
	n, err := f.Drop(f.ctx, entries)
	f.ok(err)
	return n
}

func (f *fixture) stats() store.LedgerStats {
	f.Helper()
	stats, err := f.LedgerStats(f.ctx)
	f.ok(err)
	return stats
}

// rows returns how many rows are on the ledger.
func (f *fixture) rows() int {
	f.Helper()
	counts, err := f.Counts(f.ctx, f.space)
	f.ok(err)
	return counts.Ledger
}

func idsOf(entries []store.LedgerEntry) map[uuid.UUID]bool {
	ids := map[uuid.UUID]bool{}
	for _, e := range entries {
		ids[e.VectorID] = true
	}
	return ids
}

func setOf(ids ...uuid.UUID) map[uuid.UUID]bool {
	set := map[uuid.UUID]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return set
}
