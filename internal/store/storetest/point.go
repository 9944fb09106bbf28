package storetest

import (
	"bytes"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var pointCases = map[string]func(*fixture){
	"ListReferences": func(f *fixture) {
		a, _ := f.put("a", "one", "two", "three")
		b := f.putPrivate("b", "four", "five")
		var got []store.Reference
		for after := uuid.Nil; ; after = got[len(got)-1].VectorID {
			page, err := f.ListReferences(f.ctx, f.space, after, 2)
			f.ok(err)
			if len(page) > 2 {
				f.Fatalf("%d references, limit 2", len(page))
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
		}
		var want []store.Reference
		for _, w := range []store.DocumentWrite{a, b} {
			for _, c := range w.Chunks {
				want = append(want, store.Reference{
					VectorID: c.VectorID, ChunkID: c.ChunkID, DocID: w.Document.DocID,
					Scope: book.ScopeOf(w.Document.Visibility, w.Document.OwnerID),
				})
			}
		}
		slices.SortFunc(want, func(a, b store.Reference) int {
			return bytes.Compare(a.VectorID[:], b.VectorID[:])
		})
		f.equal(got, want)

		some := []uuid.UUID{want[0].VectorID, want[4].VectorID, want[0].VectorID, uuid.New()}
		found, err := f.References(f.ctx, f.space, some)
		f.ok(err)
		f.equal(found, map[uuid.UUID]store.Reference{
			want[0].VectorID: want[0], want[4].VectorID: want[4],
		})
		for _, spaceID := range []string{"another", ""} {
			found, err = f.References(f.ctx, spaceID, some)
			f.ok(err)
			f.equal(len(found), 0)
			page, err := f.ListReferences(f.ctx, spaceID, uuid.Nil, 10)
			f.ok(err)
			f.equal(len(page), 0)
		}
		found, err = f.References(f.ctx, f.space, nil)
		f.ok(err)
		f.equal(len(found), 0)
	},

	"Bases": func(f *fixture) {
		w := f.putPrivate("d", "one", "two")
		base := func(i int) store.PointBase {
			c := w.Chunks[i]
			return store.PointBase{
				ChunkID: c.ChunkID, VectorID: c.VectorID, DocID: "d", Title: "Title of d",
				HeadingPath: []string{"Top", "Sub"}, Text: c.Text,
				Scope: book.ScopeOf(book.Private, f.ann.ID),
			}
		}
		want := []store.PointBase{base(0), base(1)}
		byChunk := func(a, b store.PointBase) int {
			return bytes.Compare(a.ChunkID[:], b.ChunkID[:])
		}
		slices.SortFunc(want, byChunk)
		ids := []uuid.UUID{want[1].ChunkID, uuid.New(), want[0].ChunkID, want[1].ChunkID}
		got, err := f.PointBases(f.ctx, f.space, ids)
		f.ok(err)
		f.equal(got, want)
		got, err = f.PointBases(f.ctx, f.space, nil)
		f.ok(err)
		f.equal(len(got), 0)

		got, err = f.ListUnembedded(f.ctx, f.space, uuid.Nil, 10)
		f.ok(err)
		f.equal(len(got), 0)
		// In a space in which nothing is embedded, every chunk lacks a point.
		for i := range want {
			want[i].VectorID = uuid.Nil
		}
		got, err = f.PointBases(f.ctx, "another", ids)
		f.ok(err)
		f.equal(got, want)
		got, err = f.ListUnembedded(f.ctx, "another", uuid.Nil, 1)
		f.ok(err)
		f.equal(got, want[:1])
		got, err = f.ListUnembedded(f.ctx, "another", want[0].ChunkID, 10)
		f.ok(err)
		f.equal(got, want[1:])
	},

	"MisscopedPages": func(f *fixture) {
		w, _ := f.put("d", "one", "two", "three")
		private := book.Private
		_, err := f.UpdateDocument(f.ctx, "d", uuid.Nil, store.DocumentChange{Visibility: &private})
		f.ok(err)
		var want []uuid.UUID
		for _, c := range w.Chunks {
			want = append(want, c.ChunkID)
		}
		slices.SortFunc(want, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
		page, err := f.ListMisscoped(f.ctx, f.space, "", uuid.Nil, 2)
		f.ok(err)
		f.equal(chunksOf(page), want[:2])
		f.equal(page[0].Scope, book.ScopeOf(book.Private, f.ann.ID))
		f.equal(page[0].VectorID, f.points()[want[0]])
		page, err = f.ListMisscoped(f.ctx, f.space, "d", want[1], 2)
		f.ok(err)
		f.equal(chunksOf(page), want[2:])

		put := f.putOf(want[1], f.points()[want[1]])
		put.Scope = book.ScopeOf(book.Private, f.ann.ID)
		_, _, err = f.CommitPoints(f.ctx, f.space, []store.PointPut{put}, false)
		f.ok(err)
		f.equal(f.misscoped(""), []uuid.UUID{want[0], want[2]})
	},

	"Commit": func(f *fixture) {
		w, first := f.put("d", "one", "two")
		one := w.Chunks[0]
		put := f.putOf(one.ChunkID, one.VectorID)
		made, released, err := f.CommitPoints(f.ctx, f.space, []store.PointPut{put}, false)
		f.ok(err)
		f.equal(made, []bool{true})
		f.equal(idsOf(released), setOf(one.VectorID))
		f.equal(released[0], f.due()[one.VectorID])
		f.reopen()
		f.allDue(one.VectorID)
		f.equal(f.rows(), 1)
		f.equal(f.points()[one.ChunkID], put.NewID)
		doc, err := f.Document(f.ctx, "d", nobody)
		f.ok(err)
		f.equal(doc.Revision, first.Revision)
	},

	"CommitNewScope": func(f *fixture) {
		w, _ := f.put("d", "one")
		private := book.Private
		_, err := f.UpdateDocument(f.ctx, "d", uuid.Nil, store.DocumentChange{Visibility: &private})
		f.ok(err)
		put := f.putOf(w.Chunks[0].ChunkID, w.Chunks[0].VectorID)
		f.refusedPut(put) // it carries the old scope
		put = f.putOf(w.Chunks[0].ChunkID, w.Chunks[0].VectorID)
		put.Scope = book.ScopeOf(book.Private, f.ann.ID)
		made, _, err := f.CommitPoints(f.ctx, f.space, []store.PointPut{put}, false)
		f.ok(err)
		f.equal(made, []bool{true})
		f.equal(len(f.misscoped("")), 0)
	},

	"CommitLate": func(f *fixture) {
		w, _ := f.put("d", "one")
		put := f.putOf(w.Chunks[0].ChunkID, w.Chunks[0].VectorID)
		_, released, err := f.CommitPoints(f.ctx, f.space, []store.PointPut{put}, true)
		f.ok(err)
		f.equal(idsOf(released), setOf(put.OldID, put.NewID))
		f.equal(f.due()[put.NewID].Referenced, true)
		f.equal(f.due()[put.OldID].Referenced, false)
		for _, e := range released {
			f.equal(f.due()[e.VectorID], e)
		}
		f.equal(f.settle(), 2)
		f.equal(f.stats(), store.LedgerStats{Watched: 1})
	},

	"CommitRefused": func(f *fixture) {
		w, _ := f.put("d", "one", "two")
		one, two := w.Chunks[0], w.Chunks[1]
		f.refusedPut(f.putOf(uuid.New(), uuid.Nil))            // no such chunk
		f.refusedPut(f.putOf(uuid.New(), one.VectorID))        // nor with a point
		f.refusedPut(f.putOf(one.ChunkID, uuid.Nil))           // it has a point
		f.refusedPut(f.putOf(one.ChunkID, two.VectorID))       // it has another
		f.refusedPut(f.putOf(one.ChunkID, book.NewVectorID())) // nobody's

		put := f.putOf(one.ChunkID, one.VectorID)
		_, err := f.Abandon(f.ctx, []uuid.UUID{put.NewID}, false)
		f.ok(err)
		before := f.due()[put.NewID]
		made, released, err := f.CommitPoints(f.ctx, f.space, []store.PointPut{put}, false)
		f.ok(err)
		f.equal(made, []bool{false})
		f.equal(len(released), 0)
		f.equal(f.due()[put.NewID], before)

		put.NewID = book.NewVectorID() // never reserved
		rows := f.rows()
		made, _, err = f.CommitPoints(f.ctx, f.space, []store.PointPut{put}, false)
		f.ok(err)
		f.equal(made, []bool{false})
		f.equal(f.rows(), rows)

		put = f.putOf(one.ChunkID, one.VectorID)
		made, released, err = f.CommitPoints(f.ctx, "another", []store.PointPut{put}, false)
		f.ok(err)
		f.equal(made, []bool{false})
		f.equal(idsOf(released), setOf(put.NewID))
		f.equal(f.points(), map[uuid.UUID]uuid.UUID{
			one.ChunkID: one.VectorID, two.ChunkID: two.VectorID,
		})
	},

	"CommitEachByItself": func(f *fixture) {
		w, _ := f.put("d", "one", "two")
		one, two := w.Chunks[0], w.Chunks[1]
		puts := []store.PointPut{
			f.putOf(one.ChunkID, one.VectorID),
			f.putOf(one.ChunkID, one.VectorID), // overtaken by the one before
			f.putOf(two.ChunkID, two.VectorID),
		}
		puts = append(puts, puts[2])                             // the same again
		puts = append(puts, f.putOf(one.ChunkID, puts[0].NewID)) // on top of the first
		made, released, err := f.CommitPoints(f.ctx, f.space, puts, false)
		f.ok(err)
		f.equal(made, []bool{true, false, true, false, true})
		f.equal(idsOf(released), setOf(one.VectorID, puts[1].NewID, two.VectorID, puts[0].NewID))
		f.equal(f.points(), map[uuid.UUID]uuid.UUID{
			one.ChunkID: puts[4].NewID, two.ChunkID: puts[2].NewID,
		})
		f.allDue(one.VectorID, puts[1].NewID, two.VectorID, puts[0].NewID)

		made, released, err = f.CommitPoints(f.ctx, f.space, nil, false)
		f.ok(err)
		f.equal(len(made)+len(released), 0)
	},

	"Counts": func(f *fixture) {
		f.put("a", "one", "two")
		f.putPrivate("b", "three")
		f.reserve(4)
		counts, err := f.Counts(f.ctx, f.space)
		f.ok(err)
		f.equal(counts, store.Counts{Documents: 2, Chunks: 3, Vectors: 3, Ledger: 4})
		counts, err = f.Counts(f.ctx, "another")
		f.ok(err)
		f.equal(counts, store.Counts{Documents: 2, Chunks: 3, Ledger: 4})
		_, err = f.DeleteDocument(f.ctx, "a", uuid.Nil)
		f.ok(err)
		counts, err = f.Counts(f.ctx, f.space)
		f.ok(err)
		f.equal(counts, store.Counts{Documents: 1, Chunks: 1, Vectors: 1, Ledger: 6})
	},
}

// putOf is a put with a fresh reserved id for a public document's chunk.
func (f *fixture) putOf(chunk, old uuid.UUID) store.PointPut {
	f.Helper()
	return store.PointPut{
		ChunkID: chunk, OldID: old, NewID: f.reserve(1)[0], Scope: book.ScopePublic,
	}
}

// refusedPut checks that the put changes nothing but that its id becomes due.
func (f *fixture) refusedPut(put store.PointPut) {
	f.Helper()
	before := f.points()
	made, released, err := f.CommitPoints(f.ctx, f.space, []store.PointPut{put}, true)
	f.ok(err)
	f.equal(made, []bool{false})
	f.equal(idsOf(released), setOf(put.NewID))
	f.equal(f.due()[put.NewID], released[0])
	f.equal(f.points(), before)
	f.settle()
	states, err := f.LedgerStates(f.ctx, []uuid.UUID{put.NewID})
	f.ok(err)
	f.equal(states, map[uuid.UUID]store.LedgerState{put.NewID: store.Due}) // on watch, for it is late
}
