package vectortest

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/vector"
)

// tolerance is how far a score may be from the exact one.
const tolerance = 1e-4

// search is the contract of Search by brute force over points, without a limit.
func search(points []vector.Point, q vector.Query) (hits vector.Hits) {
	n, df := 0, make(map[uint32]int)
	for _, p := range points {
		if len(p.Sparse.Indices) > 0 {
			n++
		}
		for _, index := range p.Sparse.Indices {
			df[index]++
		}
	}
	for _, p := range points {
		if !slices.Contains(q.Scopes, p.Scope) ||
			q.DocIDs != nil && !slices.Contains(q.DocIDs, p.DocID) {
			continue
		}
		hit := vector.Hit{ID: p.ID, DocID: p.DocID, ChunkID: p.ChunkID}
		if p.Dense != nil && q.Dense != nil {
			hit.Score = dot(unit(q.Dense), unit(p.Dense))
			hits.Dense = append(hits.Dense, hit)
		}
		hit.Score = 0
		for i, index := range q.Sparse.Indices {
			if j, ok := slices.BinarySearch(p.Sparse.Indices, index); ok {
				d := float64(df[index])
				idf := math.Log(1 + (float64(n)-d+0.5)/(d+0.5))
				hit.Score += float64(q.Sparse.Values[i]) * idf * float64(p.Sparse.Values[j])
			}
		}
		if hit.Score > 0 {
			hits.Sparse = append(hits.Sparse, hit)
		}
	}
	for _, leg := range [][]vector.Hit{hits.Dense, hits.Sparse} {
		slices.SortFunc(leg, func(a, b vector.Hit) int { return cmp.Compare(b.Score, a.Score) })
	}
	return hits
}

// checkHits compares a leg with all hits that there are, best first. Any order and any choice
// among scores that are equal within the tolerance is right.
func checkHits(t *testing.T, leg string, all, got []vector.Hit, limit int) {
	t.Helper()
	if want := min(limit, len(all)); len(got) != want {
		t.Errorf("%s: %d hits, want %d", leg, len(got), want)
		return
	}
	wanted := make(map[uuid.UUID]vector.Hit)
	for _, h := range all {
		wanted[h.ID] = h
	}
	for i, h := range got {
		want, ok := wanted[h.ID]
		delete(wanted, h.ID)
		switch {
		case !ok:
			t.Errorf("%s: hit %d is %v, which does not match or was there before", leg, i, h)
		case h.DocID != want.DocID || h.ChunkID != want.ChunkID:
			t.Errorf("%s: hit %d is %v, want %v", leg, i, h, want)
		case !near(h.Score, want.Score):
			t.Errorf("%s: hit %d has score %v, want %v", leg, i, h.Score, want.Score)
		case !near(h.Score, all[i].Score):
			t.Errorf("%s: hit %d has score %v; the one that belongs there has %v",
				leg, i, h.Score, all[i].Score)
		case i > 0 && h.Score > got[i-1].Score:
			t.Errorf("%s: hit %d is better than the one before it", leg, i)
		default:
			continue
		}
		return // the hits after a wrong one are wrong too
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= tolerance*max(1, math.Abs(b)) }

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func unit(v []float32) []float32 {
	length := math.Sqrt(dot(v, v))
	scaled := make([]float32, len(v))
	for i, x := range v {
		scaled[i] = float32(float64(x) / length)
	}
	return scaled
}
