package exact

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/lectern-project/lectern/internal/vector"
)

// change is one call of Upsert or Delete on its way into the file and then into memory.
type change struct {
	ctx     context.Context
	spaceID string
	put     []put
	remove  []removal

	c    *collection // set when it went into the transaction
	done bool
	err  error
}

type put struct {
	id    uuid.UUID
	value []byte // a record
}

type removal struct {
	id      uuid.UUID
	indices []uint32 // of the sparse vector, read from the file before it is deleted
	known   bool
}

// Upsert implements [vector.Index]. An error that is not Invalid, NotFound or of the context may
// be marked [vector.ErrMayLand]: the disk failed while the transaction was being committed.
func (x *Index) Upsert(ctx context.Context, spaceID string, points []vector.Point) error {
	ch := &change{ctx: ctx, spaceID: spaceID, put: make([]put, len(points))}
	var dims int
	err := x.read(ctx, spaceID, func(c *collection) error {
		dims = c.dims
		return nil
	})
	if err != nil {
		return err
	}
	for i, p := range points {
		if err := vector.CheckPoint(p, dims); err != nil {
			return err
		}
		ch.put[i] = put{p.ID, encodeRecord(p, vector.Unit(p.Dense))}
	}
	if len(points) == 0 {
		return nil
	}
	return x.commit(ch)
}

// Delete implements [vector.Index].
func (x *Index) Delete(ctx context.Context, spaceID string, ids []uuid.UUID) error {
	if err := x.read(ctx, spaceID, func(*collection) error { return nil }); err != nil {
		return err
	}
	if len(ids) == 0 {
		return nil
	}
	ch := &change{ctx: ctx, spaceID: spaceID, remove: make([]removal, len(ids))}
	for i, id := range ids {
		ch.remove[i].id = id
	}
	return x.commit(ch)
}

// commit returns when ch is durable and in memory, or has failed. Whoever comes first writes for
// all that wait meanwhile, so that many callers share one synchronisation of the file.
func (x *Index) commit(ch *change) error {
	x.queued.Lock()
	x.queued.changes = append(x.queued.changes, ch)
	x.queued.Unlock()
	x.writing.Lock()
	defer x.writing.Unlock()
	if !ch.done {
		x.queued.Lock()
		changes := x.queued.changes
		x.queued.changes = nil
		x.queued.Unlock()
		x.write(changes)
	}
	return ch.err
}

// write settles all changes in one transaction. The caller holds x.writing.
func (x *Index) write(changes []*change) {
	err := x.update(func(tx *bbolt.Tx) error {
		for _, ch := range changes {
			if ch.err = ch.ctx.Err(); ch.err != nil {
				continue
			}
			if ch.c = x.find(ch.spaceID); ch.c == nil {
				ch.err = unknown(ch.spaceID)
				continue
			}
			if err := ch.store(pointsOf(tx, ch.spaceID)); err != nil {
				return err
			}
		}
		return nil
	})
	x.apply(changes, err)
	for _, ch := range changes {
		if ch.c != nil && ch.c.needsSweep() {
			ch.c.sweep(&x.mu)
		}
	}
}

// apply makes the changes visible that err, the outcome of their transaction, allows.
func (x *Index) apply(changes []*change, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, ch := range changes {
		ch.done = true
		if ch.err == nil {
			ch.err = err
		}
		if ch.err == nil {
			ch.apply()
		}
	}
}

// store writes the change into the transaction.
func (ch *change) store(points *bbolt.Bucket) error {
	points.FillPercent = 1 // ids rise with time, so pages are not written to again
	for _, p := range ch.put {
		_, there := ch.c.byID[p.id]
		if there && points.Get(p.id[:]) != nil {
			continue
		}
		if err := points.Put(p.id[:], p.value); err != nil {
			return err
		}
	}
	for i := range ch.remove {
		r := &ch.remove[i]
		if value := points.Get(r.id[:]); intact(r.id, value) {
			r.known = true
			record, _ := parseRecord(value)
			for index := range record.sparse {
				r.indices = append(r.indices, index)
			}
		}
		if err := points.Delete(r.id[:]); err != nil {
			return err
		}
	}
	return nil
}

// apply brings the durable change into memory.
func (ch *change) apply() {
	for _, p := range ch.put {
		r, _ := parseRecord(p.value)
		ch.c.insert(p.id, r)
	}
	for _, r := range ch.remove {
		ch.c.remove(r.id, r.indices, r.known)
	}
}

// update runs f in a transaction that is on disk when it returns nil. The caller holds x.writing.
// A failed transaction is marked with [vector.ErrMayLand]: when the very last step of a commit
// fails, bbolt cannot tell whether it reached the disk.
func (x *Index) update(f func(*bbolt.Tx) error) (err error) {
	defer catch(x.path, &err)()
	if err := x.db.Update(f); err != nil {
		return fileError(x.path, errors.Join(vector.ErrMayLand, err))
	}
	return nil
}
