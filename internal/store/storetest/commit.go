package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var commitCases = map[string]func(*fixture){
	"ReplacesAndLetsGo": func(f *fixture) {
		old, first := f.put("d", "alpha", "beta", "gamma")
		w, second := f.put("d", "beta", "delta")
		if second.Revision <= first.Revision {
			f.Errorf("revision %d after %d", second.Revision, first.Revision)
		}
		f.equal(second.Removed, 2)
		gone := setOf(old.Chunks[0].VectorID, old.Chunks[2].VectorID)
		f.equal(idsOf(second.Released), gone)
		for _, e := range second.Released {
			f.equal(e, store.LedgerEntry{VectorID: e.VectorID, SpaceID: f.space, Seq: e.Seq})
			f.equal(f.due()[e.VectorID], e)
		}
		f.reopen()
		f.allDue(old.Chunks[0].VectorID, old.Chunks[2].VectorID)
		f.equal(f.points(), map[uuid.UUID]uuid.UUID{
			old.Chunks[1].ChunkID: old.Chunks[1].VectorID,
			w.Chunks[1].ChunkID:   w.Chunks[1].VectorID,
		})
		chunks, err := f.ListChunks(f.ctx, "d", nobody, -1, 10)
		f.ok(err)
		f.equal(textsOf(chunks), []string{"beta", "delta"})
		resolved, err := f.Resolve(f.ctx, f.active(), written(old), nobody)
		f.ok(err)
		f.equal(len(resolved), 1)
		f.equal(resolved[old.Chunks[1].VectorID].Revision, second.Revision)
	},

	"KeptChunksMove": func(f *fixture) {
		f.put("d", "a", "b", "c", "e")
		before := f.points()
		w := f.draft("d", "c", "a", "e", "b")
		f.equal(len(written(w)), 0)
		for i := range w.Chunks {
			w.Chunks[i].HeadingPath = []string{"New", fmt.Sprint(i)}
			w.Chunks[i].Anchor = fmt.Sprintf("new-%d", i)
		}
		done := f.commit(w)
		f.equal(done.Removed, 0)
		f.equal(len(done.Released), 0)
		f.equal(f.points(), before)
		chunks, err := f.ListChunks(f.ctx, "d", nobody, -1, 10)
		f.ok(err)
		for i, c := range chunks {
			f.equal(c, w.Chunks[i].Chunk)
		}
		found, err := f.SearchTerms(f.ctx, termsOf("c"), nobody, nil, 10)
		f.ok(err)
		f.equal(len(found), 1)
		f.equal(found[0].ChunkIndex, 0)
	},

	"KeepsOwnerAndCreation": func(f *fixture) {
		f.put("d", "a")
		before, err := f.Document(f.ctx, "d", nobody)
		f.ok(err)
		f.pass(2 * time.Millisecond)
		w := f.draft("d", "b")
		w.Document.Source, w.Document.Visibility = "elsewhere", book.Private
		f.commit(w)
		after, err := f.Document(f.ctx, "d", viewOf(f.ann))
		f.ok(err)
		f.equal(after.CreatedAt, before.CreatedAt)
		f.equal(after.OwnerID, f.ann.ID)
		f.equal(after.Source, "elsewhere")
		f.equal(after.Visibility, book.Private)
		if !after.UpdatedAt.After(before.UpdatedAt) {
			f.Errorf("updated %v, before %v", after.UpdatedAt, before.UpdatedAt)
		}
	},

	"ChunkThereGetsNewPoint": func(f *fixture) {
		old, _ := f.put("d", "a", "b")
		w := f.draft("d", "a", "b")
		w.Chunks[0].VectorID = f.reserve(1)[0]
		done := f.commit(w)
		f.equal(done.Removed, 0)
		f.equal(idsOf(done.Released), setOf(old.Chunks[0].VectorID))
		f.equal(f.points(), map[uuid.UUID]uuid.UUID{
			old.Chunks[0].ChunkID: w.Chunks[0].VectorID,
			old.Chunks[1].ChunkID: old.Chunks[1].VectorID,
		})
		f.allDue(old.Chunks[0].VectorID)
	},

	"Late": func(f *fixture) {
		w := f.draft("d", "a")
		w.Late = true
		done := f.commit(w)
		id := w.Chunks[0].VectorID
		f.equal(len(done.Released), 1)
		f.equal(done.Released[0].Referenced, true)
		f.equal(f.due()[id], done.Released[0])
		n, err := f.Drop(f.ctx, done.Released)
		f.ok(err)
		f.equal(n, 1)
		f.allDue()
		f.equal(f.stats().Watched, 1)
		// Let go while it is watched: settled at once, and watched to the same end.
		f.put("d", "b")
		f.equal(f.due()[id].Referenced, false)
		f.equal(f.settle(), 1)
		f.equal(f.stats().Watched, 1)
		f.pass(store.LateWatch)
		f.allDue(id)
		f.equal(f.settle(), 1)
		f.equal(f.rows(), 0)
	},

	"StaleRevision": func(f *fixture) {
		f.put("d", "a")
		first := f.draft("d", "b")
		second := f.draft("d", "c")
		f.commit(first)
		f.refusedAsStale(second)

		missing := f.draft("none", "x")
		missing.BaseRevision = second.BaseRevision
		f.refusedAsStale(missing)

		there := f.draft("d", "y")
		there.BaseRevision = 0
		f.refusedAsStale(there)
	},

	"StaleAfterDeleteAndCreate": func(f *fixture) {
		_, first := f.put("d", "a")
		slow := f.draft("d", "b")
		_, err := f.DeleteDocument(f.ctx, "d", uuid.Nil)
		f.ok(err)
		f.reopen()
		_, again := f.put("d", "a")
		if again.Revision <= first.Revision {
			f.Errorf("revision %d after delete and create, %d before", again.Revision, first.Revision)
		}
		f.refusedAsStale(slow)
	},

	"TwiceIsStale": func(f *fixture) {
		w, _ := f.put("d", "a")
		_, err := f.CommitDocument(f.ctx, w)
		f.stale(err)
		f.equal(f.rows(), 0)
		f.equal(len(f.points()), 1)
	},

	"StaleSpace": func(f *fixture) {
		w := f.draft("d", "a")
		w.SpaceID = "another"
		f.refusedAsStale(w)
	},

	"StaleLedger": func(f *fixture) {
		w := f.draft("d", "a", "b")
		lost := book.NewVectorID() // never reserved
		w.Chunks[1].VectorID, lost = lost, w.Chunks[1].VectorID
		_, err := f.CommitDocument(f.ctx, w)
		f.stale(err)
		f.allDue(w.Chunks[0].VectorID)
		_, err = f.Abandon(f.ctx, []uuid.UUID{lost}, false)
		f.ok(err)

		w = f.draft("d", "c", "e")
		_, err = f.Abandon(f.ctx, []uuid.UUID{w.Chunks[0].VectorID}, false)
		f.ok(err)
		f.refusedAsStale(w)
	},

	"StaleLease": func(f *fixture) {
		w := f.draft("d", "a")
		ids := newIDs(1)
		f.ok(f.Reserve(f.ctx, f.space, ids, time.Millisecond))
		w.Chunks[0].VectorID = ids[0]
		f.pass(5 * time.Millisecond)
		n, err := f.ExpireLeases(f.ctx, 10)
		f.ok(err)
		f.equal(n, 1)
		_, err = f.CommitDocument(f.ctx, w)
		f.stale(err)
		_, err = f.Document(f.ctx, "d", everything)
		f.fails(err, book.NotFound)
	},

	"AnEndedLeaseCommitsUntilItIsExpired": func(f *fixture) {
		w := f.draft("d", "a")
		ids := newIDs(1)
		f.ok(f.Reserve(f.ctx, f.space, ids, time.Millisecond))
		w.Chunks[0].VectorID = ids[0]
		f.pass(5 * time.Millisecond)
		f.commit(w)
	},

	"StaleKeptChunk": func(f *fixture) {
		f.put("d", "a")
		w := f.draft("d", "a", "b", "c")
		_, err := f.Abandon(f.ctx, []uuid.UUID{w.Chunks[1].VectorID}, false)
		f.ok(err)
		f.equal(f.settle(), 1)
		w.Chunks[1].VectorID = uuid.Nil // says that b is there
		_, err = f.CommitDocument(f.ctx, w)
		f.stale(err)
		f.allDue(w.Chunks[2].VectorID)
	},

	"RefusedLate": func(f *fixture) {
		f.put("d", "a")
		w := f.draft("d", "b")
		f.put("d", "c")
		f.settle()
		w.Late = true
		f.refusedAsStale(w)
		f.equal(f.settle(), 1)
		f.equal(f.stats().Watched, 1)
	},

	"OwnerConflict": func(f *fixture) {
		f.put("d", "a")
		before, text, err := f.Text(f.ctx, "d", nobody)
		f.ok(err)
		w := f.draft("d", "a", "b")
		w.Document.OwnerID = f.bob.ID
		_, err = f.CommitDocument(f.ctx, w)
		f.fails(err, book.Conflict)
		if errors.Is(err, store.ErrStale) {
			f.Error("ErrStale, though starting over is no use")
		}
		f.allDue(written(w)...)
		after, textAfter, err := f.Text(f.ctx, "d", nobody)
		f.ok(err)
		f.equal(after, before)
		f.equal(textAfter, text)
	},

	"UnknownOwner": func(f *fixture) {
		w := f.draft("d", "a")
		w.Document.OwnerID = uuid.New()
		_, err := f.CommitDocument(f.ctx, w)
		f.fails(err, book.Invalid)
		f.allDue(written(w)...)
		_, err = f.Document(f.ctx, "d", everything)
		f.fails(err, book.NotFound)
	},

	"Invalid": func(f *fixture) {
		for name, spoil := range map[string]func(w *store.DocumentWrite){
			"index":      func(w *store.DocumentWrite) { w.Chunks[1].Index = 2 },
			"chunk id":   func(w *store.DocumentWrite) { w.Chunks[1].ChunkID = w.Chunks[0].ChunkID },
			"vector id":  func(w *store.DocumentWrite) { w.Chunks[1].VectorID = w.Chunks[0].VectorID },
			"visibility": func(w *store.DocumentWrite) { w.Document.Visibility = "hidden" },
			"doc_id":     func(w *store.DocumentWrite) { w.Document.DocID = "" },
			"metadata": func(w *store.DocumentWrite) {
				w.Document.Metadata = map[string]any{"f": func() {}}
			},
		} {
			w := f.draft("d", "a", "b")
			unused := w.Chunks[1].VectorID
			spoil(&w)
			_, err := f.CommitDocument(f.ctx, w)
			if book.CodeOf(err) != book.Invalid {
				f.Errorf("%s: %v, want invalid", name, err)
			}
			_, err = f.Document(f.ctx, "d", everything)
			f.fails(err, book.NotFound)
			f.allDue(written(w)...)
			_, err = f.Abandon(f.ctx, []uuid.UUID{unused}, false)
			f.ok(err)
			f.settle()
		}
		f.equal(f.rows(), 0)
		f.equal(len(f.points()), 0)
	},

	"Large": func(f *fixture) {
		texts := make([]string, 2000)
		for i := range texts {
			texts[i] = fmt.Sprintf("chunk number %d", i)
		}
		w, _ := f.put("d", texts...)
		f.equal(len(f.points()), 2000)
		resolved, err := f.Resolve(f.ctx, f.active(), written(w), nobody)
		f.ok(err)
		f.equal(len(resolved), 2000)
		df, chunks, err := f.TermFrequencies(f.ctx, termsOf("chunk 7"))
		f.ok(err)
		f.equal(chunks, 2000)
		f.equal(df, map[uint32]int{termsOf("chunk")[0]: 2000, termsOf("7")[0]: 1})
		slices.Reverse(texts)
		_, done := f.put("d", texts[:1999]...)
		f.equal(done.Removed, 1)
		due, err := f.DeleteDocument(f.ctx, "d", uuid.Nil)
		f.ok(err)
		f.equal(len(due), 1999)
		f.equal(f.rows(), 2000)
		states, err := f.LedgerStates(f.ctx, written(w))
		f.ok(err)
		f.equal(len(states), 2000)
	},
}

// refusedAsStale commits w, which must be refused, change nothing of the document and make every
// id due that is still reserved.
func (f *fixture) refusedAsStale(w store.DocumentWrite) {
	f.Helper()
	f.settle()
	before, err := f.Baseline(f.ctx, w.Document.DocID, f.space)
	f.ok(err)
	_, err = f.CommitDocument(f.ctx, w)
	f.stale(err)
	after, err := f.Baseline(f.ctx, w.Document.DocID, f.space)
	f.ok(err)
	f.equal(after, before)
	due := f.due()
	states, err := f.LedgerStates(f.ctx, written(w))
	f.ok(err)
	for id := range states {
		if e, ok := due[id]; !ok || e.Referenced {
			f.Errorf("id %s is not due after the write was refused", id)
		}
	}
}
