package exact

import (
	"math"

	"github.com/google/uuid"
)

// slabRows is how many dense vectors share one allocation, so that growth copies none of them.
const slabRows = 1024

// collection is one collection in memory. Points have slots, numbers from 0. Index.mu guards it.
type collection struct {
	dims     int
	byID     map[uuid.UUID]uint32
	slots    []slot
	ids      []uuid.UUID
	chunkIDs []uuid.UUID
	slabs    [][]float32 // dense vectors by slot, slabRows each
	free     []uint32    // slots to give out, the lowest last
	// dead are the slots of removed points that postings may still name. They are free after the
	// next sweep.
	dead []uint32
	// miscounted says that postings.live is too high somewhere, until the next sweep.
	miscounted bool

	scopes names
	docs   names
	terms  map[uint32]*postings
	sparse int // points that have a sparse vector
}

// slot is what the filter of a search looks at.
type slot struct {
	scope  uint32 // nobody in an empty slot
	doc    uint32
	dense  bool
	sparse bool
}

// nobody is the scope of an empty slot.
const nobody = math.MaxUint32

func newCollection(dims int) *collection {
	return &collection{
		dims: dims, byID: make(map[uuid.UUID]uint32), terms: make(map[uint32]*postings),
	}
}

// row is the dense vector of a slot.
func (c *collection) row(slot uint32) []float32 {
	at := int(slot%slabRows) * c.dims
	return c.slabs[slot/slabRows][at : at+c.dims : at+c.dims]
}

// insert adds the point of a record, unless it is there.
func (c *collection) insert(id uuid.UUID, r record) {
	if _, ok := c.byID[id]; ok {
		return
	}
	at := c.take()
	c.byID[id], c.ids[at] = at, id
	c.describe(at, r)
	if r.dims > 0 {
		readFloats(c.row(at), r.dense)
	}
	for index, weight := range r.sparse {
		p := c.terms[index]
		if p == nil {
			p = new(postings)
			c.terms[index] = p
		}
		p.list = append(p.list, posting{at, weight})
		p.live++
	}
}

// describe fills in a slot, all but the vectors.
func (c *collection) describe(at uint32, r record) {
	c.slots[at] = slot{
		scope:  c.scopes.use(r.scope),
		doc:    c.docs.use(r.docID),
		dense:  r.dims > 0,
		sparse: r.entries > 0,
	}
	c.chunkIDs[at] = r.chunkID
	if r.entries > 0 {
		c.sparse++
	}
}

// take returns an empty slot.
func (c *collection) take() uint32 {
	if last := len(c.free) - 1; last >= 0 {
		at := c.free[last]
		c.free = c.free[:last]
		return at
	}
	at := uint32(len(c.slots))
	c.slots = append(c.slots, slot{scope: nobody})
	c.ids = append(c.ids, uuid.Nil)
	c.chunkIDs = append(c.chunkIDs, uuid.Nil)
	if len(c.slabs)*slabRows < len(c.slots) {
		c.slabs = append(c.slabs, make([]float32, slabRows*c.dims))
	}
	return at
}

// remove takes a point out. indices are those of its sparse vector; known tells whether they could
// be read.
func (c *collection) remove(id uuid.UUID, indices []uint32, known bool) {
	at, ok := c.byID[id]
	if !ok {
		return
	}
	delete(c.byID, id)
	s := c.slots[at]
	c.scopes.release(s.scope)
	c.docs.release(s.doc)
	if s.sparse {
		c.sparse--
	}
	c.slots[at] = slot{scope: nobody}
	c.dead = append(c.dead, at)
	for _, index := range indices {
		if p := c.terms[index]; p != nil {
			p.live--
		}
	}
	c.miscounted = c.miscounted || !known
}
