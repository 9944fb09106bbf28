package sqlite

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// RecordEvent implements store.Audit.
func (s *Store) RecordEvent(ctx context.Context, e book.Event) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		return tx.recordEvent(ctx, e)
	})
}

// updateRecorded is update for a write that goes to the audit log.
func (s *Store) updateRecorded(
	ctx context.Context, f func(ctx context.Context, tx *transaction) error,
) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		return tx.record(ctx)
	})
}

// record adds the event of the context, if there is one.
func (tx *transaction) record(ctx context.Context) error {
	if e, ok := store.EventOf(ctx); ok {
		return tx.recordEvent(ctx, e)
	}
	return nil
}

func (tx *transaction) recordEvent(ctx context.Context, e book.Event) error {
	e, err := store.CheckEvent(e)
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, sqlitedb.InsertEventParams{
		ID:         sqlitedb.UUID(e.ID),
		At:         sqlitedb.Time(tx.now),
		ActorID:    sqlitedb.UUID(e.ActorID),
		Actor:      e.Actor,
		Action:     string(e.Action),
		TargetKind: string(e.Target.Kind),
		TargetID:   e.Target.ID,
		Target:     e.Target.Name,
		Address:    e.Address,
		Detail:     e.Detail,
	})
}

// ListEvents implements store.Audit.
func (s *Store) ListEvents(ctx context.Context, q book.EventQuery) ([]book.Event, error) {
	before := q.Before
	if before == uuid.Nil {
		before = uuid.Max
	}
	rows, err := s.read.ListEvents(ctx, sqlitedb.ListEventsParams{
		Before: sqlitedb.UUID(before), Actor: q.Actor, Action: q.Action, Target: q.Target,
		RowLimit: int64(q.Limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	events := make([]book.Event, len(rows))
	for i, row := range rows {
		events[i] = book.Event{
			ID:      uuid.UUID(row.ID),
			At:      time.Time(row.At),
			ActorID: uuid.UUID(row.ActorID),
			Actor:   row.Actor,
			Action:  book.Action(row.Action),
			Target: book.Target{
				Kind: book.TargetKind(row.TargetKind), ID: row.TargetID, Name: row.Target,
			},
			Address: row.Address,
			Detail:  row.Detail,
		}
	}
	return events, nil
}

// DeleteEvents implements store.Audit.
func (s *Store) DeleteEvents(ctx context.Context, age time.Duration) (int, error) {
	var deleted int64
	err := s.update(ctx, func(ctx context.Context, tx *transaction) (err error) {
		deleted, err = tx.DeleteEvents(ctx, sqlitedb.Time(tx.now.Add(-age)))
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(deleted), nil
}
