package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// row is a row of the ledger.
type row struct {
	spaceID string
	state   store.LedgerState
	watched bool      // settled once, to be settled again at dueAt
	dueAt   time.Time // end of the lease, when the row became due, or end of the watch
	since   time.Time // when the row came into this state
	// lateUntil is until when somebody may still write the point although nobody waits for it;
	// zero for never.
	lateUntil time.Time
	seq       int64
}

// due reports whether the row is to be settled now.
func (r row) due(now time.Time) bool {
	return r.state == store.Due && (!r.watched || !r.dueAt.After(now))
}

// put writes a row under a new sequence number, and returns the number.
func (tx *transaction) put(id uuid.UUID, r row) int64 {
	tx.sequence++
	r.seq = tx.sequence
	if tx.without[GlobalSeq] {
		r.seq = tx.ledger[id].seq + 1
		if r.watched {
			r.seq = 1
		}
	}
	tx.ledger[id] = r
	return r.seq
}

// makeDue makes an id due whether it is on the ledger or not. A row that is there stays late until
// when it was, or becomes late for longer.
func (tx *transaction) makeDue(id uuid.UUID, spaceID string, late bool) store.LedgerEntry {
	r := row{
		spaceID: spaceID, state: store.Due, dueAt: tx.now, since: tx.now,
		lateUntil: tx.ledger[id].lateUntil,
	}
	if until := tx.now.Add(store.LateWatch); late && until.After(r.lateUntil) {
		r.lateUntil = until
	}
	seq := tx.put(id, r)
	return store.LedgerEntry{
		VectorID: id, SpaceID: spaceID, Seq: seq, Referenced: tx.refers(id),
	}
}

func (st *state) refers(id uuid.UUID) bool {
	_, ok := st.points[id]
	return ok
}

// abandon makes those of ids due that are on the ledger as writing.
func (tx *transaction) abandon(ids []uuid.UUID, late bool) (due []store.LedgerEntry) {
	for _, id := range ids {
		if r, ok := tx.ledger[id]; ok && r.state == store.Writing {
			due = append(due, tx.makeDue(id, r.spaceID, late))
		}
	}
	return due
}

// Reserve implements store.Ledger.
func (s *Store) Reserve(
	ctx context.Context, spaceID string, ids []uuid.UUID, lease time.Duration,
) error {
	return s.update(ctx, func(tx *transaction) error {
		if err := tx.checkSpace(spaceID); err != nil {
			return err
		}
		for _, id := range ids {
			if _, there := tx.ledger[id]; there || tx.refers(id) {
				return book.Errorf(book.Conflict, "vector id %s is in use already", id)
			}
			tx.put(id, row{
				spaceID: spaceID, state: store.Writing, dueAt: tx.now.Add(lease), since: tx.now,
			})
		}
		return nil
	})
}

// Abandon implements store.Ledger.
func (s *Store) Abandon(
	ctx context.Context, ids []uuid.UUID, late bool,
) (due []store.LedgerEntry, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		due = tx.abandon(ids, late)
		return nil
	})
	return due, err
}

// ExpireLeases implements store.Ledger.
func (s *Store) ExpireLeases(ctx context.Context, limit int) (n int, err error) {
	if s.without[Flip] {
		return 0, ended(ctx)
	}
	err = s.update(ctx, func(tx *transaction) error {
		ids := page(tx.rows(func(r row) bool {
			return r.state == store.Writing && !r.dueAt.After(tx.now)
		}), limit)
		for _, id := range ids {
			tx.makeDue(id, tx.ledger[id].spaceID, true)
		}
		n = len(ids)
		return nil
	})
	return n, err
}

// rows returns the ids of the rows that pick picks, those longest due first.
func (st *state) rows(pick func(row) bool) []uuid.UUID {
	var ids []uuid.UUID
	for id, r := range st.ledger {
		if pick(r) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int {
		return cmp.Or(st.ledger[a].dueAt.Compare(st.ledger[b].dueAt),
			cmp.Compare(st.ledger[a].seq, st.ledger[b].seq))
	})
	return ids
}

// ListDue implements store.Ledger.
func (s *Store) ListDue(ctx context.Context, limit int) ([]store.LedgerEntry, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	now := s.now()
	ids := st.rows(func(r row) bool {
		return r.due(now) || s.without[Flip] && r.state == store.Writing && !r.dueAt.After(now)
	})
	entries := []store.LedgerEntry{}
	for _, id := range page(ids, limit) {
		r := st.ledger[id]
		entries = append(entries, store.LedgerEntry{
			VectorID: id, SpaceID: r.spaceID, Seq: r.seq, Referenced: st.refers(id),
		})
	}
	return entries, nil
}

// Drop implements store.Ledger.
func (s *Store) Drop(ctx context.Context, entries []store.LedgerEntry) (n int, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		for _, e := range entries {
			r, ok := tx.ledger[e.VectorID]
			if !ok || r.seq != e.Seq && !tx.without[Seq] {
				continue
			}
			switch {
			case r.state == store.Writing && !tx.without[Flip], r.watched && !r.due(tx.now):
				continue
			case !r.watched && !r.lateUntil.IsZero() && !tx.without[Watch]:
				// Also when its watch has ended by now: it had not when the row was read, so the
				// point may have been written after it was settled.
				r.watched, r.dueAt, r.since = true, r.lateUntil, tx.now
				tx.put(e.VectorID, r)
			default:
				delete(tx.ledger, e.VectorID)
			}
			n++
		}
		return nil
	})
	return n, err
}

// LedgerStates implements store.Ledger.
func (s *Store) LedgerStates(
	ctx context.Context, ids []uuid.UUID,
) (map[uuid.UUID]store.LedgerState, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	states := map[uuid.UUID]store.LedgerState{}
	for _, id := range ids {
		if r, ok := st.ledger[id]; ok {
			states[id] = r.state
		}
	}
	return states, nil
}

// AddStrays implements store.Ledger.
func (s *Store) AddStrays(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) (n int, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		if err := tx.checkSpace(spaceID); err != nil {
			return err
		}
		for _, id := range ids {
			if _, there := tx.ledger[id]; !there && !tx.refers(id) {
				tx.makeDue(id, spaceID, false)
				n++
			}
		}
		return nil
	})
	return n, err
}

// LedgerStats implements store.Ledger.
func (s *Store) LedgerStats(ctx context.Context) (stats store.LedgerStats, err error) {
	st, err := s.view(ctx)
	if err != nil {
		return stats, err
	}
	now := s.now()
	for _, r := range st.ledger {
		since := r.since
		switch {
		case r.state == store.Writing:
			stats.Writing++
		case !r.due(now):
			stats.Watched++
			continue
		default:
			stats.Due++
			if r.watched {
				since = r.dueAt
			}
		}
		stats.Oldest = max(stats.Oldest, now.Sub(since))
	}
	return stats, nil
}
