// Package exact is the vector index of embedded mode: exact search over vectors in memory, kept in
// a bbolt file of its own that is synchronised before a write is acknowledged.
//
// Everything that a search looks at is in memory: the dense vectors as float32, the sparse ones as
// one list of points for each index. The file has the same points, one record each; the sparse
// vector of a single point is read from there. Only one process can have the file open.
//
// A record that cannot be read (its checksum is wrong) is left out with a line in the log, as if
// it were missing; an audit then finds and replaces it. A file whose structure is damaged is not
// opened at all.
package exact

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"sync"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// Index is an open index. It is safe for concurrent use.
type Index struct {
	path string
	db   *bbolt.DB

	// writing is held by the goroutine that changes the file and then memory.
	writing sync.Mutex
	// queued are the changes for the next transaction; see commit.
	queued struct {
		sync.Mutex
		changes []*change
	}

	// mu guards memory: searches share it, a writer holds it only while it applies what is
	// durable.
	mu          sync.RWMutex
	collections map[string]*collection

	sums sync.Pool // of *[]float32, see collection.searchSparse
}

var _ vector.Index = (*Index)(nil)

// Open opens the index in the file at path and creates it if it is absent; the folder must exist.
// Errors: Conflict when another process has it open or another program or version wrote it,
// Unavailable when it cannot be read and written, Internal when it is damaged.
func Open(path string) (*Index, error) { return open(path, bbolt.Options{}) }

func open(path string, options bbolt.Options) (*Index, error) {
	for {
		db, err := openFile(path, options)
		if err != nil {
			return nil, err
		}
		collections, loaded, err := load(db)
		// Opened again, the file is mapped afresh: what was read does not stay resident.
		if err := errors.Join(err, db.Close()); err != nil {
			return nil, fileError(path, err)
		}
		if db, err = openFile(path, options); err != nil {
			return nil, err
		}
		if last, err := lastTransaction(db); err != nil || last != loaded {
			_ = db.Close() // another process wrote in between
			if err != nil {
				return nil, fileError(path, err)
			}
			continue
		}
		return &Index{path: path, db: db, collections: collections}, nil
	}
}

func lastTransaction(db *bbolt.DB) (id int, err error) {
	err = db.View(func(tx *bbolt.Tx) error {
		id = tx.ID()
		return nil
	})
	return id, err
}

// Ensure implements [vector.Index].
func (x *Index) Ensure(ctx context.Context, space book.Space) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	id := space.ID()
	if space.Dimensions < 1 || space.Dimensions > maxDimensions {
		return book.Errorf(book.Invalid, "the embedding space %s has %d dimensions; it must have 1 "+
			"to %d", id, space.Dimensions, maxDimensions)
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	if c := x.find(id); c != nil {
		if c.dims != space.Dimensions {
			return book.Errorf(book.Conflict, "the collection %s has %d dimensions, not %d; the "+
				"vector index %s belongs to other data", id, c.dims, space.Dimensions, x.path)
		}
		return nil
	}
	err := x.update(func(tx *bbolt.Tx) error {
		c, err := tx.Bucket(collectionsBucket).CreateBucket([]byte(id))
		if err != nil {
			return err
		}
		dims := binary.AppendUvarint(nil, uint64(space.Dimensions))
		if err := c.Put(dimensionsKey, dims); err != nil {
			return err
		}
		_, err = c.CreateBucket(pointsBucket)
		return err
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.collections[id] = newCollection(space.Dimensions)
	return nil
}

// Drop implements [vector.Index].
func (x *Index) Drop(ctx context.Context, spaceID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	err := x.update(func(tx *bbolt.Tx) error {
		err := tx.Bucket(collectionsBucket).DeleteBucket([]byte(spaceID))
		if errors.Is(err, bolterrors.ErrBucketNotFound) || spaceID == "" {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.collections, spaceID)
	return nil
}

// Collections implements [vector.Index].
func (x *Index) Collections(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Sorted(maps.Keys(x.collections)), nil
}

// find returns the collection or nil. Only a holder of x.writing may look into it afterwards, and
// only for what no writer changes meanwhile.
func (x *Index) find(spaceID string) *collection {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.collections[spaceID]
}

// read calls f with the collection while no writer changes it.
func (x *Index) read(ctx context.Context, spaceID string, f func(*collection) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := x.collections[spaceID]
	if c == nil {
		return unknown(spaceID)
	}
	return f(c)
}

// view runs f in a transaction that reads. Errors are those of f, or Internal for damaged pages.
func (x *Index) view(f func(*bbolt.Tx) error) (err error) {
	defer catch(x.path, &err)()
	return x.db.View(f)
}

func unknown(spaceID string) error {
	return book.Errorf(book.NotFound, "the vector index has no collection %q", spaceID)
}

// Ping implements [vector.Index].
func (x *Index) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := lastTransaction(x.db); err != nil {
		return fileError(x.path, err)
	}
	return nil
}

// Close implements [vector.Index].
func (x *Index) Close() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	if err := x.db.Close(); err != nil {
		return fileError(x.path, err)
	}
	return nil
}
