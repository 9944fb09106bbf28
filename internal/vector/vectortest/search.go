package vectortest

import (
	"math"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// checkSearch compares both legs with the oracle.
func (s *suite) checkSearch(t *testing.T, q vector.Query) {
	t.Helper()
	hits, err := s.index.Search(t.Context(), s.id(), q)
	if err != nil {
		t.Fatalf("Search: %v", err)
	}
	want := search(s.points, q)
	checkHits(t, "dense, "+describe(q), want.Dense, hits.Dense, q.Limit)
	checkHits(t, "sparse, "+describe(q), want.Sparse, hits.Sparse, q.Limit)
}

// checkDense compares the dense leg; of the sparse one only which points it found, as far as no
// limit cut it off.
func (s *suite) checkDense(t *testing.T, q vector.Query) {
	t.Helper()
	if !s.countsDeleted {
		s.checkSearch(t, q)
		return
	}
	hits, err := s.index.Search(t.Context(), s.id(), q)
	if err != nil {
		t.Fatalf("Search: %v", err)
	}
	want := search(s.points, q)
	checkHits(t, "dense, "+describe(q), want.Dense, hits.Dense, q.Limit)
	if len(hits.Sparse) != min(q.Limit, len(want.Sparse)) {
		t.Errorf("sparse, %s: %d hits, want %d", describe(q), len(hits.Sparse),
			min(q.Limit, len(want.Sparse)))
	}
	for i, h := range hits.Sparse {
		if !slices.ContainsFunc(want.Sparse, func(w vector.Hit) bool { return w.ID == h.ID }) {
			t.Errorf("sparse, %s: %v does not match", describe(q), h)
		}
		if i > 0 && h.Score > hits.Sparse[i-1].Score {
			t.Errorf("sparse, %s: hit %d is better than the one before it", describe(q), i)
		}
	}
}

func (s *suite) searchExact(t *testing.T) {
	s.checkSearch(t, s.randomQuery(10)) // of nothing
	s.add(t, 400)
	for range 40 {
		for _, limit := range []int{1, 3, 50, 399, 10_000} {
			s.checkSearch(t, s.randomQuery(limit))
		}
	}
	// A query need not have length 1.
	q := s.randomQuery(20)
	for i := range q.Dense {
		q.Dense[i] *= 7
	}
	s.checkSearch(t, q)
}

func (s *suite) searchAfterDelete(t *testing.T) {
	for range 4 {
		points := s.add(t, 200)
		s.remove(t, points[50:]...)
		for range 10 {
			s.checkDense(t, s.randomQuery(30))
		}
	}
	s.again(t)
	for range 10 {
		s.checkDense(t, s.randomQuery(30))
	}
}

func (s *suite) searchFilter(t *testing.T) {
	s.add(t, 300)
	for range 15 {
		for _, limit := range []int{5, 50, 500} {
			q := s.randomQuery(limit)
			for _, q.Scopes = range [][]book.Scope{
				nil,
				{},
				{book.ScopePublic},
				{scopeA, scopeB},
				{scopeA, scopeA},
				{"user:nobody"},
				{"user:nobody", scopeB},
				{""},
			} {
				for _, q.DocIDs = range [][]string{
					nil,
					{},
					{docIDs[0]},
					docIDs[1:],
					{"nowhere"},
					{"nowhere", docIDs[3]},
					{"Intro"},
					{docIDs[2], docIDs[2]},
					{""},
				} {
					s.checkSearch(t, q)
				}
			}
		}
	}
}

// searchMissingLeg: a leg without a vector finds nothing, and the other is not disturbed.
func (s *suite) searchMissingLeg(t *testing.T) {
	s.add(t, 50)
	both := s.randomQuery(10)
	for _, q := range []vector.Query{
		{Dense: both.Dense, Scopes: scopes, Limit: 10},
		{Sparse: both.Sparse, Scopes: scopes, Limit: 10},
		{Scopes: scopes, Limit: 10},
	} {
		s.checkSearch(t, q)
	}
	// An index that no point holds.
	q := both
	q.Sparse = book.SparseVector{Indices: []uint32{12345}, Values: []float32{1}}
	s.checkSearch(t, q)
}

// searchPositive: a point that shares terms with the query is no hit if its score is not above 0.
func (s *suite) searchPositive(t *testing.T) {
	for _, weight := range []float32{1, -1, 2, -2} {
		p := s.randomPoint()
		p.Sparse = book.SparseVector{Indices: []uint32{1, 9}, Values: []float32{weight, 3}}
		s.put(t, p)
	}
	q := s.randomQuery(10)
	for _, values := range [][]float32{{1}, {-1}, {0.5}} {
		q.Sparse = book.SparseVector{Indices: []uint32{1}, Values: values}
		s.checkSearch(t, q)
	}
}

// searchTies: which of equal hits comes first is open, but none comes twice and none is lost.
func (s *suite) searchTies(t *testing.T) {
	twin := s.randomPoint()
	twin.Dense, twin.Sparse = s.randomDense(), s.randomSparse()
	twin.Scope = book.ScopePublic
	var twins []vector.Point
	for range 30 {
		twin.ID, twin.ChunkID = book.NewVectorID(), uuid.New()
		twins = append(twins, twin)
	}
	s.put(t, twins...)
	s.add(t, 20)
	for _, limit := range []int{1, 7, 30, 40} {
		s.checkSearch(t, vector.Query{
			Dense: twin.Dense, Sparse: twin.Sparse, Scopes: scopes, Limit: limit,
		})
	}
}

// searchIDF: N and df are those of the whole collection, and points without a sparse vector do
// not count.
func (s *suite) searchIDF(t *testing.T) {
	point := func(scope book.Scope, indices ...uint32) vector.Point {
		p := vector.Point{
			ID: book.NewVectorID(), DocID: "d", ChunkID: uuid.New(), Scope: scope,
			Sparse: book.SparseVector{Indices: indices},
		}
		for range indices {
			p.Sparse.Values = append(p.Sparse.Values, 1)
		}
		return p
	}
	rare, common := point(book.ScopePublic, 1), point(book.ScopePublic, 2)
	hidden := []vector.Point{point(scopeA, 2), point(scopeA, 2), point(scopeA, 3)}
	s.put(t, rare, common, point(book.ScopePublic))
	s.put(t, hidden...)
	q := vector.Query{
		Sparse: book.SparseVector{Indices: []uint32{1, 2}, Values: []float32{1, 1}},
		Scopes: []book.Scope{book.ScopePublic}, Limit: 10,
	}
	hits, err := s.index.Search(t.Context(), s.id(), q)
	if err != nil || len(hits.Sparse) != 2 {
		t.Fatalf("%d hits, %v", len(hits.Sparse), err)
	}
	// N = 5, df = 1 and 3, whatever the filter.
	want := []float64{math.Log(1 + 4.5/1.5), math.Log(1 + 2.5/3.5)}
	for i, h := range hits.Sparse {
		if !near(h.Score, want[i]) {
			t.Errorf("hit %d has score %v, want %v", i, h.Score, want[i])
		}
	}
	if hits.Sparse[0].ID != rare.ID {
		t.Error("the rarer index does not count more")
	}
	s.remove(t, hidden...)
	s.put(t, point(book.ScopePublic, 1, 4), point(book.ScopePublic, 1, 5), point(scopeB, 1, 6))
	s.checkDense(t, q)
}

func (s *suite) searchRefuses(t *testing.T) {
	s.add(t, 5)
	nan := float32(math.NaN())
	for name, spoil := range map[string]func(q *vector.Query){
		"limit 0":              func(q *vector.Query) { q.Limit = 0 },
		"negative limit":       func(q *vector.Query) { q.Limit = -5 },
		"too few dimensions":   func(q *vector.Query) { q.Dense = q.Dense[1:] },
		"too many dimensions":  func(q *vector.Query) { q.Dense = append(q.Dense, 1) },
		"dense NaN":            func(q *vector.Query) { q.Dense[0] = nan },
		"dense zeros":          func(q *vector.Query) { clear(q.Dense) },
		"sparse NaN":           func(q *vector.Query) { q.Sparse.Values[0] = nan },
		"sparse unsorted":      func(q *vector.Query) { slices.Reverse(q.Sparse.Indices) },
		"sparse value missing": func(q *vector.Query) { q.Sparse.Values = q.Sparse.Values[1:] },
	} {
		q := s.randomQuery(5)
		q.Sparse = book.SparseVector{Indices: []uint32{1, 2}, Values: []float32{1, 1}}
		spoil(&q)
		hits, err := s.index.Search(t.Context(), s.id(), q)
		if book.CodeOf(err) != book.Invalid || hits.Dense != nil || hits.Sparse != nil {
			t.Errorf("%s: %v, %v; want invalid", name, hits, err)
		}
	}
}
