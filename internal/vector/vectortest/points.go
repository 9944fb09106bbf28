package vectortest

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

func (s *suite) upsert(t *testing.T) {
	s.checkHolds(t)
	s.add(t, 50)
	s.checkHolds(t)
	s.put(t) // no points
	bare := vector.Point{ID: book.NewVectorID(), DocID: "bare", ChunkID: uuid.New(), Scope: scopeA}
	s.put(t, bare)
	s.checkHolds(t)
	s.put(t, vector.Point{
		ID: uuid.Max, DocID: "edges", ChunkID: uuid.New(), Scope: scopeA,
		Dense: unit([]float32{1, 0, 0, 0, 0, 0, 0, -1e-3}),
		Sparse: book.SparseVector{
			Indices: []uint32{0, 1, math.MaxUint32}, Values: []float32{1, 0.25, 1e-3},
		},
	})
	s.checkHolds(t)
}

// upsertAgain: a repeated write changes nothing, also when only some of it was written before.
func (s *suite) upsertAgain(t *testing.T) {
	points := s.add(t, 20)
	more := []vector.Point{s.randomPoint(), s.randomPoint()}
	if err := s.index.Upsert(t.Context(), s.id(), append(points[:10:10], more...)); err != nil {
		t.Fatal(err)
	}
	s.points = append(s.points, more...)
	s.checkHolds(t)
	for range 5 {
		s.checkDense(t, s.randomQuery(100))
	}
	s.again(t)
	if err := s.index.Upsert(t.Context(), s.id(), s.points); err != nil {
		t.Fatal(err)
	}
	s.checkHolds(t)
	for range 5 {
		s.checkDense(t, s.randomQuery(100))
	}
}

// upsertRefuses: one bad point keeps the good ones beside it out.
func (s *suite) upsertRefuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	s.add(t, 3)
	for name, spoil := range map[string]func(p *vector.Point){
		"zero id":                  func(p *vector.Point) { p.ID = uuid.Nil },
		"too few dimensions":       func(p *vector.Point) { p.Dense = p.Dense[1:] },
		"too many dimensions":      func(p *vector.Point) { p.Dense = append(p.Dense, 0) },
		"dense, not nil and empty": func(p *vector.Point) { p.Dense = []float32{} },
		"dense NaN":                func(p *vector.Point) { p.Dense[3] = nan },
		"dense +Inf":               func(p *vector.Point) { p.Dense[3] = inf },
		"dense -Inf":               func(p *vector.Point) { p.Dense[3] = -inf },
		"dense zeros":              func(p *vector.Point) { clear(p.Dense) },
		"sparse NaN":               func(p *vector.Point) { p.Sparse.Values[0] = nan },
		"sparse Inf":               func(p *vector.Point) { p.Sparse.Values[0] = -inf },
		"sparse zeros":             func(p *vector.Point) { clear(p.Sparse.Values) },
		"sparse unsorted":          func(p *vector.Point) { slices.Reverse(p.Sparse.Indices) },
		"sparse duplicate": func(p *vector.Point) {
			p.Sparse.Indices[1] = p.Sparse.Indices[0]
		},
		"sparse value missing": func(p *vector.Point) { p.Sparse.Values = p.Sparse.Values[1:] },
		"sparse index missing": func(p *vector.Point) { p.Sparse.Indices = p.Sparse.Indices[1:] },
		"sparse without index": func(p *vector.Point) { p.Sparse.Indices = nil },
	} {
		t.Run(name, func(t *testing.T) {
			bad := s.randomPoint()
			bad.Dense = s.randomDense()
			bad.Sparse = book.SparseVector{
				Indices: []uint32{3, 5, 8}, Values: []float32{1, 0.5, 2},
			}
			spoil(&bad)
			points := []vector.Point{s.randomPoint(), bad, s.randomPoint()}
			err := s.index.Upsert(t.Context(), s.id(), points)
			if book.CodeOf(err) != book.Invalid {
				t.Errorf("got %v, want invalid", err)
			}
			s.checkHolds(t)
		})
	}
	s.again(t)
	s.checkHolds(t)
}

