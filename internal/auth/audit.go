package auth

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

type addressKey struct{}

// WithAddress returns a context in which things are done from this client address.
func WithAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// AddressOf returns the client address that ctx was given; empty on the command line.
func AddressOf(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}

// Audited returns a context with which the one write that follows goes to the audit log, in the same
// transaction; see store.WithEvent. detail must hold nothing secret.
func Audited(
	ctx context.Context, p book.Principal, action book.Action, target book.Target, detail string,
) context.Context {
	return store.WithEvent(ctx, event(ctx, p, action, target, detail))
}

// Record adds to the audit log what has no write of its own. It comes after what it tells of, or
// before what must not happen unrecorded: the two are no one transaction.
func (s *Service) Record(
	ctx context.Context, p book.Principal, action book.Action, target book.Target, detail string,
) error {
	return s.store.RecordEvent(ctx, event(ctx, p, action, target, detail))
}

func event(
	ctx context.Context, p book.Principal, action book.Action, target book.Target, detail string,
) book.Event {
	return book.Event{
		ID: uuid.Must(uuid.NewV7()), ActorID: p.UserID, Actor: p.Username, Action: action,
		Target: target, Address: AddressOf(ctx), Detail: detail,
	}
}

// ListEvents returns events of the audit log, newest first; for administrators.
func (s *Service) ListEvents(
	ctx context.Context, p book.Principal, q book.EventQuery,
) ([]book.Event, error) {
	if err := Require(p, book.Admin); err != nil {
		return nil, err
	}
	return s.store.ListEvents(ctx, q)
}
