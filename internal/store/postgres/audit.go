package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// RecordEvent implements store.Audit.
func (s *Store) RecordEvent(ctx context.Context, e book.Event) error {
	return s.translate(ctx, recordEvent(ctx, s.read, e))
}

// updateRecorded is update for a write that goes to the audit log.
func (s *Store) updateRecorded(ctx context.Context, f func(tx *transaction) error) error {
	return s.update(ctx, func(tx *transaction) error {
		if err := f(tx); err != nil {
			return err
		}
		return tx.record(ctx)
	})
}

// record adds the event of the context, if there is one.
func (tx *transaction) record(ctx context.Context) error {
	if e, ok := store.EventOf(ctx); ok {
		return recordEvent(ctx, tx.Queries, e)
	}
	return nil
}

func recordEvent(ctx context.Context, q *postgresdb.Queries, e book.Event) error {
	e, err := store.CheckEvent(e)
	if err != nil {
		return err
	}
	return q.InsertEvent(ctx, postgresdb.InsertEventParams{
		ID:         e.ID,
		ActorID:    e.ActorID,
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
	rows, err := s.read.ListEvents(ctx, postgresdb.ListEventsParams{
		Before: before, Actor: q.Actor, Action: q.Action, Target: q.Target,
		RowLimit: int64(q.Limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	events := make([]book.Event, len(rows))
	for i, row := range rows {
		events[i] = book.Event{
			ID:      row.ID,
			At:      row.At,
			ActorID: row.ActorID,
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
	deleted, err := s.read.DeleteEvents(ctx, age)
	return int(deleted), s.translate(ctx, err)
}
