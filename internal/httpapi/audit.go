package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Event is one entry of the audit log.
type Event struct {
	ID         uuid.UUID       `json:"id" format:"uuid" doc:"Never changes."`
	At         time.Time       `json:"at" doc:"When it happened."`
	Actor      string          `json:"actor" example:"ada" doc:"User name of the account that acted, as it was then; empty for nobody in particular."`
	ActorID    *uuid.UUID      `json:"actor_id" nullable:"true" format:"uuid" doc:"That account; null for nobody in particular."`
	Action     book.Action     `json:"action" example:"account.role" doc:"What was done: a noun, a dot and a verb. More may come."`
	TargetKind book.TargetKind `json:"target_kind" example:"account" doc:"What kind of thing it was done to; empty for none."`
	TargetID   string          `json:"target_id" example:"module1/what-is-physical-ai" doc:"Id of the account, key or invitation, or doc_id."`
	Target     string          `json:"target" example:"grace" doc:"What people knew it by then: a user name, the first characters of a key."`
	Address    string          `json:"address" example:"192.0.2.7" doc:"The client's address; empty for the command line where the server runs."`
	Detail     string          `json:"detail" example:"editor" doc:"What is worth knowing beside, such as the new role."`
}

// EventList is one page of the audit log.
type EventList struct {
	Items      []Event `json:"items" doc:"Newest first."`
	NextCursor *string `json:"next_cursor" doc:"For the next page; null on the last."`
}

type (
	eventsInput struct {
		PageQuery
		Actor  string `query:"actor" maxLength:"64" doc:"Only what this account did, by user name without regard to case."`
		Action string `query:"action" maxLength:"64" doc:"Only this action, or all of a noun: account, key, document."`
		Target string `query:"target" maxLength:"512" doc:"Only what was done to this: an id, a doc_id, or a name without regard to case."`
	}
	eventsOutput struct{ Body EventList }
)

func (s *server) listEvents(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	key, err := in.after()
	if err != nil {
		return nil, err
	}
	before := uuid.Nil
	if key != "" {
		if before, err = uuid.Parse(key); err != nil {
			return nil, errCursor()
		}
	}
	if !isText(in.Actor) || !isText(in.Action) || !isText(in.Target) {
		return nil, book.Errorf(book.Invalid, "actor, action and target must be UTF-8 without NUL")
	}
	events, err := s.Accounts.ListEvents(ctx, caller(ctx), book.EventQuery{
		Actor: in.Actor, Action: in.Action, Target: in.Target, Before: before, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	page, more := cutPage(events, in.Limit)
	list := EventList{Items: make([]Event, len(page))}
	for i, e := range page {
		list.Items[i] = eventOf(e)
		list.NextCursor = nextCursor(more, e.ID.String())
	}
	return &eventsOutput{Body: list}, nil
}

func eventOf(e book.Event) Event {
	shown := Event{
		ID: e.ID, At: e.At.UTC(), Actor: e.Actor, Action: e.Action, TargetKind: e.Target.Kind,
		TargetID: e.Target.ID, Target: e.Target.Name, Address: e.Address, Detail: e.Detail,
	}
	if e.ActorID != uuid.Nil {
		shown.ActorID = &e.ActorID
	}
	return shown
}
