// Package memory implements the vector index in memory, for tests and for the simulation of the
// protocol. Searches compare the query with every point, as the contract says it.
package memory

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// Index is a vector index in memory. Make it with New. It may be used after Close, as if it had
// been opened again.
type Index struct {
	mu          sync.RWMutex
	collections map[string]*collection
}

var _ vector.Index = (*Index)(nil)

type collection struct {
	dims   int
	points map[uuid.UUID]vector.Point
}

// New returns an index without collections.
func New() *Index { return &Index{collections: map[string]*collection{}} }

// Ensure implements vector.Index.
func (x *Index) Ensure(ctx context.Context, space book.Space) error {
	if err := ended(ctx); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	c, there := x.collections[space.ID()]
	switch {
	case space.Dimensions < 1:
		return book.Errorf(book.Invalid, "the embedding space %s has no dimensions", space.ID())
	case !there:
		x.collections[space.ID()] = &collection{
			dims: space.Dimensions, points: map[uuid.UUID]vector.Point{},
		}
	case c.dims != space.Dimensions:
		return book.Errorf(book.Conflict, "the collection %s has %d dimensions, not %d", space.ID(),
			c.dims, space.Dimensions)
	}
	return nil
}

// Drop implements vector.Index.
func (x *Index) Drop(ctx context.Context, spaceID string) error {
	if err := ended(ctx); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.collections, spaceID)
	return nil
}

// Collections implements vector.Index.
func (x *Index) Collections(ctx context.Context) ([]string, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Sorted(maps.Keys(x.collections)), nil
}

// Upsert implements vector.Index.
func (x *Index) Upsert(ctx context.Context, spaceID string, points []vector.Point) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	c, err := x.collection(ctx, spaceID)
	if err != nil {
		return err
	}
	for _, p := range points {
		if err := vector.CheckPoint(p, c.dims); err != nil {
			return err
		}
	}
	for _, p := range points {
		if p.Sparse = cloned(p.Sparse); len(p.Dense) > 0 {
			p.Dense = vector.Unit(p.Dense)
		}
		c.points[p.ID] = p
	}
	return nil
}

// Delete implements vector.Index.
func (x *Index) Delete(ctx context.Context, spaceID string, ids []uuid.UUID) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	c, err := x.collection(ctx, spaceID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		delete(c.points, id)
	}
	return nil
}

// Fetch implements vector.Index.
func (x *Index) Fetch(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) ([]vector.Point, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c, err := x.collection(ctx, spaceID)
	if err != nil {
		return nil, err
	}
	points := []vector.Point{}
	for _, id := range ids {
		if p, ok := c.points[id]; ok {
			p.Dense, p.Sparse = slices.Clone(p.Dense), cloned(p.Sparse)
			points = append(points, p)
		}
	}
	return points, nil
}

// Scan implements vector.Index.
func (x *Index) Scan(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) ([]vector.Ref, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c, err := x.collection(ctx, spaceID)
	if err != nil {
		return nil, err
	}
	if err := vector.CheckLimit(limit); err != nil {
		return nil, err
	}
	refs := []vector.Ref{}
	for _, id := range slices.SortedFunc(maps.Keys(c.points), compareIDs) {
		if p := c.points[id]; compareIDs(id, after) > 0 && len(refs) < limit {
			refs = append(refs, vector.Ref{
				ID: p.ID, DocID: p.DocID, ChunkID: p.ChunkID, Scope: p.Scope,
				Dimensions: len(p.Dense),
			})
		}
	}
	return refs, nil
}

// Count implements vector.Index.
func (x *Index) Count(ctx context.Context, spaceID string) (int, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c, err := x.collection(ctx, spaceID)
	if err != nil {
		return 0, err
	}
	return len(c.points), nil
}

// Ping implements vector.Index.
func (x *Index) Ping(ctx context.Context) error { return ended(ctx) }

// Close implements vector.Index.
func (x *Index) Close() error { return nil }

// collection returns the collection of a space, or NotFound.
func (x *Index) collection(ctx context.Context, spaceID string) (*collection, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	c, ok := x.collections[spaceID]
	if !ok {
		return nil, book.Errorf(book.NotFound, "there is no collection %s", spaceID)
	}
	return c, nil
}

// ended returns the contract's error for a context that has ended.
func ended(ctx context.Context) error {
	switch err := ctx.Err(); {
	case err == nil:
		return nil
	case book.CodeOf(err) == book.Deadline:
		return book.Wrap(book.Deadline, err, "the index did not answer in time")
	default:
		return book.Wrap(book.Canceled, err, "the request was canceled")
	}
}

// compareIDs orders ids by their bytes.
func compareIDs(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }

func cloned(v book.SparseVector) book.SparseVector {
	return book.SparseVector{Indices: slices.Clone(v.Indices), Values: slices.Clone(v.Values)}
}
