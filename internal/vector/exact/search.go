package exact

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/viterin/vek/vek32"

	"github.com/lectern-project/lectern/internal/vector"
)

// Search implements [vector.Index]. Among equal scores the lower id comes first.
func (x *Index) Search(
	ctx context.Context, spaceID string, q vector.Query,
) (hits vector.Hits, err error) {
	err = x.read(ctx, spaceID, func(c *collection) error {
		if err := vector.CheckQuery(q, c.dims); err != nil {
			return err
		}
		f, some := c.filter(q)
		if !some {
			return nil
		}
		var group sync.WaitGroup
		if len(q.Sparse.Indices) > 0 {
			group.Go(func() {
				start := time.Now()
				hits.Sparse = c.searchSparse(q, f, &x.sums)
				hits.SparseTook = time.Since(start)
			})
		}
		if len(q.Dense) > 0 {
			start := time.Now()
			hits.Dense = c.searchDense(ctx, q, f)
			hits.DenseTook = time.Since(start)
		}
		group.Wait()
		return ctx.Err()
	})
	if err != nil {
		return vector.Hits{}, err
	}
	return hits, nil
}

// filter says which slots a search may find.
type filter struct {
	scopes []bool // by number
	docs   []bool // by number; nil for all
}

// filter returns the filter of q, and whether any point can pass it.
func (c *collection) filter(q vector.Query) (f filter, some bool) {
	f.scopes = make([]bool, len(c.scopes.text))
	for _, scope := range q.Scopes {
		if i, ok := c.scopes.number[string(scope)]; ok {
			f.scopes[i], some = true, true
		}
	}
	if q.DocIDs == nil || !some {
		return f, some
	}
	some = false
	f.docs = make([]bool, len(c.docs.text))
	for _, doc := range q.DocIDs {
		if i, ok := c.docs.number[doc]; ok {
			f.docs[i], some = true, true
		}
	}
	return f, some
}

func (f filter) admits(s slot) bool {
	return s.scope != nobody && f.scopes[s.scope] && (f.docs == nil || f.docs[s.doc])
}

// searchDense compares the query with every admitted vector, a slab at a time on each core. It
// stops between two slabs when ctx ends.
func (c *collection) searchDense(ctx context.Context, q vector.Query, f filter) []vector.Hit {
	query := vector.Unit(q.Dense)
	workers := min(runtime.GOMAXPROCS(0), len(c.slabs))
	found := make([]*best, workers)
	var next atomic.Int64
	parallel(workers, func(worker int) {
		b := c.newBest(q.Limit)
		found[worker] = b
		for ctx.Err() == nil {
			from := int(next.Add(1)-1) * slabRows
			if from >= len(c.slots) {
				return
			}
			for at := from; at < min(from+slabRows, len(c.slots)); at++ {
				if s := c.slots[at]; s.dense && f.admits(s) {
					b.add(uint32(at), vek32.Dot(query, c.row(uint32(at))))
				}
			}
		}
	})
	all := c.newBest(q.Limit)
	for _, b := range found {
		for _, s := range b.found {
			all.add(s.slot, s.score)
		}
	}
	return c.hits(all)
}

// searchSparse adds up, term by term, what each point gets, in a list of sums by slot that is
// kept for the next search.
func (c *collection) searchSparse(q vector.Query, f filter, pool *sync.Pool) []vector.Hit {
	kept, _ := pool.Get().(*[]float32)
	if kept == nil || len(*kept) < len(c.slots) {
		fresh := make([]float32, len(c.slabs)*slabRows)
		kept = &fresh
	}
	defer pool.Put(kept)
	sums := (*kept)[:len(c.slots)]
	defer clear(sums)
	for i, index := range q.Sparse.Indices {
		p := c.terms[index]
		if p == nil || p.live == 0 {
			continue
		}
		df := float64(p.live)
		idf := math.Log(1 + (float64(c.sparse)-df+0.5)/(df+0.5))
		weight := float32(float64(q.Sparse.Values[i]) * idf)
		for _, posting := range p.list {
			sums[posting.slot] += weight * posting.weight
		}
	}
	b := c.newBest(q.Limit)
	for at, sum := range sums {
		if sum > 0 && f.admits(c.slots[at]) {
			b.add(uint32(at), sum)
		}
	}
	return c.hits(b)
}

func (c *collection) hits(b *best) []vector.Hit {
	b.trim()
	hits := make([]vector.Hit, len(b.found))
	for i, s := range b.found {
		hits[i] = vector.Hit{
			ID:      c.ids[s.slot],
			DocID:   c.docs.text[c.slots[s.slot].doc],
			ChunkID: c.chunkIDs[s.slot],
			Score:   float64(s.score),
		}
	}
	return hits
}
