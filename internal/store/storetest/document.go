package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var documentCases = map[string]func(*fixture){
	"Missing": func(f *fixture) {
		_, err := f.Document(f.ctx, "none", everything)
		f.fails(err, book.NotFound)
		_, _, err = f.Text(f.ctx, "none", everything)
		f.fails(err, book.NotFound)
		_, err = f.ListChunks(f.ctx, "none", everything, -1, 10)
		f.fails(err, book.NotFound)
		_, err = f.UpdateDocument(f.ctx, "none", uuid.Nil, store.DocumentChange{})
		f.fails(err, book.NotFound)
		_, err = f.DeleteDocument(f.ctx, "none", uuid.Nil)
		f.fails(err, book.NotFound)
		base, err := f.Baseline(f.ctx, "none", f.space)
		f.ok(err)
		f.equal(base, store.Baseline{})
		docs, err := f.ListDocuments(f.ctx, store.DocumentQuery{View: everything, Limit: 10})
		f.ok(err)
		f.equal(len(docs), 0)
	},

	"KeepsEverything": func(f *fixture) {
		before := time.Now().Add(-time.Hour)
		w := f.draft("deep/Ünï 語", "Ein Wört 😀 'quoted' \"twice\" %_\\", "second\ttext")
		w.Document.Title = "Tïtle\n'x'"
		w.Document.Chapter = "Ch %"
		w.Document.URL = "https://example.org/a?b=c"
		w.Document.Source = "book"
		w.Document.Metadata = map[string]any{
			"tags": []any{"a", "ب"}, "n": 1.5, "deep": map[string]any{"null": nil, "yes": true},
		}
		w.Chunks[0].HeadingPath, w.Chunks[0].Anchor = nil, ""
		done := f.commit(w)
		f.reopen()

		doc, text, err := f.Text(f.ctx, w.Document.DocID, nobody)
		f.ok(err)
		f.equal(text, w.Text)
		if doc.CreatedAt.Before(before) || !doc.UpdatedAt.Equal(doc.CreatedAt) {
			f.Errorf("created %v, updated %v", doc.CreatedAt, doc.UpdatedAt)
		}
		want := w.Document
		want.Owner, want.Revision, want.Chunks = "Ann", done.Revision, 2
		want.CreatedAt, want.UpdatedAt = doc.CreatedAt, doc.UpdatedAt
		f.equal(doc, want)
		alone, err := f.Document(f.ctx, w.Document.DocID, nobody)
		f.ok(err)
		f.equal(alone, want)
		listed, err := f.ListDocuments(f.ctx, store.DocumentQuery{Limit: 10})
		f.ok(err)
		f.equal(listed, []book.Document{want})

		chunks, err := f.ListChunks(f.ctx, w.Document.DocID, nobody, -1, 10)
		f.ok(err)
		first := w.Chunks[0].Chunk
		first.HeadingPath = []string{}
		f.equal(chunks, []book.Chunk{first, w.Chunks[1].Chunk})

		base, err := f.Baseline(f.ctx, w.Document.DocID, f.space)
		f.ok(err)
		f.equal(base, store.Baseline{
			Revision: done.Revision, OwnerID: f.ann.ID, Source: "book",
			Visibility: book.Public, Fingerprint: w.Fingerprint,
			ChunkIDs: []uuid.UUID{first.ChunkID, w.Chunks[1].ChunkID}, Chunks: 2,
		})
		f.equal(f.points(), map[uuid.UUID]uuid.UUID{
			first.ChunkID:       w.Chunks[0].VectorID,
			w.Chunks[1].ChunkID: w.Chunks[1].VectorID,
		})
		f.equal(f.rows(), 0)
	},

	"EmptyMetadataAndNoChunks": func(f *fixture) {
		f.put("empty")
		doc, text, err := f.Text(f.ctx, "empty", nobody)
		f.ok(err)
		f.equal(text, "")
		f.equal(doc.Metadata, map[string]any{})
		chunks, err := f.ListChunks(f.ctx, "empty", nobody, -1, 10)
		f.ok(err)
		f.equal(len(chunks), 0)
	},

	"BaselineOfAnotherSpace": func(f *fixture) {
		f.put("d", "one", "two")
		base, err := f.Baseline(f.ctx, "d", "another")
		f.ok(err)
		f.equal(len(base.ChunkIDs), 0)
		f.equal(base.Chunks, 2)
	},

	"View": func(f *fixture) {
		f.putPrivate("secret", "hidden words")
		f.put("open", "plain words")
		for _, c := range []struct {
			name string
			view book.View
			sees bool
		}{
			{"owner", viewOf(f.ann), true},
			{"administrator", book.View{UserID: f.bob.ID, All: true}, true},
			{"other", viewOf(f.bob), false},
			{"nobody", nobody, false},
		} {
			want := []string{"open"}
			if c.sees {
				want = append(want, "secret")
			}
			check := func(what string, err error) {
				f.Helper()
				if c.sees {
					f.ok(err)
				} else if book.CodeOf(err) != book.NotFound {
					f.Errorf("%s: %s: %v, want not found", c.name, what, err)
				}
			}
			_, err := f.Document(f.ctx, "secret", c.view)
			check("Document", err)
			_, _, err = f.Text(f.ctx, "secret", c.view)
			check("Text", err)
			_, err = f.ListChunks(f.ctx, "secret", c.view, -1, 10)
			check("ListChunks", err)
			docs, err := f.ListDocuments(f.ctx, store.DocumentQuery{View: c.view, Limit: 10})
			f.ok(err)
			f.equal(docIDs(docs), want)
			chapter, err := f.ChapterDocuments(f.ctx, "One", c.view)
			f.ok(err)
			f.equal(chapter, want)
			found, err := f.SearchTerms(f.ctx, termsOf("words"), c.view, nil, 10)
			f.ok(err)
			f.equal(passageDocs(found), want)
			var all []uuid.UUID
			for _, id := range f.points() {
				all = append(all, id)
			}
			resolved, err := f.Resolve(f.ctx, f.active(), all, c.view)
			f.ok(err)
			f.equal(len(resolved), len(want))
		}
	},

	"IDsAreTakenLiterally": func(f *fixture) {
		ids := []string{
			"%", "A", "a", "a%b", "a'b", `a"b`, "a_b", "aXb", "b/c", "b/c/d", "é", "語", "😀",
		}
		for _, id := range ids {
			f.put(id, "text of "+id)
		}
		for _, id := range ids {
			_, text, err := f.Text(f.ctx, id, nobody)
			f.ok(err)
			f.equal(text, "text of "+id)
			found, err := f.SearchTerms(f.ctx, termsOf("text"), nobody, []string{id}, 10)
			f.ok(err)
			f.equal(passageDocs(found), []string{id})
		}
		_, err := f.DeleteDocument(f.ctx, "a_b", uuid.Nil)
		f.ok(err)
		_, err = f.Document(f.ctx, "aXb", nobody)
		f.ok(err)
	},

	"ListPages": func(f *fixture) {
		ids := []string{"B", "a", "a/b", "a0", "b", "é", "語"} // in order of their bytes
		for _, i := range []int{3, 0, 6, 5, 1, 4, 2} {
			f.put(ids[i], "x")
		}
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			docs, err := f.ListDocuments(f.ctx, store.DocumentQuery{After: after, Limit: 2})
			f.ok(err)
			if len(docs) > 2 {
				f.Fatalf("%d documents, limit 2", len(docs))
			}
			if len(docs) == 0 {
				break
			}
			got = append(got, docIDs(docs)...)
		}
		f.equal(got, ids)
		docs, err := f.ListDocuments(f.ctx, store.DocumentQuery{After: "a.", Limit: 1})
		f.ok(err)
		f.equal(docIDs(docs), []string{"a/b"})
	},

	"ListSelects": func(f *fixture) {
		for i, owner := range []book.User{f.ann, f.bob} {
			for j, source := range []string{"api", "100%"} {
				w := f.draft(fmt.Sprintf("d%d%d", i, j), "x")
				w.Document.OwnerID, w.Document.Source = owner.ID, source
				w.Document.Chapter = fmt.Sprintf("C%d", j)
				f.commit(w)
			}
		}
		for _, c := range []struct {
			query store.DocumentQuery
			want  []string
		}{
			{store.DocumentQuery{}, []string{"d00", "d01", "d10", "d11"}},
			{store.DocumentQuery{Source: "100%"}, []string{"d01", "d11"}},
			{store.DocumentQuery{Source: "100_"}, nil},
			{store.DocumentQuery{Chapter: "C0"}, []string{"d00", "d10"}},
			{store.DocumentQuery{OwnerID: f.bob.ID}, []string{"d10", "d11"}},
			{store.DocumentQuery{OwnerID: f.bob.ID, Source: "api", Chapter: "C0"}, []string{"d10"}},
			{store.DocumentQuery{OwnerID: uuid.New()}, nil},
		} {
			c.query.Limit = 10
			docs, err := f.ListDocuments(f.ctx, c.query)
			f.ok(err)
			f.equal(docIDs(docs), c.want)
		}
	},

	"ChunkPages": func(f *fixture) {
		w, _ := f.put("d", "zero", "one", "two", "three", "four")
		for _, c := range []struct{ after, limit, from, to int }{
			{-1, 2, 0, 2}, {1, 2, 2, 4}, {3, 2, 4, 5}, {4, 2, 5, 5}, {99, 2, 5, 5},
		} {
			chunks, err := f.ListChunks(f.ctx, "d", nobody, c.after, c.limit)
			f.ok(err)
			var want []string
			for _, chunk := range w.Chunks[c.from:c.to] {
				want = append(want, chunk.Text)
			}
			f.equal(textsOf(chunks), want)
		}
	},
}

func docIDs(docs []book.Document) []string {
	var ids []string
	for _, d := range docs {
		ids = append(ids, d.DocID)
	}
	return ids
}

func textsOf(chunks []book.Chunk) []string {
	var texts []string
	for _, c := range chunks {
		texts = append(texts, c.Text)
	}
	return texts
}

func passageDocs(passages []book.Passage) []string {
	var ids []string
	for _, p := range passages {
		ids = append(ids, p.DocID)
	}
	slices.Sort(ids)
	return ids
}
