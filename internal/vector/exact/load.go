package exact

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
)

// load reads every collection into memory and returns the id of the transaction that it saw.
func load(db *bbolt.DB) (map[string]*collection, int, error) {
	collections := make(map[string]*collection)
	var last int
	err := db.View(func(tx *bbolt.Tx) (err error) {
		defer catch(db.Path(), &err)()
		last = tx.ID()
		all := tx.Bucket(collectionsBucket)
		return all.ForEachBucket(func(name []byte) error {
			b := all.Bucket(name)
			dims, _ := binary.Uvarint(b.Get(dimensionsKey))
			points := b.Bucket(pointsBucket)
			if dims == 0 || dims > maxDimensions || points == nil {
				return damaged(db.Path(), fmt.Errorf("collection %q is incomplete", name))
			}
			c, lost := loadCollection(points, int(dims))
			if lost > 0 {
				slog.Warn("points of the vector index cannot be read; "+
					"\"lectern doctor --repair\" replaces them",
					"file", db.Path(), "collection", string(name), "points", lost)
			}
			collections[string(name)] = c
			return nil
		})
	})
	return collections, last, err
}

// loadCollection reads all points of a bucket, on all cores, and counts those it had to leave out.
func loadCollection(points *bbolt.Bucket, dims int) (c *collection, lost int) {
	c = newCollection(dims)
	var values [][]byte // by slot, in the mapped file; nil where the record cannot be read
	cursor := points.Cursor()
	for key, value := cursor.First(); key != nil; key, value = cursor.Next() {
		id, err := uuid.FromBytes(key)
		if err != nil {
			lost++
			continue
		}
		c.ids = append(c.ids, id)
		values = append(values, value)
	}
	for range (len(values) + slabRows - 1) / slabRows {
		c.slabs = append(c.slabs, make([]float32, slabRows*dims))
	}
	c.slots = make([]slot, len(values))
	c.chunkIDs = make([]uuid.UUID, len(values))
	c.byID = make(map[uuid.UUID]uint32, len(values))

	workers := runtime.GOMAXPROCS(0)
	parallel(workers, func(worker int) {
		debug.SetPanicOnFault(true) // for loadDense; the goroutine ends here
		from, to := len(values)*worker/workers, len(values)*(worker+1)/workers
		for at := from; at < to; at++ {
			if !c.loadDense(uint32(at), values[at]) {
				values[at] = nil
			}
		}
	})
	for at, value := range values {
		if value == nil {
			c.slots[at] = slot{scope: nobody}
			c.free = append(c.free, uint32(at))
			lost++
			continue
		}
		r, _ := parseRecord(value)
		c.byID[c.ids[at]] = uint32(at)
		c.describe(uint32(at), r)
	}
	slices.Reverse(c.free)
	c.terms = loadPostings(values)
	return c, lost
}

// loadDense checks a record and copies its dense vector. On a damaged page, value can be outside
// the file.
func (c *collection) loadDense(at uint32, value []byte) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	if !intact(c.ids[at], value) {
		return false
	}
	r, err := parseRecord(value)
	if err != nil || r.dims != 0 && r.dims != c.dims {
		return false
	}
	if r.dims > 0 {
		readFloats(c.row(at), r.dense)
	}
	return true
}

// parallel calls f with 0 to n-1 at once and returns when all have returned.
func parallel(n int, f func(worker int)) {
	var group sync.WaitGroup
	for worker := range n {
		group.Go(func() { f(worker) })
	}
	group.Wait()
}
