package exact

import (
	"maps"
	"slices"
	"sync"
)

// sweepStep is how many postings are swept while searches wait: some milliseconds' worth.
const sweepStep = 100_000

// needsSweep reports whether enough is dead to be worth a sweep.
func (c *collection) needsSweep() bool {
	return c.miscounted || len(c.dead) > slabRows+len(c.byID)/8
}

// sweep takes the dead out of the postings, so that their slots can be given out again, and lets
// go of memory at the end of the slots. The caller keeps other writers away. mu is taken for a
// step at a time; half swept postings are as good as any, since the dead are never hits.
func (c *collection) sweep(mu sync.Locker) {
	dead := make([]bool, len(c.slots))
	for _, at := range c.dead {
		dead[at] = true
	}
	indices := slices.Collect(maps.Keys(c.terms))
	for len(indices) > 0 {
		mu.Lock()
		for left := sweepStep; left > 0 && len(indices) > 0; indices = indices[1:] {
			left -= 1 + c.sweepTerm(indices[0], dead)
		}
		mu.Unlock()
	}
	mu.Lock()
	defer mu.Unlock()
	c.freeDead()
}

// sweepTerm sweeps one list and returns how many postings it looked at.
func (c *collection) sweepTerm(index uint32, dead []bool) int {
	p := c.terms[index]
	if len(p.list) == p.live && !c.miscounted {
		return 0
	}
	seen := len(p.list)
	p.list = slices.DeleteFunc(p.list, func(p posting) bool { return dead[p.slot] })
	p.live = len(p.list)
	switch {
	case p.live == 0:
		delete(c.terms, index)
	case cap(p.list) > 2*p.live:
		p.list = slices.Clone(p.list)
	}
	return seen
}

// freeDead gives the slots of the dead free and cuts off the free ones at the end.
func (c *collection) freeDead() {
	c.free = append(c.free, c.dead...)
	c.dead, c.miscounted = nil, false
	used := len(c.slots)
	for used > 0 && c.slots[used-1].scope == nobody {
		used--
	}
	c.slots, c.ids, c.chunkIDs = c.slots[:used], c.ids[:used], c.chunkIDs[:used]
	c.slabs = slices.Delete(c.slabs, (used+slabRows-1)/slabRows, len(c.slabs))
	c.free = slices.DeleteFunc(c.free, func(at uint32) bool { return int(at) >= used })
	slices.SortFunc(c.free, func(a, b uint32) int { return int(b) - int(a) })
}
