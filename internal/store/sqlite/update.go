package sqlite

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// transaction is one write: its statements happen wholly or not at all, at one time.
type transaction struct {
	*sqlitedb.Queries
	now time.Time
}

// update runs f as a write and returns when what it did is durable; nothing is done when it returns
// an error. f is called once at most. The context that it gets does not end: a statement that is
// interrupted would take back those of other writes, too.
func (s *Store) update(
	ctx context.Context, f func(ctx context.Context, tx *transaction) error,
) error {
	return s.translate(ctx, s.writes.do(&write{ctx: ctx, run: f}, s.writeTogether))
}

// write is one call of update.
type write struct {
	ctx  context.Context
	run  func(ctx context.Context, tx *transaction) error
	done bool
	err  error
}

// writes collects the writes of many callers, so that they share transactions: a commit waits for
// the disk, and writes pages that the next one would write again.
type writes struct {
	writing sync.Mutex
	mu      sync.Mutex
	queued  []*write
}

// do returns when w was run. Whoever comes first runs all that wait meanwhile.
func (q *writes) do(w *write, run func([]*write)) error {
	q.mu.Lock()
	q.queued = append(q.queued, w)
	q.mu.Unlock()
	q.writing.Lock()
	defer q.writing.Unlock()
	if !w.done {
		q.mu.Lock()
		all := q.queued
		q.queued = nil
		q.mu.Unlock()
		run(all)
	}
	return w.err
}

// writeTogether runs writes in one transaction. One that fails does not keep the others from
// happening, unless the whole transaction fails.
func (s *Store) writeTogether(all []*write) {
	var going []*write
	for _, w := range all {
		w.done = true
		if w.err = w.ctx.Err(); w.err == nil {
			going = append(going, w)
		}
	}
	if len(going) == 0 {
		return
	}
	ctx := context.WithoutCancel(going[0].ctx)
	if err := s.transact(ctx, going); err != nil {
		for _, w := range going {
			if w.err == nil {
				w.err = err
			}
		}
	}
}

func (s *Store) transact(ctx context.Context, going []*write) error {
	tx, err := s.writeDB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	t := &transaction{Queries: s.write.WithTx(tx)}
	if len(going) == 1 {
		t.now = s.now()
		if err := going[0].run(ctx, t); err != nil {
			return err
		}
		return tx.Commit()
	}
	for _, w := range going {
		t.now = s.now()
		if err := w.runWithin(tx, t); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// runWithin runs one of several writes of a transaction and undoes it when it fails. It returns an
// error when it cannot, since SQLite has taken back the whole transaction.
func (w *write) runWithin(tx *sql.Tx, t *transaction) error {
	ctx := context.WithoutCancel(w.ctx)
	if _, err := tx.ExecContext(ctx, "SAVEPOINT one"); err != nil {
		return err
	}
	if w.err = w.run(ctx, t); w.err != nil {
		if _, err := tx.ExecContext(ctx, "ROLLBACK TO one"); err != nil {
			return w.err
		}
	}
	_, err := tx.ExecContext(ctx, "RELEASE one")
	return err
}
