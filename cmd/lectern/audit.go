package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
)

type auditCommand struct {
	Actor  string `help:"Only what this account did." placeholder:"NAME"`
	Action string `help:"Only this action, such as key.create, or all of a noun, such as key." placeholder:"ACTION"`
	Target string `help:"Only what was done to this account, key, invitation or document." placeholder:"NAME"`
	Limit  int    `help:"How many entries to print at most." default:"50" placeholder:"N"`
}

// Run prints the audit log, newest first.
func (c *auditCommand) Run(ctx context.Context, s *session) error {
	if c.Limit < 1 {
		return book.Errorf(book.Invalid, "--limit is %d; it must be 1 or more", c.Limit)
	}
	events, err := s.events(ctx, book.EventQuery{
		Actor: c.Actor, Action: c.Action, Target: c.Target, Limit: c.Limit,
	})
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(map[string]any{"items": events})
	}
	table := s.table("AT", "ACTOR", "ACTION", "TARGET", "DETAIL", "ADDRESS")
	for _, e := range events {
		table.row(timeOrDash(e.At), orDash(e.Actor), e.Action, orDash(targetOf(e)), orDash(e.Detail),
			orDash(e.Address))
	}
	return table.flush()
}

// events reads the audit log of a server, or of the data directory also while a server uses it.
func (s *session) events(ctx context.Context, q book.EventQuery) ([]client.Event, error) {
	if s.Server != "" {
		api, err := client.New(s.Server, s.Key, nil)
		if err != nil {
			return nil, err
		}
		return api.Events(ctx, q)
	}
	accounts, err := s.accounts(ctx)
	if err != nil {
		return nil, err
	}
	events, err := accounts.Auth.ListEvents(ctx, accounts.Local, q)
	shown := make([]client.Event, len(events))
	for i, e := range events {
		shown[i] = eventOf(e)
	}
	return shown, err
}

// eventOf is an event as the API shows it.
func eventOf(e book.Event) client.Event {
	shown := client.Event{
		ID: e.ID, At: e.At.UTC(), Actor: e.Actor, Action: e.Action, TargetKind: e.Target.Kind,
		TargetID: e.Target.ID, Target: e.Target.Name, Address: e.Address, Detail: e.Detail,
	}
	if e.ActorID != uuid.Nil {
		shown.ActorID = &e.ActorID
	}
	return shown
}

// targetOf is the target's kind and what people know it by.
func targetOf(e client.Event) string {
	return strings.TrimSpace(string(e.TargetKind) + " " + cmp.Or(e.Target, e.TargetID))
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
