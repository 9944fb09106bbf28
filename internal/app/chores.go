package app

import (
	"context"
	"errors"
	"time"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/store"
)

// How long things are kept, and how many are deleted in one transaction.
const (
	requestsKept       = 24 * time.Hour // the answer to an Idempotency-Key
	conversationsBatch = 100
)

// chore is what a server does again and again beside answering.
type chore struct {
	name  string
	every time.Duration
	do    func(context.Context) error
}

// chores lists the background work of a server. Each leaves to the store who of several replicas
// does it, or may be done by all of them.
func (a *App) chores() []chore {
	list := []chore{
		{"drain", 5 * time.Second, a.drain},
		{"departures", 5 * time.Second, a.FinishDepartures},
		{"audit", a.AuditInterval, a.audit},
		{"sessions", time.Hour, a.deleteSignIns},
		{"requests", time.Hour, func(ctx context.Context) error {
			_, err := a.Store.DeleteRequests(ctx, requestsKept)
			return err
		}},
		{"models", 24 * time.Hour, a.watchModels},
		{"audit log", time.Hour, func(ctx context.Context) error {
			_, err := a.Store.DeleteEvents(ctx, a.Config.AuditLogAge())
			return err
		}},
		{"spending", time.Hour, func(ctx context.Context) error {
			_, err := a.Store.DeleteSpent(ctx)
			return err
		}},
		{"conversations", time.Hour, a.deleteConversations},
	}
	if limits, ok := a.Store.(store.Limits); ok {
		list = append(list, chore{"rate limits", 10 * time.Minute, func(ctx context.Context) error {
			_, err := limits.DeleteFullBuckets(ctx)
			return err
		}})
	}
	for i := range list {
		list[i].do = a.Telemetry.Chore(list[i].name, list[i].do)
	}
	return list
}

// drain settles what is due, once the index is there.
func (a *App) drain(ctx context.Context) error {
	if err := a.ensureIndex(ctx); err != nil {
		return err
	}
	_, err := a.Reconcile.Drain(ctx)
	return err
}

// deleteSignIns deletes what is left of sign-ins and of links to sign in with, once it has expired.
func (a *App) deleteSignIns(ctx context.Context) error {
	_, err := a.Store.DeleteRefreshTokens(ctx, time.Now())
	_, errAttempts := a.Store.DeleteAttempts(ctx, auth.AttemptsKept)
	_, errLinks := a.Store.DeleteExpiredLinks(ctx)
	return errors.Join(err, errAttempts, errLinks)
}

// deleteConversations deletes those that are older than they may be, on one replica at a time.
func (a *App) deleteConversations(ctx context.Context) error {
	age := time.Duration(a.Config.ConversationDays) * 24 * time.Hour
	if age == 0 {
		return nil
	}
	_, err := a.Store.Lead(ctx, "conversations", func(ctx context.Context) error {
		for {
			n, err := a.Store.DeleteConversations(ctx, age, conversationsBatch)
			if err != nil || n < conversationsBatch {
				return err
			}
		}
	})
	return err
}

// audit looks whether the stores agree, as far as one run goes.
func (a *App) audit(ctx context.Context) error {
	found, err := a.Reconcile.AuditPart(ctx)
	if len(found.Orphans) > 0 {
		a.Log.WarnContext(ctx, "collections of the vector index belong to no embedding space any more; `lectern "+
			"doctor --repair` drops them", "spaces", found.Orphans)
	}
	for _, s := range found.Spaces {
		a.Log.WarnContext(ctx, "the stores contradict each other; `lectern doctor --repair` mends that",
			"space", s.ID(), "missing", len(s.Missing), "stray", len(s.Stray),
			"mismatched", len(s.Mismatched), "collection", s.Conflict)
	}
	return err
}
