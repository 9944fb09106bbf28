package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// Reserve implements store.Ledger.
func (s *Store) Reserve(
	ctx context.Context, spaceID string, ids []uuid.UUID, lease time.Duration,
) error {
	if len(ids) == 0 {
		return s.translate(ctx, checkInUse(ctx, s.read, spaceID))
	}
	return s.update(ctx, func(tx *transaction) error {
		n, err := tx.Reserve(ctx, postgresdb.ReserveParams{
			SpaceID: spaceID, Lease: lease, Ids: ids,
		})
		if taken(err) {
			return book.Wrap(book.Conflict, err, "a vector id is in use already")
		}
		if err == nil && n == 0 {
			return noSpace(spaceID)
		}
		return err
	})
}

// Abandon implements store.Ledger.
func (s *Store) Abandon(
	ctx context.Context, ids []uuid.UUID, late bool,
) (due []store.LedgerEntry, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		due, err = tx.abandon(ctx, ids, late)
		return err
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

// ExpireLeases implements store.Ledger.
func (s *Store) ExpireLeases(ctx context.Context, limit int) (int, error) {
	var expired int64
	err := s.update(ctx, func(tx *transaction) (err error) {
		expired, err = tx.ExpireLeases(ctx, postgresdb.ExpireLeasesParams{
			Watch: store.LateWatch, RowLimit: int64(limit),
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(expired), nil
}

// ListDue implements store.Ledger.
func (s *Store) ListDue(ctx context.Context, limit int) ([]store.LedgerEntry, error) {
	rows, err := s.read.ListDue(ctx, int64(limit))
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	entries := make([]store.LedgerEntry, len(rows))
	for i, row := range rows {
		entries[i] = store.LedgerEntry(row)
	}
	return entries, nil
}

// Drop implements store.Ledger.
func (s *Store) Drop(ctx context.Context, entries []store.LedgerEntry) (int, error) {
	ids, seqs := make([]uuid.UUID, len(entries)), make([]int64, len(entries))
	for i, entry := range entries {
		ids[i], seqs[i] = entry.VectorID, entry.Seq
	}
	var dropped int64
	err := s.update(ctx, func(tx *transaction) (err error) {
		dropped, err = tx.Drop(ctx, postgresdb.DropParams{Ids: ids, Seqs: seqs})
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(dropped), nil
}

// LedgerStates implements store.Ledger.
func (s *Store) LedgerStates(
	ctx context.Context, ids []uuid.UUID,
) (map[uuid.UUID]store.LedgerState, error) {
	rows, err := s.read.LedgerStates(ctx, ids)
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	states := make(map[uuid.UUID]store.LedgerState, len(rows))
	for _, row := range rows {
		states[row.VectorID] = store.Due // a watched row is to be settled, too, only later
		if row.State == string(store.Writing) {
			states[row.VectorID] = store.Writing
		}
	}
	return states, nil
}

// AddStrays implements store.Ledger.
func (s *Store) AddStrays(ctx context.Context, spaceID string, ids []uuid.UUID) (int, error) {
	added := 0
	err := s.update(ctx, func(tx *transaction) error {
		if err := tx.HoldSpaces(ctx, spacesLock); err != nil {
			return err
		}
		if err := checkInUse(ctx, tx.Queries, spaceID); err != nil {
			return err
		}
		put, err := tx.InsertStrays(ctx, postgresdb.InsertStraysParams{SpaceID: spaceID, Ids: ids})
		if err != nil {
			return err
		}
		gone, err := tx.DeleteReferenced(ctx, put)
		added = len(put) - int(gone)
		return err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// LedgerStats implements store.Ledger.
func (s *Store) LedgerStats(ctx context.Context) (store.LedgerStats, error) {
	row, err := s.read.LedgerStats(ctx)
	if err != nil {
		return store.LedgerStats{}, s.translate(ctx, err)
	}
	return store.LedgerStats{
		Writing: int(row.Writing),
		Due:     int(row.Due),
		Watched: int(row.Watched),
		Oldest:  row.Oldest,
	}, nil
}

// abandon makes those of ids due that are on the ledger as writing.
func (tx *transaction) abandon(
	ctx context.Context, ids []uuid.UUID, late bool,
) ([]store.LedgerEntry, error) {
	rows, err := tx.Abandon(ctx, postgresdb.AbandonParams{
		Ids: ids, Late: late, Watch: store.LateWatch,
	})
	if err != nil {
		return nil, err
	}
	entries := make([]store.LedgerEntry, len(rows))
	for i, row := range rows {
		entries[i] = store.LedgerEntry{
			VectorID: row.VectorID, SpaceID: row.SpaceID, Seq: row.Seq,
		}
	}
	return entries, nil
}

// lockLedger locks those of ids that are on the ledger and returns their rows.
func (tx *transaction) lockLedger(
	ctx context.Context, ids []uuid.UUID,
) (map[uuid.UUID]postgresdb.LockLedgerRow, error) {
	rows, err := tx.LockLedger(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[uuid.UUID]postgresdb.LockLedgerRow, len(rows))
	for _, row := range rows {
		found[row.VectorID] = row
	}
	return found, nil
}

// duePoint is a vector id that becomes due.
type duePoint struct {
	id         uuid.UUID
	spaceID    string
	late       bool // somebody may still write the point
	referenced bool // a chunk refers to it at the end of the transaction
}

// markDue makes the points, each named once, due and returns their entries.
func (tx *transaction) markDue(
	ctx context.Context, points []duePoint,
) ([]store.LedgerEntry, error) {
	if len(points) == 0 {
		return nil, nil
	}
	params := postgresdb.MarkDueParams{Watch: store.LateWatch}
	for _, p := range points {
		params.Ids = append(params.Ids, p.id)
		params.SpaceIds = append(params.SpaceIds, p.spaceID)
		params.Lates = append(params.Lates, p.late)
	}
	rows, err := tx.MarkDue(ctx, params)
	if err != nil {
		return nil, err
	}
	seqs := make(map[uuid.UUID]int64, len(rows))
	for _, row := range rows {
		seqs[row.VectorID] = row.Seq
	}
	entries := make([]store.LedgerEntry, len(points))
	for i, p := range points {
		entries[i] = store.LedgerEntry{
			VectorID: p.id, SpaceID: p.spaceID, Seq: seqs[p.id], Referenced: p.referenced,
		}
	}
	return entries, nil
}
