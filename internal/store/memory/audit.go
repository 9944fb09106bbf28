package memory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// RecordEvent implements store.Audit.
func (s *Store) RecordEvent(ctx context.Context, e book.Event) error {
	return s.update(ctx, func(tx *transaction) error { return tx.recordEvent(e) })
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
		return tx.recordEvent(e)
	}
	return nil
}

func (tx *transaction) recordEvent(e book.Event) error {
	e, err := store.CheckEvent(e)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(tx.events, func(other book.Event) bool { return other.ID == e.ID }) {
		return nil
	}
	e.At = tx.now
	tx.events = append(slices.Clip(tx.events), e)
	return nil
}

// ListEvents implements store.Audit.
func (s *Store) ListEvents(ctx context.Context, q book.EventQuery) ([]book.Event, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	events := []book.Event{}
	for _, e := range st.events {
		if selects(q, e) {
			events = append(events, e)
		}
	}
	slices.SortFunc(events, func(a, b book.Event) int { return compareIDs(b.ID, a.ID) })
	return page(events, q.Limit), nil
}

func selects(q book.EventQuery, e book.Event) bool {
	action := string(e.Action)
	return (q.Before == uuid.Nil || compareIDs(e.ID, q.Before) < 0) &&
		(q.Actor == "" || strings.EqualFold(e.Actor, q.Actor)) &&
		(q.Action == "" || action == q.Action || strings.HasPrefix(action, q.Action+".")) &&
		(q.Target == "" || e.Target.ID == q.Target || strings.EqualFold(e.Target.Name, q.Target))
}

// DeleteEvents implements store.Audit.
func (s *Store) DeleteEvents(ctx context.Context, age time.Duration) (n int, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		before := len(tx.events)
		tx.events = slices.DeleteFunc(slices.Clone(tx.events), func(e book.Event) bool {
			return tx.now.Sub(e.At) > age
		})
		n = before - len(tx.events)
		return nil
	})
	return n, err
}
