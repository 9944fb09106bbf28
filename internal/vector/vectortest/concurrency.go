package vectortest

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/vector"
)

// concurrency: writers, readers and an audit at once. What is acknowledged is found at once, what
// is deleted is not found any more, and at the end exactly what belongs there is there.
func (s *suite) concurrency(t *testing.T) {
	kept := s.add(t, 100)
	var mu sync.Mutex
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			own := &suite{index: s.index, space: s.space}
			own.random = rand.New(rand.NewPCG(uint64(worker), 3))
			left := own.churn(t)
			mu.Lock()
			defer mu.Unlock()
			s.points = append(s.points, left...)
		})
	}
	for worker := range 2 {
		group.Go(func() {
			own := &suite{random: rand.New(rand.NewPCG(uint64(worker), 4))}
			for range 20 {
				if _, err := s.index.Search(t.Context(), s.id(), own.randomQuery(10)); err != nil {
					t.Errorf("Search: %v", err)
				}
				got, err := s.index.Fetch(t.Context(), s.id(), idsOf(kept))
				if err != nil || len(got) != len(kept) {
					t.Errorf("Fetch: %d points of %d, %v", len(got), len(kept), err)
				}
				refs, err := s.index.Scan(t.Context(), s.id(), uuid.Nil, 1000)
				if err != nil || len(refs) < len(kept) {
					t.Errorf("Scan: %d refs, %v", len(refs), err)
				}
			}
		})
	}
	group.Wait()
	s.checkHolds(t)
	s.checkDense(t, s.randomQuery(50))
	s.again(t)
	s.checkHolds(t)
}

// churn writes and deletes points and returns those that it left.
func (s *suite) churn(t *testing.T) []vector.Point {
	for range 10 {
		points := []vector.Point{s.randomPoint(), s.randomPoint(), s.randomPoint()}
		points[0].Dense = s.randomDense()
		if err := s.index.Upsert(t.Context(), s.id(), points); err != nil {
			t.Errorf("Upsert: %v", err)
			return s.points
		}
		if !s.finds(t, points[0]) {
			t.Error("a point that was acknowledged is not found")
		}
		if err := s.index.Delete(t.Context(), s.id(), idsOf(points[:1])); err != nil {
			t.Errorf("Delete: %v", err)
			return s.points
		}
		if s.finds(t, points[0]) {
			t.Error("a point that was deleted is found")
		}
		s.points = append(s.points, points[1:]...)
	}
	return s.points
}

// finds reports whether p is the best hit for its own vector.
func (s *suite) finds(t *testing.T, p vector.Point) bool {
	hits, err := s.index.Search(t.Context(), s.id(), vector.Query{
		Dense: p.Dense, Scopes: scopes, Limit: 1,
	})
	if err != nil {
		t.Errorf("Search: %v", err)
	}
	return len(hits.Dense) == 1 && hits.Dense[0].ID == p.ID
}
