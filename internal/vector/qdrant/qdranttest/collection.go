package qdranttest

import (
	"math"
	"slices"

	"github.com/qdrant/go-client/qdrant"
)

// collection is one collection: one shard, with a mutable segment and immutable ones.
type collection struct {
	config   *qdrant.CreateCollection
	dense    map[string]*qdrant.VectorParams
	sparse   map[string]*qdrant.SparseVectorParams
	index    map[string]*qdrant.CreateFieldIndexCollection
	metadata map[string]*qdrant.Value // is replaced, never changed

	points map[pointID]*point
	// slots are what N and df count: those of points, and those that deletes left behind.
	slots []*slot
}

type point struct {
	id      pointID
	payload map[string]*qdrant.Value
	vectors map[string]stored
	slot    *slot
}

// slot is the place of a point in a segment. It goes on counting when the point is deleted, until
// its segment is built anew.
type slot struct {
	immutable bool
	terms     map[string][]uint32 // by the name of the vector
}

func newCollection(config *qdrant.CreateCollection) *collection {
	return &collection{
		config:   config,
		dense:    config.GetVectorsConfig().GetParamsMap().GetMap(),
		sparse:   config.GetSparseVectorsConfig().GetMap(),
		index:    make(map[string]*qdrant.CreateFieldIndexCollection),
		metadata: config.GetMetadata(),
		points:   make(map[pointID]*point),
	}
}

// put writes a whole point. A point in an immutable segment moves to the mutable one and counts
// twice from then on.
func (c *collection) put(p *point) {
	if old := c.points[p.id]; old != nil && !old.slot.immutable {
		p.slot = old.slot
	} else {
		p.slot = &slot{}
		c.slots = append(c.slots, p.slot)
	}
	p.slot.terms = p.terms()
	c.points[p.id] = p
}

func (p *point) terms() map[string][]uint32 {
	terms := make(map[string][]uint32)
	for name, v := range p.vectors {
		if v.sparse {
			terms[name] = v.indices
		}
	}
	return terms
}

// Like the real one, a collection is built anew when a fifth of 1,000 or more slots is dead.
const (
	vacuumSlots = 1000
	vacuumShare = 5
)

func (c *collection) remove(id pointID) {
	delete(c.points, id)
	if dead := len(c.slots) - len(c.points); len(c.slots) > vacuumSlots &&
		dead*vacuumShare > len(c.slots) {
		c.rebuild(false)
	}
}

// rebuild makes the counts exact, in one segment.
func (c *collection) rebuild(immutable bool) {
	c.slots = c.slots[:0]
	for _, p := range c.points {
		p.slot = &slot{immutable, p.terms()}
		c.slots = append(c.slots, p.slot)
	}
}

// reload is what a restart does: the mutable segment's counts become exact, the others stay.
func (c *collection) reload() {
	live := make(map[*slot]bool, len(c.points))
	for _, p := range c.points {
		live[p.slot] = true
	}
	c.slots = slices.DeleteFunc(c.slots, func(s *slot) bool { return !s.immutable && !live[s] })
	for _, p := range c.points {
		if !p.slot.immutable {
			p.slot.terms = p.terms()
		}
	}
}

// idf is the weight of a term of a sparse vector that has the modifier.
func (c *collection) idf(name string, term uint32) float32 {
	var n, df float64
	for _, s := range c.slots {
		terms := s.terms[name]
		if len(terms) > 0 {
			n++
		}
		if slices.Contains(terms, term) {
			df++
		}
	}
	return float32(math.Log((n-df+0.5)/(df+0.5) + 1))
}

// quantises tells whether the vectors of name that lie in immutable segments are scored by int8.
func (c *collection) quantises(name string) bool {
	return c.dense[name].GetQuantizationConfig().GetScalar() != nil ||
		c.config.GetQuantizationConfig().GetScalar() != nil
}

func (c *collection) sortedIDs() []pointID {
	ids := make([]pointID, 0, len(c.points))
	for id := range c.points {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, compareIDs)
	return ids
}
