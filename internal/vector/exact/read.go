package exact

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// Fetch implements [vector.Index]. It reads the file.
func (x *Index) Fetch(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) (points []vector.Point, err error) {
	if err := x.read(ctx, spaceID, func(*collection) error { return nil }); err != nil {
		return nil, err
	}
	if err := x.view(func(tx *bbolt.Tx) error {
		bucket := pointsOf(tx, spaceID)
		if bucket == nil {
			return unknown(spaceID)
		}
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				return err
			}
			value := bucket.Get(id[:])
			if !intact(id, value) {
				continue
			}
			if r, err := parseRecord(value); err == nil {
				points = append(points, r.point(id))
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return points, nil
}

// Scan implements [vector.Index]. It looks at every id once, in memory, so that an audit does not
// draw the file into memory: some 100,000 ids in a millisecond.
func (x *Index) Scan(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) (refs []vector.Ref, err error) {
	if err := vector.CheckLimit(limit); err != nil {
		return nil, err
	}
	err = x.read(ctx, spaceID, func(c *collection) error {
		for _, at := range c.slotsAfter(after, limit) {
			refs = append(refs, c.ref(at))
		}
		return nil
	})
	return refs, err
}

// slotsAfter returns the slots of the limit lowest ids above after, in the order of ids.
func (c *collection) slotsAfter(after uuid.UUID, limit int) []uint32 {
	byID := func(a, b uint32) int { return bytes.Compare(c.ids[a][:], c.ids[b][:]) }
	limit = min(limit, len(c.slots))
	var found []uint32
	var bound *uuid.UUID // no id above it is among the lowest
	for at := range c.slots {
		id := &c.ids[at]
		if bytes.Compare(id[:], after[:]) <= 0 || c.slots[at].scope == nobody ||
			bound != nil && bytes.Compare(id[:], bound[:]) > 0 {
			continue
		}
		if found = append(found, uint32(at)); len(found) >= 2*limit+64 {
			slices.SortFunc(found, byID)
			found = found[:limit]
			bound = &c.ids[found[limit-1]]
		}
	}
	slices.SortFunc(found, byID)
	return found[:min(limit, len(found))]
}

func (c *collection) ref(at uint32) vector.Ref {
	s := c.slots[at]
	r := vector.Ref{
		ID:      c.ids[at],
		DocID:   c.docs.text[s.doc],
		ChunkID: c.chunkIDs[at],
		Scope:   book.Scope(c.scopes.text[s.scope]),
	}
	if s.dense {
		r.Dimensions = c.dims
	}
	return r
}

// Count implements [vector.Index].
func (x *Index) Count(ctx context.Context, spaceID string) (n int, err error) {
	err = x.read(ctx, spaceID, func(c *collection) error {
		n = len(c.byID)
		return nil
	})
	return n, err
}
