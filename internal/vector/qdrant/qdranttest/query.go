package qdranttest

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/qdrant/go-client/qdrant"
)

// defaultLimit is that of a query or a scroll that names none.
const defaultLimit = 10

// scored is a point that a query found.
type scored struct {
	point *point
	score float32
}

// query answers one query: the nearest points to a dense or a sparse vector.
func (c *collection) query(q *qdrant.QueryPoints, strict bool) ([]scored, error) {
	limit, err := limitOf(q.Limit)
	if err != nil {
		return nil, err
	}
	if err := c.checkFilter(q.GetFilter(), strict); err != nil {
		return nil, err
	}
	if len(q.GetPrefetch()) > 0 || q.GetParams().GetIdf() != nil {
		return nil, unknown("prefetch and idf")
	}
	found, err := c.nearest(q, limit)
	if err != nil {
		return nil, err
	}
	if q.ScoreThreshold != nil { // strict, and before the offset
		found = slices.DeleteFunc(found, func(s scored) bool {
			return !(s.score > q.GetScoreThreshold())
		})
	}
	found = found[min(q.GetOffset(), uint64(len(found))):]
	return found[:min(limit, uint64(len(found)))], nil
}

func limitOf(limit *uint64) (uint64, error) {
	if limit == nil {
		return defaultLimit, nil
	}
	if *limit == 0 {
		return 0, invalid("Validation error: limit: value 0 invalid, must be 1 or larger")
	}
	return *limit, nil
}

// nearest returns every point that passes the filter and has the vector, best first.
func (c *collection) nearest(q *qdrant.QueryPoints, limit uint64) ([]scored, error) {
	var v stored
	switch nearest := q.GetQuery().GetNearest(); form := nearest.GetVariant().(type) {
	case *qdrant.VectorInput_Dense:
		v = stored{values: form.Dense.GetData()}
	case *qdrant.VectorInput_Sparse:
		v = stored{true, form.Sparse.GetIndices(), form.Sparse.GetValues()}
	default:
		return nil, unknown("a query that is not for the nearest of a vector")
	}
	if err := v.checkRequest(); err != nil {
		return nil, err
	}
	name := q.GetUsing()
	if err := c.checkVector(name, v); err != nil {
		return nil, err
	}
	how := q.GetParams().GetQuantization()
	if how != nil && how.Oversampling != nil && how.GetOversampling() < 1 {
		return nil, invalid("Validation error: oversampling: must be 1 or larger")
	}
	if v.sparse {
		return c.nearestSparse(name, v, q), nil
	}
	return c.nearestDense(name, normalised(v.values), q, limit), nil
}

func (c *collection) nearestDense(
	name string, v []float32, q *qdrant.QueryPoints, limit uint64,
) []scored {
	how := q.GetParams().GetQuantization()
	byInt8 := c.quantises(name) && !how.GetIgnore() && !q.GetParams().GetExact()
	var found []scored
	for _, p := range c.points {
		have, ok := p.vectors[name]
		if !ok || !p.passes(q.GetFilter()) {
			continue
		}
		score := dot(v, have.values)
		if byInt8 && p.slot.immutable {
			score = dot(quantised(v), quantised(have.values))
		}
		if score == score { // NaN is never found
			found = append(found, scored{p, score})
		}
	}
	sortScored(found)
	if byInt8 && how.GetRescore() {
		wanted := float64(limit+q.GetOffset()) * max(1, how.GetOversampling())
		if wanted < float64(len(found)) {
			found = found[:int(wanted)]
		}
		for i := range found {
			found[i].score = dot(v, found[i].point.vectors[name].values)
		}
		sortScored(found)
	}
	return found
}

// nearestSparse leaves out points that share no term with the query and, without a filter, those
// that score 0.
func (c *collection) nearestSparse(name string, v stored, q *qdrant.QueryPoints) []scored {
	weights := make(map[uint32]float32, len(v.indices))
	for i, term := range v.indices {
		weights[term] = v.values[i]
		if c.sparse[name].GetModifier() == qdrant.Modifier_Idf {
			weights[term] *= c.idf(name, term)
		}
	}
	var found []scored
	for _, p := range c.points {
		score, shares := p.vectors[name].weigh(weights)
		if shares && score == score && (score != 0 || q.GetFilter() != nil) &&
			p.passes(q.GetFilter()) {
			found = append(found, scored{p, score})
		}
	}
	sortScored(found)
	return found
}

func (v stored) weigh(weights map[uint32]float32) (score float32, shares bool) {
	for i, term := range v.indices {
		if weight, ok := weights[term]; ok {
			score += weight * v.values[i]
			shares = true
		}
	}
	return score, shares
}

// sortScored puts the best first and shuffles those that score the same, as the real one does.
func sortScored(found []scored) {
	rand.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
}
