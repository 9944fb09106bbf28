package storetest

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var passageCases = map[string]func(*fixture){
	"Resolve": func(f *fixture) {
		w, done := f.put("d", "ä first", "second")
		ids := append(written(w), uuid.New(), uuid.Nil, w.Chunks[0].VectorID)
		got, err := f.Resolve(f.ctx, f.active(), ids, nobody)
		f.ok(err)
		want := map[uuid.UUID]book.Passage{}
		for _, c := range w.Chunks {
			want[c.VectorID] = book.Passage{
				DocID: "d", Title: "Title of d", Chapter: "One", URL: "/d#sub",
				HeadingPath: []string{"Top", "Sub"}, ChunkID: c.ChunkID, ChunkIndex: c.Index,
				CharStart: c.CharStart, CharEnd: c.CharEnd, Text: c.Text, Revision: done.Revision,
			}
		}
		f.equal(got, want)

		for _, none := range [][]uuid.UUID{nil, {}, {uuid.New()}} {
			got, err = f.Resolve(f.ctx, f.active(), none, nobody)
			f.ok(err)
			f.equal(len(got), 0)
		}
		got, err = f.Resolve(f.ctx, store.ActiveSpace{Space: otherSpace, Activation: 1}, ids, nobody)
		f.ok(err)
		f.equal(len(got), 0)
	},

	"ResolveInActiveSpaceOnly": func(f *fixture) {
		w, _ := f.put("d", "first", "second")
		other := f.fillSpace(f.addOther())
		resolves := func(space store.ActiveSpace, ids []uuid.UUID, want int) {
			f.Helper()
			got, err := f.Resolve(f.ctx, space, ids, nobody)
			f.ok(err)
			f.equal(len(got), want)
		}
		first := f.active()
		resolves(first, written(w), 2)
		resolves(first, other, 0)
		resolves(store.ActiveSpace{Space: otherSpace, Activation: first.Activation}, other, 0)
		f.ok(f.SwitchSpace(f.ctx, otherSpace.ID()))
		resolves(f.active(), other, 2)
		resolves(first, written(w), 0)
		// It is active again, but was not all the while.
		f.ok(f.SwitchSpace(f.ctx, f.space))
		resolves(first, written(w), 0)
		resolves(f.active(), written(w), 2)
	},

	"ResolveIgnoresReserved": func(f *fixture) {
		got, err := f.Resolve(f.ctx, f.active(), f.reserve(3), everything)
		f.ok(err)
		f.equal(len(got), 0)
	},

	"URL": func(f *fixture) {
		for _, c := range []struct{ id, url, anchor, want string }{
			{"a", "https://e.org/a", "x", "https://e.org/a#x"},
			{"b", "/b", "", "/b"},
			{"c", "", "x", ""},
			{"d", "", "", ""},
		} {
			w := f.draft(c.id, "text")
			w.Document.URL, w.Chunks[0].Anchor = c.url, c.anchor
			f.commit(w)
			got, err := f.Resolve(f.ctx, f.active(), written(w), nobody)
			f.ok(err)
			f.equal(got[w.Chunks[0].VectorID].URL, c.want)
		}
	},

	"SearchRanks": func(f *fixture) {
		f.put("common", "robot robot arm", "robot leg", "robot hand")
		f.put("rare", "robot lidar")
		found, err := f.SearchTerms(f.ctx, termsOf("lidar robot"), nobody, nil, 10)
		f.ok(err)
		f.equal(len(found), 4)
		f.equal(found[0].DocID, "rare")
		f.equal(found[0].URL, "/rare#sub")
		f.equal(found[0].HeadingPath, []string{"Top", "Sub"})
		last := *found[0].Scores.Sparse
		for _, p := range found {
			if p.Scores.Sparse == nil || *p.Scores.Sparse > last || p.Scores.Dense != nil {
				f.Errorf("scores %+v after %v", p.Scores, last)
			}
			last = *p.Scores.Sparse
		}
		first, err := f.SearchTerms(f.ctx, termsOf("lidar robot"), nobody, nil, 2)
		f.ok(err)
		f.equal(first, found[:2])
		twice, err := f.SearchTerms(f.ctx, termsOf("arm arm"), nobody, nil, 2)
		f.ok(err)
		f.equal(passageDocs(twice), []string{"common"})
	},

	"SearchPrefersMoreOfATermAndShorterChunks": func(f *fixture) {
		f.put("filler", "x y z", "u v w", "q r s", "k l m")
		f.put("once", "robot a b c")
		f.put("twice", "robot robot a b")
		f.put("long", "robot a b c e g h i j k l m n o p")
		found, err := f.SearchTerms(f.ctx, termsOf("robot"), nobody, nil, 10)
		f.ok(err)
		var got []string
		for _, p := range found {
			got = append(got, p.DocID)
		}
		f.equal(got, []string{"twice", "once", "long"})
	},

	// Words in more than half of the chunks, in half of them, and in fewer: every store weighs them alike.
	"SearchWeighsFrequentTermsAlike": func(f *fixture) {
		texts := []string{
			"robot arm", "robot robot arm", "robot leg gear", "robot arm gear gear", "robot hand of a",
			"robot arm leg", "hand alone", "robot robot robot robot",
		}
		f.put("d", texts...)
		for _, query := range []string{"robot", "arm", "robot arm", "robot gear", "gear leg robot arm hand"} {
			found, err := f.SearchTerms(f.ctx, termsOf(query), nobody, nil, 10)
			f.ok(err)
			want := bm25(texts, query)
			f.equal(len(found), len(want))
			last := math.Inf(1)
			for _, p := range found {
				score := *p.Scores.Sparse
				if math.Abs(score-want[p.Text]) > 1e-9 || score > last {
					f.Errorf("%q: %q scores %v after %v, want %v", query, p.Text, score, last, want[p.Text])
				}
				last = score
			}
		}
	},

	"SearchTies": func(f *fixture) {
		for _, id := range []string{"b", "a", "é", "B"} {
			f.put(id, "same words", "words same")
		}
		f.put("other", "nothing here", "nor there", "nor now", "of it", "at all", "ever")
		found, err := f.SearchTerms(f.ctx, termsOf("same"), nobody, nil, 100)
		f.ok(err)
		f.equal(len(found), 8)
		f.equal(slices.IsSortedFunc(found, func(a, b book.Passage) int {
			if a.DocID != b.DocID {
				return strings.Compare(a.DocID, b.DocID)
			}
			return bytes.Compare(a.ChunkID[:], b.ChunkID[:])
		}), true)
	},

	"SearchRestricted": func(f *fixture) {
		f.put("a", "robot")
		f.put("b", "robot")
		f.putPrivate("c", "robot")
		for _, c := range []struct{ docIDs, want []string }{
			{nil, []string{"a", "b"}},
			{[]string{}, nil},
			{[]string{"b", "b", "c", "none", "%"}, []string{"b"}},
		} {
			found, err := f.SearchTerms(f.ctx, termsOf("robot"), viewOf(f.bob), c.docIDs, 10)
			f.ok(err)
			f.equal(passageDocs(found), c.want)
		}
	},

	"SearchFindsNothing": func(f *fixture) {
		f.put("a", "robot")
		for _, terms := range [][]uint32{nil, {}, {7}, {0, 4294967295}} {
			found, err := f.SearchTerms(f.ctx, terms, nobody, nil, 10)
			f.ok(err)
			f.equal(len(found), 0)
		}
	},

	"ExtremeTerms": func(f *fixture) {
		w := f.draft("d", "text")
		w.Chunks[0].Terms = []uint32{0, 1, 11, 111, 4294967295}
		f.commit(w)
		for _, term := range w.Chunks[0].Terms {
			found, err := f.SearchTerms(f.ctx, []uint32{term}, nobody, nil, 10)
			f.ok(err)
			f.equal(passageDocs(found), []string{"d"})
		}
		w = f.draft("none", "text of no terms")
		w.Chunks[0].Terms = nil
		f.commit(w)
		_, err := f.DeleteDocument(f.ctx, "none", uuid.Nil)
		f.ok(err)
	},

	"TermFrequencies": func(f *fixture) {
		robot, arm, leg := termsOf("robot")[0], termsOf("arm")[0], termsOf("leg")[0]
		check := func(chunks int, want map[uint32]int) {
			f.Helper()
			df, n, err := f.TermFrequencies(f.ctx, []uint32{robot, arm, leg, robot, 7})
			f.ok(err)
			f.equal(n, chunks)
			f.equal(df, want)
		}
		check(0, map[uint32]int{})
		f.put("a", "robot robot arm", "robot")
		f.putPrivate("b", "robot leg")
		check(3, map[uint32]int{robot: 3, arm: 1, leg: 1})
		f.put("a", "robot", "arm arm")
		check(3, map[uint32]int{robot: 2, arm: 1, leg: 1})
		_, err := f.DeleteDocument(f.ctx, "b", uuid.Nil)
		f.ok(err)
		f.reopen()
		check(2, map[uint32]int{robot: 1, arm: 1})
		_, err = f.DeleteDocument(f.ctx, "a", uuid.Nil)
		f.ok(err)
		check(0, map[uint32]int{})
		df, _, err := f.TermFrequencies(f.ctx, nil)
		f.ok(err)
		f.equal(len(df), 0)
	},

	"ChapterDocuments": func(f *fixture) {
		for _, id := range []string{"b", "é", "a", "B"} {
			w := f.draft(id, "x")
			w.Document.Chapter = "Ch 1%"
			f.commit(w)
		}
		f.put("other", "x")
		ids, err := f.ChapterDocuments(f.ctx, "Ch 1%", nobody)
		f.ok(err)
		f.equal(ids, []string{"B", "a", "b", "é"})
		for _, chapter := range []string{"Ch 1_", "ch 1%", "", "none"} {
			ids, err = f.ChapterDocuments(f.ctx, chapter, everything)
			f.ok(err)
			f.equal(len(ids), 0)
		}
	},
}

// bm25 returns the score of each text that holds a word of the query.
func bm25(texts []string, query string) map[string]float64 {
	count := func(text, word string) (n float64) {
		for other := range strings.FieldsSeq(text) {
			if other == word {
				n++
			}
		}
		return n
	}
	mean := 0.0
	for _, text := range texts {
		mean += float64(len(strings.Fields(text))) / float64(len(texts))
	}
	scores := map[string]float64{}
	for word := range strings.FieldsSeq(query) {
		df := 0
		for _, text := range texts {
			if count(text, word) > 0 {
				df++
			}
		}
		for _, text := range texts {
			if n := count(text, word); n > 0 {
				length := float64(len(strings.Fields(text)))
				scores[text] += store.TermWeight(len(texts), df) * 2.2 * n / (n + 0.3 + 0.9*length/mean)
			}
		}
	}
	return scores
}
