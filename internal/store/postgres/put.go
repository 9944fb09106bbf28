package postgres

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// CommitPoints implements store.Points.
func (s *Store) CommitPoints(
	ctx context.Context, spaceID string, puts []store.PointPut, late bool,
) (made []bool, released []store.LedgerEntry, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		c := pointCommit{transaction: tx, spaceID: spaceID, late: late}
		if err := c.load(ctx, puts); err != nil {
			return err
		}
		made = make([]bool, len(puts))
		for i, put := range puts {
			made[i] = c.judge(put)
		}
		released, err = c.apply(ctx)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return made, released, nil
}

// pointCommit is transaction B of a batch of puts. All rows are locked and read first, the puts
// are judged one after the other in memory, and what they came to is written at once.
type pointCommit struct {
	*transaction
	spaceID string
	inUse   bool // the space is there and not retired
	late    bool

	docs   []string // of the chunks, locked
	chunks map[uuid.UUID]*putTarget
	ledger map[uuid.UUID]postgresdb.LockLedgerRow
	due    map[uuid.UUID]duePoint
	done   []uuid.UUID // written ids that leave the ledger
}

// putTarget is a chunk that may get another point.
type putTarget struct {
	scope      string
	old, point uuid.UUID // point before the batch, and now; uuid.Nil for none
}

func (c *pointCommit) load(ctx context.Context, puts []store.PointPut) error {
	var chunks, ids []uuid.UUID
	for _, put := range puts {
		chunks = append(chunks, put.ChunkID)
		ids = append(ids, put.NewID, put.OldID)
	}
	if err := c.HoldSpaces(ctx, spacesLock); err != nil {
		return err
	}
	var err error
	if c.inUse, err = c.SpaceInUse(ctx, c.spaceID); err != nil {
		return err
	}
	c.docs, err = c.LockDocumentsOfChunks(ctx, chunks)
	if err != nil {
		return err
	}
	rows, err := c.PutTargets(ctx, postgresdb.PutTargetsParams{
		SpaceID: c.spaceID, ChunkIds: chunks, DocIds: c.docs,
	})
	if err != nil {
		return err
	}
	c.due = map[uuid.UUID]duePoint{}
	c.chunks = make(map[uuid.UUID]*putTarget, len(rows))
	for _, row := range rows {
		c.chunks[row.ChunkID] = &putTarget{
			scope: row.Scope, old: row.Point.UUID, point: row.Point.UUID,
		}
	}
	c.ledger, err = c.lockLedger(ctx, ids)
	return err
}

// judge decides about one put after those before it, and reports whether it is made.
func (c *pointCommit) judge(put store.PointPut) bool {
	row, reserved := c.ledger[put.NewID]
	if !reserved || row.State != string(store.Writing) {
		return false
	}
	delete(c.ledger, put.NewID) // whatever comes, it is no longer writing
	target := c.chunks[put.ChunkID]
	if !c.inUse || target == nil || row.SpaceID != c.spaceID || target.point != put.OldID ||
		target.scope != string(put.Scope) {
		c.due[put.NewID] = duePoint{id: put.NewID, spaceID: row.SpaceID, late: c.late}
		return false
	}
	if put.OldID != uuid.Nil {
		// Late already, if this batch wrote it.
		old := c.due[put.OldID]
		c.due[put.OldID] = duePoint{id: put.OldID, spaceID: c.spaceID, late: old.late}
	}
	target.point = put.NewID
	if c.late {
		c.due[put.NewID] = duePoint{
			id: put.NewID, spaceID: c.spaceID, late: true, referenced: true,
		}
	} else {
		c.done = append(c.done, put.NewID)
	}
	return true
}

func (c *pointCommit) apply(ctx context.Context) ([]store.LedgerEntry, error) {
	var due []duePoint
	for _, p := range c.due {
		due = append(due, p)
	}
	released, err := c.markDue(ctx, due)
	if err != nil {
		return nil, err
	}
	var gone []uuid.UUID
	insert := postgresdb.InsertPointsParams{SpaceID: c.spaceID}
	for id, target := range c.chunks {
		if target.point == target.old {
			continue
		}
		if target.old != uuid.Nil {
			gone = append(gone, target.old)
		}
		insert.VectorIds = append(insert.VectorIds, target.point)
		insert.ChunkIds = append(insert.ChunkIds, id)
		insert.Scopes = append(insert.Scopes, target.scope)
	}
	if len(gone) > 0 {
		if err := c.DeletePoints(ctx, gone); err != nil {
			return nil, err
		}
	}
	if len(insert.VectorIds) > 0 {
		if err := c.InsertPoints(ctx, insert); err != nil {
			return nil, err
		}
		if err := c.EndScopeChanges(ctx, c.docs); err != nil {
			return nil, err
		}
	}
	// One that was let go again by a later put stays, as due.
	done := slices.DeleteFunc(c.done, func(id uuid.UUID) bool {
		_, due := c.due[id]
		return due
	})
	if len(done) > 0 {
		return released, c.DeleteLedger(ctx, done)
	}
	return released, nil
}
