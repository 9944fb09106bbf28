package postgres_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

// TestSearchTermsIsBM25 compares what a search finds, and its scores, with BM25 of all chunks, as
// computed here: nothing is lost by looking at the rarest terms first.
func TestSearchTermsIsBM25(t *testing.T) {
	s := open(t, pgtest.Migrated(t))
	defer s.Close()
	owner := begin(t, s)
	random := rand.New(rand.NewPCG(3, 4))
	var chunks []scored
	for d := range 20 {
		docID := fmt.Sprintf("d%02d", d)
		texts := make([]string, 30)
		for i := range texts {
			texts[i] = text(random, 5+random.IntN(60))
		}
		w := draft(t, s, owner, docID, texts...)
		if _, err := s.CommitDocument(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		for _, c := range w.Chunks {
			chunks = append(chunks, scored{docID: docID, id: c.ChunkID, terms: c.Terms})
		}
	}
	for range 40 {
		var words string
		for range 1 + random.IntN(6) {
			words += text(random, 1)
		}
		query, limit := termsOf(words), 1+random.IntN(40)
		want := bm25(chunks, query)
		found, err := s.SearchTerms(t.Context(), query, book.View{}, nil, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != min(limit, len(want)) {
			t.Fatalf("%q: %d found, want %d of %d", words, len(found), limit, len(want))
		}
		for i, p := range found {
			if p.ChunkID != want[i].id || math.Abs(*p.Scores.Sparse-want[i].score) > 1e-9 {
				t.Fatalf("%q, place %d: %s %v, want %s %v", words, i,
					p.ChunkID, *p.Scores.Sparse, want[i].id, want[i].score)
			}
		}
	}
}

// TestSearchTermsIsBounded: where more chunks hold a term than a search looks at, those that hold all
// terms or a rare one are found, in their order, and others fill up the rest.
func TestSearchTermsIsBounded(t *testing.T) {
	s := open(t, pgtest.Migrated(t))
	defer s.Close()
	owner := begin(t, s)
	texts := make([]string, 100)
	for i := range texts {
		texts[i] = fmt.Sprint("robot", strings.Repeat(" arm", i%2), " word", i)
	}
	texts[98], texts[99] = "robot arm leg lidar", "leg"
	w := draft(t, s, owner, "d", texts...)
	if _, err := s.CommitDocument(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	s.LookAt(10)
	for query, all := range map[string][]string{
		"robot arm leg": {texts[98], texts[99]}, // the one holds all, the other a rare one
		"lidar robot":   {texts[98]},
		"robot arm":     nil,
		"robot":         nil,
	} {
		found, err := s.SearchTerms(t.Context(), termsOf(query), book.View{}, nil, 20)
		if err != nil || len(found) < 10 || len(found) > 20 {
			t.Errorf("%s: %d found, %v", query, len(found), err)
		}
		for _, text := range all {
			if !slices.ContainsFunc(found, func(p book.Passage) bool { return p.Text == text }) {
				t.Errorf("%s: %q is not found", query, text)
			}
		}
		for i := range len(found) - 1 {
			if *found[i].Scores.Sparse < *found[i+1].Scores.Sparse {
				t.Errorf("%s: out of order at %d", query, i)
			}
		}
	}
	// Within a document as many are looked at for each term.
	found, err := s.SearchTerms(t.Context(), termsOf("leg robot"), book.View{}, []string{"d"}, 20)
	if err != nil || len(found) < 10 {
		t.Errorf("%d found in the document, %v", len(found), err)
	}
}

type scored struct {
	docID string
	id    uuid.UUID
	terms []uint32
	score float64
}

// bm25 returns the chunks that hold a term of the query, best first.
func bm25(chunks []scored, query []uint32) (found []scored) {
	length := 0
	for _, c := range chunks {
		length += len(c.terms)
	}
	mean := float64(length) / float64(len(chunks))
	slices.Sort(query)
	for _, c := range chunks {
		c.score = 0
		for _, term := range slices.Compact(slices.Clone(query)) {
			df := 0
			for _, other := range chunks {
				if slices.Contains(other.terms, term) {
					df++
				}
			}
			tf := 0.0
			for _, t := range c.terms {
				if t == term {
					tf++
				}
			}
			c.score += store.TermWeight(len(chunks), df) * 2.2 * tf / (tf + 1.2*(0.25+0.75*float64(len(c.terms))/mean))
		}
		if c.score > 0 {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b scored) int {
		// Sums of another order differ in the last bits.
		if math.Abs(a.score-b.score) > 1e-12 {
			return cmp.Compare(b.score, a.score)
		}
		return cmp.Or(cmp.Compare(a.docID, b.docID), slices.Compare(a.id[:], b.id[:]))
	})
	return found
}