func (s *suite) delete(t *testing.T) {
	points := s.add(t, 30)
	s.remove(t, points[:10]...)
	s.checkHolds(t)
	s.remove(t, points[:11]...) // ten of them are not there
	s.remove(t)
	s.remove(t, s.randomPoint())
	s.checkHolds(t)
	for range 5 {
		q := s.randomQuery(100)
		hits, err := s.index.Search(t.Context(), s.id(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range slices.Concat(hits.Dense, hits.Sparse) {
			if slices.Contains(idsOf(points[:11]), h.ID) {
				t.Errorf("found %s, which was deleted", h.ID)
			}
		}
	}
	s.again(t)
	s.checkHolds(t)
	s.remove(t, s.points...)
	s.checkHolds(t)
	s.add(t, 5)
	s.checkHolds(t)
}

// reopen: everything acknowledged is there, and is found as before.
func (s *suite) reopen(t *testing.T) {
	for range 3 {
		points := s.add(t, 20)
		s.remove(t, points[:5]...)
		s.again(t)
		s.checkHolds(t)
		for range 5 {
			s.checkDense(t, s.randomQuery(10))
		}
	}
}

// fetchLength: what comes back has length 1, however long what was written is.
func (s *suite) fetchLength(t *testing.T) {
	for _, length := range []float32{5, 1, 1e-6, 1e25} {
		p := s.randomPoint()
		p.Dense = []float32{0.6 * length, 0, 0, 0.8 * length, 0, 0, 0, 0}
		s.put(t, p)
		got, err := s.index.Fetch(t.Context(), s.id(), []uuid.UUID{p.ID})
		if err != nil || len(got) != 1 {
			t.Fatalf("length %g: %d points, %v", length, len(got), err)
		}
		want := []float32{0.6, 0, 0, 0.8, 0, 0, 0, 0}
		if diff := cmp.Diff(want, got[0].Dense, nearly); diff != "" {
			t.Errorf("length %g: %s", length, diff)
		}
	}
}

func (s *suite) fetchPart(t *testing.T) {
	points := s.add(t, 10)
	asked := append(idsOf(points[:4]), book.NewVectorID(), uuid.Nil)
	got, err := s.index.Fetch(t.Context(), s.id(), asked)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(a, b vector.Point) int { return slices.Compare(a.ID[:], b.ID[:]) })
	slices.SortFunc(points[:4], func(a, b vector.Point) int {
		return slices.Compare(a.ID[:], b.ID[:])
	})
	if diff := cmp.Diff(points[:4], got, nearly); diff != "" {
		t.Error(diff)
	}
	got, err = s.index.Fetch(t.Context(), s.id(), nil)
	if len(got) != 0 || err != nil {
		t.Errorf("no ids: %d points, %v", len(got), err)
	}
	// What comes back is the caller's.
	got, _ = s.index.Fetch(t.Context(), s.id(), idsOf(points))
	for _, p := range got {
		clear(p.Dense)
		clear(p.Sparse.Values)
	}
	s.checkHolds(t)
}

func (s *suite) scan(t *testing.T) {
	const n = 150
	for range n {
		p := s.randomPoint()
		if s.random.IntN(2) == 0 {
			p.ID = uuid.New() // the order of ids is not that of writing
		}
		s.put(t, p)
	}
	s.remove(t, s.points[20:40]...)
	s.checkHolds(t)
	want := refsOf(s.points) // in order, after checkHolds
	for _, limit := range []int{1, 7, 130, 131, 1000} {
		var all []vector.Ref
		after := uuid.Nil
		for {
			page, err := s.index.Scan(t.Context(), s.id(), after, limit)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page...)
			if len(page) < limit {
				break
			}
			if len(page) > limit || len(all) > n {
				t.Fatalf("limit %d: a page of %d, %d in all", limit, len(page), len(all))
			}
			after = page[limit-1].ID
		}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("limit %d: %s", limit, diff)
		}
	}
	between := want[60].ID // an id that is not there, right after one that is
	between[15]++
	page, err := s.index.Scan(t.Context(), s.id(), between, 2)
	if diff := cmp.Diff(want[61:63], page); err != nil || diff != "" {
		t.Errorf("after an absent id: %v %s", err, diff)
	}
	page, err = s.index.Scan(t.Context(), s.id(), uuid.Max, 2)
	if len(page) != 0 || err != nil {
		t.Errorf("after the last id: %d refs, %v", len(page), err)
	}
	for _, limit := range []int{0, -1} {
		_, err := s.index.Scan(t.Context(), s.id(), uuid.Nil, limit)
		if book.CodeOf(err) != book.Invalid {
			t.Errorf("limit %d: %v, want invalid", limit, err)
		}
	}
}
