package storetest

import (
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var changeCases = map[string]func(*fixture){
	"Visibility": func(f *fixture) {
		w, first := f.put("d", "words")
		f.equal(len(f.misscoped("")), 0)
		private := book.Private
		doc, err := f.UpdateDocument(f.ctx, "d", f.ann.ID,
			store.DocumentChange{Visibility: &private})
		f.ok(err)
		f.equal(doc.Visibility, book.Private)
		if doc.Revision <= first.Revision {
			f.Errorf("revision %d after %d", doc.Revision, first.Revision)
		}
		f.reopen()
		kept, err := f.Document(f.ctx, "d", viewOf(f.ann))
		f.ok(err)
		f.equal(kept, doc)
		// The change holds for readers at once; the point keeps its scope.
		resolved, err := f.Resolve(f.ctx, f.active(), written(w), nobody)
		f.ok(err)
		f.equal(len(resolved), 0)
		references, err := f.References(f.ctx, f.space, written(w))
		f.ok(err)
		f.equal(references[w.Chunks[0].VectorID].Scope, book.ScopePublic)
		f.equal(f.misscoped(""), []uuid.UUID{w.Chunks[0].ChunkID})
		f.equal(f.misscoped("d"), []uuid.UUID{w.Chunks[0].ChunkID})
		f.equal(len(f.misscoped("other")), 0)
		f.equal(f.rows(), 0)
	},

	"Owner": func(f *fixture) {
		w := f.putPrivate("d", "words")
		doc, err := f.UpdateDocument(f.ctx, "d", f.ann.ID,
			store.DocumentChange{OwnerID: &f.bob.ID})
		f.ok(err)
		f.equal(doc.OwnerID, f.bob.ID)
		f.equal(doc.Owner, "Bob")
		_, err = f.Document(f.ctx, "d", viewOf(f.ann))
		f.fails(err, book.NotFound)
		_, err = f.Document(f.ctx, "d", viewOf(f.bob))
		f.ok(err)
		f.equal(f.misscoped(""), []uuid.UUID{w.Chunks[0].ChunkID})
	},

	"OwnerOfPublicKeepsScope": func(f *fixture) {
		f.put("d", "words")
		_, err := f.UpdateDocument(f.ctx, "d", uuid.Nil, store.DocumentChange{OwnerID: &f.bob.ID})
		f.ok(err)
		f.equal(len(f.misscoped("")), 0)
	},

	"NothingToChange": func(f *fixture) {
		f.put("d", "words")
		before, err := f.Document(f.ctx, "d", nobody)
		f.ok(err)
		public := book.Public
		for _, c := range []store.DocumentChange{
			{}, {Visibility: &public}, {OwnerID: &f.ann.ID}, {Visibility: &public, OwnerID: &f.ann.ID},
		} {
			f.pass(2_000_000)
			doc, err := f.UpdateDocument(f.ctx, "d", f.ann.ID, c)
			f.ok(err)
			f.equal(doc, before)
		}
		after, err := f.Document(f.ctx, "d", nobody)
		f.ok(err)
		f.equal(after, before)
	},

	"MakesBaselineOld": func(f *fixture) {
		w, _ := f.put("d", "words")
		slow := f.draft("d", "other")
		private := book.Private
		_, err := f.UpdateDocument(f.ctx, "d", uuid.Nil, store.DocumentChange{Visibility: &private})
		f.ok(err)
		base, err := f.Baseline(f.ctx, "d", f.space)
		f.ok(err)
		f.equal(base.Visibility, book.Private)
		f.equal(base.Fingerprint, w.Fingerprint)
		f.refusedAsStale(slow)
	},

	"Refused": func(f *fixture) {
		f.putPrivate("d", "words")
		before, err := f.Document(f.ctx, "d", everything)
		f.ok(err)
		public, unknown, wrong := book.Public, uuid.New(), book.Visibility("hidden")
		_, err = f.UpdateDocument(f.ctx, "d", f.bob.ID, store.DocumentChange{Visibility: &public})
		f.fails(err, book.NotFound)
		_, err = f.DeleteDocument(f.ctx, "d", f.bob.ID)
		f.fails(err, book.NotFound)
		_, err = f.UpdateDocument(f.ctx, "d", f.ann.ID,
			store.DocumentChange{Visibility: &public, OwnerID: &unknown})
		f.fails(err, book.Invalid)
		_, err = f.UpdateDocument(f.ctx, "d", f.ann.ID, store.DocumentChange{Visibility: &wrong})
		f.fails(err, book.Invalid)
		after, err := f.Document(f.ctx, "d", everything)
		f.ok(err)
		f.equal(after, before)
	},

	"AnotherOwnerByNow": func(f *fixture) {
		f.put("d", "mine")
		f.commit(f.draft("bob's", "his")) // Ann's, and handed over
		_, err := f.UpdateDocument(f.ctx, "bob's", f.ann.ID, store.DocumentChange{OwnerID: &f.bob.ID})
		f.ok(err)
		_, err = f.DeleteDocument(f.ctx, "d", f.ann.ID)
		f.ok(err)
		w := f.draft("d", "his too")
		w.Document.OwnerID = f.bob.ID
		f.commit(w) // ingested anew, by another
		private := book.Private
		for _, docID := range []string{"d", "bob's"} {
			before, err := f.Document(f.ctx, docID, everything)
			f.ok(err)
			_, err = f.DeleteDocument(f.ctx, docID, f.ann.ID)
			f.fails(err, book.NotFound)
			for _, c := range []store.DocumentChange{
				{Visibility: &private}, {OwnerID: &f.ann.ID}, {OwnerID: &f.bob.ID}, {},
			} {
				_, err = f.UpdateDocument(f.ctx, docID, f.ann.ID, c)
				f.fails(err, book.NotFound)
			}
			after, err := f.Document(f.ctx, docID, everything)
			f.ok(err)
			f.equal(after, before)
		}
		_, err = f.UpdateDocument(f.ctx, "d", f.bob.ID, store.DocumentChange{Visibility: &private})
		f.ok(err)
		_, err = f.DeleteDocument(f.ctx, "d", uuid.Nil)
		f.ok(err)
	},

	"Delete": func(f *fixture) {
		w, _ := f.put("d", "some words", "more words")
		f.put("other", "words")
		due, err := f.DeleteDocument(f.ctx, "d", f.ann.ID)
		f.ok(err)
		f.equal(idsOf(due), setOf(written(w)...))
		for _, e := range due {
			f.equal(e, store.LedgerEntry{VectorID: e.VectorID, SpaceID: f.space, Seq: e.Seq})
		}
		f.reopen()
		f.allDue(written(w)...)
		_, _, err = f.Text(f.ctx, "d", everything)
		f.fails(err, book.NotFound)
		_, err = f.DeleteDocument(f.ctx, "d", uuid.Nil)
		f.fails(err, book.NotFound)
		found, err := f.SearchTerms(f.ctx, termsOf("some words"), everything, nil, 10)
		f.ok(err)
		f.equal(passageDocs(found), []string{"other"})
		f.equal(len(f.points()), 1)
		n, err := f.Drop(f.ctx, due)
		f.ok(err)
		f.equal(n, 2)
		f.equal(f.rows(), 0)
	},

	"DeleteWithoutChunks": func(f *fixture) {
		f.put("d")
		due, err := f.DeleteDocument(f.ctx, "d", f.ann.ID)
		f.ok(err)
		f.equal(len(due), 0)
	},
}

// misscoped returns the chunks whose points carry another scope than their document has.
func (f *fixture) misscoped(docID string) []uuid.UUID {
	f.Helper()
	bases, err := f.ListMisscoped(f.ctx, f.space, docID, uuid.Nil, 100)
	f.ok(err)
	return chunksOf(bases)
}

func chunksOf(bases []store.PointBase) []uuid.UUID {
	var ids []uuid.UUID
	for _, b := range bases {
		ids = append(ids, b.ChunkID)
	}
	return ids
}
