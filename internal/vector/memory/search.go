package memory

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/lectern-project/lectern/internal/vector"
)

// Search implements vector.Index.
func (x *Index) Search(
	ctx context.Context, spaceID string, q vector.Query,
) (hits vector.Hits, err error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c, err := x.collection(ctx, spaceID)
	if err != nil {
		return hits, err
	}
	if err := vector.CheckQuery(q, c.dims); err != nil {
		return hits, err
	}
	idf := c.frequencies(q.Sparse.Indices)
	query := vector.Unit(q.Dense)
	for _, p := range c.points {
		if !slices.Contains(q.Scopes, p.Scope) ||
			q.DocIDs != nil && !slices.Contains(q.DocIDs, p.DocID) {
			continue
		}
		hit := vector.Hit{ID: p.ID, DocID: p.DocID, ChunkID: p.ChunkID}
		if len(query) > 0 && len(p.Dense) > 0 {
			hit.Score = dot(query, p.Dense)
			hits.Dense = append(hits.Dense, hit)
		}
		hit.Score = 0
		for i, index := range q.Sparse.Indices {
			if j, ok := slices.BinarySearch(p.Sparse.Indices, index); ok {
				hit.Score += float64(q.Sparse.Values[i]) * idf[i] * float64(p.Sparse.Values[j])
			}
		}
		if hit.Score > 0 {
			hits.Sparse = append(hits.Sparse, hit)
		}
	}
	hits.Dense, hits.Sparse = best(hits.Dense, q.Limit), best(hits.Sparse, q.Limit)
	return hits, nil
}

// frequencies returns the inverse document frequency of each index; see vector.Query.
func (c *collection) frequencies(indices []uint32) []float64 {
	n, df := 0, make([]int, len(indices))
	for _, p := range c.points {
		if len(p.Sparse.Indices) > 0 {
			n++
		}
		for i, index := range indices {
			if _, ok := slices.BinarySearch(p.Sparse.Indices, index); ok {
				df[i]++
			}
		}
	}
	idf := make([]float64, len(indices))
	for i, d := range df {
		idf[i] = math.Log(1 + (float64(n)-float64(d)+0.5)/(float64(d)+0.5))
	}
	return idf
}

// best returns the limit best hits. Among equal scores the lower id comes first.
func best(hits []vector.Hit, limit int) []vector.Hit {
	slices.SortFunc(hits, func(a, b vector.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), compareIDs(a.ID, b.ID))
	})
	return hits[:min(limit, len(hits))]
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
