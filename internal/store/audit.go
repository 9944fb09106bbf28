package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Audit is the audit log. Nothing in it refers to other tables: an entry stays as it is when what it
// tells of is gone.
type Audit interface {
	// RecordEvent adds e; the store sets its time. One whose id is there is left as it is and no
	// error. Texts longer than book.MaxEventText are cut, at the end of a character. Invalid
	// without id or action.
	RecordEvent(ctx context.Context, e book.Event) error

	// ListEvents returns the events that q selects, newest (highest id) first.
	ListEvents(ctx context.Context, q book.EventQuery) ([]book.Event, error)

	// DeleteEvents removes events that are older than age, and returns how many.
	DeleteEvents(ctx context.Context, age time.Duration) (int, error)
}

type eventKey struct{}

// WithEvent returns a context with which a write of an account, a key, an invitation or a document
// records e in its own transaction: both happen, or neither. The event is recorded when the write
// succeeds, also where it found everything as it was to be, and once, however many writes get the
// context. Those that record are the writes of Users, Keys, Sessions, Links and Departures but
// DeleteRefreshTokens and DeleteExpiredLinks, and CommitDocument, UpdateDocument and DeleteDocument;
// the others do not look at the event.
func WithEvent(ctx context.Context, e book.Event) context.Context {
	return context.WithValue(ctx, eventKey{}, e)
}

// EventOf returns the event that a write with this context records, if any.
func EventOf(ctx context.Context) (e book.Event, ok bool) {
	e, ok = ctx.Value(eventKey{}).(book.Event)
	return e, ok
}

// CheckEvent returns e as it is kept, or Invalid.
func CheckEvent(e book.Event) (book.Event, error) {
	if e.ID == uuid.Nil || e.Action == "" {
		return e, book.Errorf(book.Invalid, "an event of the audit log needs an id and an action")
	}
	for _, text := range []*string{
		&e.Actor, &e.Target.ID, &e.Target.Name, &e.Address, &e.Detail,
	} {
		*text = cut(*text)
	}
	return e, nil
}

// cut makes text one that every store takes, of bounded length.
func cut(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	if len(text) > book.MaxEventText {
		text = strings.ToValidUTF8(text[:book.MaxEventText], "")
	}
	return text
}
