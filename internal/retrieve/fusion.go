package retrieve

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/vector"
)

// Candidate is a point that a leg found, with its fused score.
type Candidate struct {
	ID      uuid.UUID // of the point
	DocID   string
	ChunkID uuid.UUID
	Score   float64 // fused, 0 to 1
	// Dense and Sparse are the raw scores; nil where the leg did not find it.
	Dense  *float64
	Sparse *float64
}

// Fuse joins both legs into one ranking:
//
//	norm(leg, x) = (score(x) - min) / (max - min)
//	score(x)     = weight * norm(dense, x) + (1 - weight) * norm(sparse, x)
//
// min and max are those of the leg's best legLimit hits; norm is 1 for all of them when max == min,
// and 0 for what comes after them or was not found by the leg. So a leg without hits leaves the
// order to the other. weight is the dense leg's share, a setting of the embedding space. Ties are
// broken by doc_id, then chunk_id, so that every index and every run ranks alike.
func Fuse(hits vector.Hits, weight float64) []Candidate {
	found := make(map[uuid.UUID]int, len(hits.Dense)+len(hits.Sparse))
	candidates := make([]Candidate, 0, len(hits.Dense)+len(hits.Sparse))
	add := func(leg []vector.Hit, weight float64, raw func(*Candidate) **float64) {
		norm := normalizer(leg)
		for _, hit := range leg {
			at, ok := found[hit.ID]
			if !ok {
				at = len(candidates)
				found[hit.ID] = at
				candidates = append(candidates,
					Candidate{ID: hit.ID, DocID: hit.DocID, ChunkID: hit.ChunkID})
			}
			c := &candidates[at]
			c.Score += weight * norm(hit.Score)
			*raw(c) = &hit.Score
		}
	}
	add(hits.Dense, weight, func(c *Candidate) **float64 { return &c.Dense })
	add(hits.Sparse, 1-weight, func(c *Candidate) **float64 { return &c.Sparse })
	slices.SortFunc(candidates, func(a, b Candidate) int {
		return cmp.Or(
			cmp.Compare(b.Score, a.Score),
			strings.Compare(a.DocID, b.DocID),
			bytes.Compare(a.ChunkID[:], b.ChunkID[:]),
			bytes.Compare(a.ID[:], b.ID[:]),
		)
	})
	return candidates
}

// normalizer returns norm of a leg.
func normalizer(leg []vector.Hit) func(float64) float64 {
	scores := make([]float64, len(leg))
	for i, hit := range leg {
		scores[i] = -hit.Score
	}
	slices.Sort(scores)
	if len(scores) == 0 {
		return func(float64) float64 { return 0 }
	}
	highest, lowest := -scores[0], -scores[min(legLimit, len(scores))-1]
	return func(score float64) float64 {
		switch {
		case score < lowest:
			return 0
		case highest == lowest:
			return 1
		}
		return (score - lowest) / (highest - lowest)
	}
}
