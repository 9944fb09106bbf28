package main

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
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
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	events, err := accounts.Auth.ListEvents(ctx, accounts.Local, book.EventQuery{
		Actor: c.Actor, Action: c.Action, Target: c.Target, Limit: c.Limit,
	})
	if err != nil {
		return err
	}
	if s.JSON {
		shown := make([]shownEvent, len(events))
		for i, e := range events {
			shown[i] = shownEventOf(e)
		}
		return s.printJSON(map[string]any{"items": shown})
	}
	table := s.table("AT", "ACTOR", "ACTION", "TARGET", "DETAIL", "ADDRESS")
	for _, e := range events {
		table.row(timeOrDash(e.At), orDash(e.Actor), e.Action, orDash(targetOf(e.Target)), orDash(e.Detail),
			orDash(e.Address))
	}
	return table.flush()
}

// shownEvent is an event as GET /api/audit shows it.
type shownEvent struct {
	ID         uuid.UUID       `json:"id"`
	At         time.Time       `json:"at"`
	Actor      string          `json:"actor"`
	ActorID    *uuid.UUID      `json:"actor_id"`
	Action     book.Action     `json:"action"`
	TargetKind book.TargetKind `json:"target_kind"`
	TargetID   string          `json:"target_id"`
	Target     string          `json:"target"`
	Address    string          `json:"address"`
	Detail     string          `json:"detail"`
}

func shownEventOf(e book.Event) shownEvent {
	shown := shownEvent{
		ID: e.ID, At: e.At.UTC(), Actor: e.Actor, Action: e.Action, TargetKind: e.Target.Kind,
		TargetID: e.Target.ID, Target: e.Target.Name, Address: e.Address, Detail: e.Detail,
	}
	if e.ActorID != uuid.Nil {
		shown.ActorID = &e.ActorID
	}
	return shown
}

// targetOf is the target's kind and what people know it by.
func targetOf(t book.Target) string {
	name := t.Name
	if name == "" {
		name = t.ID
	}
	return strings.TrimSpace(string(t.Kind) + " " + name)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
