package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// maxIn is how many values one IN list gets; SQLite allows 32,766.
const maxIn = 10_000

// Reserve implements store.Ledger.
func (s *Store) Reserve(
	ctx context.Context, spaceID string, ids []uuid.UUID, lease time.Duration,
) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		if err := tx.checkInUse(ctx, spaceID); err != nil {
			return err
		}
		seq, err := tx.sequence(ctx, len(ids))
		if err != nil {
			return err
		}
		for i, id := range ids {
			err := tx.Reserve(ctx, sqlitedb.ReserveParams{
				VectorID: sqlitedb.UUID(id),
				SpaceID:  spaceID,
				DueAt:    sqlitedb.Time(tx.now.Add(lease)),
				Since:    sqlitedb.Time(tx.now),
				Seq:      seq + int64(i),
			})
			if taken(err) || forbidden(err) {
				return book.Wrap(book.Conflict, err, "vector id %s is in use already", id)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Abandon implements store.Ledger.
func (s *Store) Abandon(
	ctx context.Context, ids []uuid.UUID, late bool,
) (due []store.LedgerEntry, err error) {
	err = s.update(ctx, func(ctx context.Context, tx *transaction) error {
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
	var points []point
	err := s.update(ctx, func(ctx context.Context, tx *transaction) error {
		rows, err := tx.ExpiredLeases(ctx, sqlitedb.ExpiredLeasesParams{
			DueAt: sqlitedb.Time(tx.now), Limit: int64(limit),
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			points = append(points, point{id: row.VectorID, spaceID: row.SpaceID})
		}
		_, err = tx.markDue(ctx, points, true)
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(points), nil
}

// ListDue implements store.Ledger.
func (s *Store) ListDue(ctx context.Context, limit int) ([]store.LedgerEntry, error) {
	rows, err := s.read.ListDue(ctx, sqlitedb.ListDueParams{
		DueAt: sqlitedb.Time(s.now()), Limit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	entries := make([]store.LedgerEntry, len(rows))
	for i, row := range rows {
		entries[i] = store.LedgerEntry{
			VectorID:   uuid.UUID(row.VectorID),
			SpaceID:    row.SpaceID,
			Seq:        row.Seq,
			Referenced: row.Reference != sqlitedb.UUID{},
		}
	}
	return entries, nil
}

// Drop implements store.Ledger.
func (s *Store) Drop(ctx context.Context, entries []store.LedgerEntry) (int, error) {
	var dropped int64
	err := s.update(ctx, func(ctx context.Context, tx *transaction) error {
		seq, err := tx.sequence(ctx, len(entries))
		if err != nil {
			return err
		}
		for i, entry := range entries {
			// A late row goes on watch even if its watch has ended by now: it had not when the row
			// was read, so the point may have been written after it was settled.
			n, err := tx.WatchLedger(ctx, sqlitedb.WatchLedgerParams{
				Since:    sqlitedb.Time(tx.now),
				Seq:      seq + int64(i),
				VectorID: sqlitedb.UUID(entry.VectorID),
				Seq_2:    entry.Seq,
			})
			if err != nil {
				return err
			}
			if n == 0 {
				n, err = tx.DropLedger(ctx, sqlitedb.DropLedgerParams{
					VectorID: sqlitedb.UUID(entry.VectorID),
					Seq:      entry.Seq,
					DueAt:    sqlitedb.Time(tx.now),
				})
			}
			if err != nil {
				return err
			}
			dropped += n
		}
		return nil
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
	states := map[uuid.UUID]store.LedgerState{}
	err := s.view(ctx, func(q *sqlitedb.Queries) error {
		for part := range slices.Chunk(columns(ids), maxIn) {
			found, err := q.LedgerStates(ctx, part)
			if err != nil {
				return err
			}
			for _, row := range found {
				state := store.Due // a watched row is to be settled, too, only later
				if row.State == string(store.Writing) {
					state = store.Writing
				}
				states[uuid.UUID(row.VectorID)] = state
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

// AddStrays implements store.Ledger.
func (s *Store) AddStrays(ctx context.Context, spaceID string, ids []uuid.UUID) (int, error) {
	var added int64
	err := s.update(ctx, func(ctx context.Context, tx *transaction) error {
		if err := tx.checkInUse(ctx, spaceID); err != nil {
			return err
		}
		seq, err := tx.sequence(ctx, len(ids))
		if err != nil {
			return err
		}
		for i, id := range ids {
			n, err := tx.InsertStray(ctx, sqlitedb.InsertStrayParams{
				VectorID: sqlitedb.UUID(id),
				SpaceID:  spaceID,
				DueAt:    sqlitedb.Time(tx.now),
				Seq:      seq + int64(i),
			})
			if err != nil {
				return err
			}
			added += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return int(added), nil
}

// LedgerStats implements store.Ledger.
func (s *Store) LedgerStats(ctx context.Context) (store.LedgerStats, error) {
	now := s.now()
	rows, err := s.read.LedgerCounts(ctx, sqlitedb.Time(now))
	if err != nil {
		return store.LedgerStats{}, s.translate(ctx, err)
	}
	var stats store.LedgerStats
	for _, row := range rows {
		oldest := time.UnixMicro(row.Oldest)
		switch {
		case row.State == "writing":
			stats.Writing += int(row.Count)
		case row.State == "due":
			stats.Due += int(row.Count)
		case row.Ended: // the watch: to be settled since then
			stats.Due += int(row.Count)
			oldest = time.UnixMicro(row.FirstDue)
		default:
			stats.Watched += int(row.Count)
			continue
		}
		stats.Oldest = max(stats.Oldest, now.Sub(oldest))
	}
	return stats, nil
}

// point is a vector id with its space.
type point struct {
	id      sqlitedb.UUID
	spaceID string
}

// markDue makes points due, late too if somebody may still write them, and returns them as entries
// that nothing refers to.
func (tx *transaction) markDue(
	ctx context.Context, points []point, late bool,
) ([]store.LedgerEntry, error) {
	seq, err := tx.sequence(ctx, len(points))
	if err != nil {
		return nil, err
	}
	var lateUntil time.Time
	if late {
		lateUntil = tx.now.Add(store.LateWatch)
	}
	entries := make([]store.LedgerEntry, len(points))
	for i, p := range points {
		entries[i] = store.LedgerEntry{
			VectorID: uuid.UUID(p.id), SpaceID: p.spaceID, Seq: seq + int64(i),
		}
		if err := tx.MarkDue(ctx, sqlitedb.MarkDueParams{
			VectorID:  p.id,
			SpaceID:   p.spaceID,
			DueAt:     sqlitedb.Time(tx.now),
			LateUntil: sqlitedb.Time(lateUntil),
			Seq:       entries[i].Seq,
		}); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// abandon makes those of ids due that are on the ledger as writing.
func (tx *transaction) abandon(
	ctx context.Context, ids []uuid.UUID, late bool,
) ([]store.LedgerEntry, error) {
	var points []point
	seen := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		space, err := tx.WritingSpace(ctx, sqlitedb.UUID(id))
		switch {
		case err == nil:
			points = append(points, point{id: sqlitedb.UUID(id), spaceID: space})
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	return tx.markDue(ctx, points, late)
}

// settleWritten takes the ids of a write that succeeded off the ledger, or makes them due and late
// when an attempt of it may land again.
func (tx *transaction) settleWritten(
	ctx context.Context, written []point, late bool,
) ([]store.LedgerEntry, error) {
	if late {
		entries, err := tx.markDue(ctx, written, true)
		for i := range entries {
			entries[i].Referenced = true
		}
		return entries, err
	}
	for _, p := range written {
		if err := tx.DeleteLedger(ctx, p.id); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// sequence takes n sequence numbers and returns the first.
func (tx *transaction) sequence(ctx context.Context, n int) (int64, error) {
	last, err := tx.TakeSequence(ctx, int64(n))
	return last - int64(n) + 1, err
}

func columns(ids []uuid.UUID) []sqlitedb.UUID {
	out := make([]sqlitedb.UUID, len(ids))
	for i, id := range ids {
		out[i] = sqlitedb.UUID(id)
	}
	return out
}
