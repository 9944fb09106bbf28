package simulation

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
)

// actor does what its script says, one thing after another, whether or not it succeeds.
type actor struct {
	*simulation
	part
	services

	at       int                  // in the script
	current  op                   // script[at]
	waiting  atomic.Pointer[call] // nil while it computes, sleeps, or is gone
	finished atomic.Bool
}

func newActor(s *simulation, p part) *actor {
	a := &actor{simulation: s, part: p}
	a.services = servicesOver(a.store(), gatedIndex{a, s.stores.index})
	return a
}

func (a *actor) store() gatedStore { return gatedStore{a, a.stores.relational} }

// play runs the script.
func (a *actor) play(ctx context.Context) {
	defer a.finished.Store(true)
	for a.at, a.current = range a.script {
		err := a.try(ctx, a.current)
		if code := book.CodeOf(err); code == book.Internal {
			a.oracle.failf("%s: %s: %v", a.name, a.current, err)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

func (a *actor) try(ctx context.Context, o op) error {
	switch o.kind {
	case "ingest":
		ack := a.oracle.beginIngest(o)
		result, err := a.ingest.Ingest(ctx, ingest.Request{
			OwnerID: owner, DocID: o.doc, Text: texts[o.doc][o.version], Visibility: o.visibility,
		})
		a.oracle.endIngest(ack, result, err)
		return err
	case "update":
		_, err := a.ingest.Update(ctx, o.doc, uuid.Nil, store.DocumentChange{Visibility: &o.visibility})
		return err
	case "give away":
		_, err := a.ingest.Update(ctx, o.doc, uuid.Nil, store.DocumentChange{OwnerID: &heir})
		return err
	case "delete":
		return a.ingest.Delete(ctx, o.doc, uuid.Nil)
	case "drain":
		_, err := a.reconcile.Drain(ctx)
		return err
	case "audit and repair":
		return a.repair(ctx)
	case "reembed":
		return a.reembed(ctx, o)
	case "search as nobody":
		return a.search(ctx, o, book.View{})
	case "search as owner":
		return a.search(ctx, o, book.View{UserID: owner})
	}
	return errors.New("no operation " + o.kind)
}

// repair repairs what an audit finds, and a chunk and a point of each space besides, with which nothing
// is wrong: whatever it is told, a repair must do no harm.
func (a *actor) repair(ctx context.Context) error {
	report, err := a.reconcile.Audit(ctx, a.ingest.LongestWrite())
	if err != nil {
		return err
	}
	for i := range report.Spaces {
		space := &report.Spaces[i]
		some, err := a.store().ListReferences(ctx, space.ID(), uuid.Nil, 1)
		if err != nil {
			return err
		}
		for _, reference := range some {
			space.Mismatched = append(space.Mismatched, reference.ChunkID)
			space.Stray = append(space.Stray, reference.VectorID)
		}
	}
	_, err = a.reconcile.Repair(ctx, report)
	return err
}

// reembed moves the book to the embedding space in which it is not, a few chunks at a time.
func (a *actor) reembed(ctx context.Context, o op) error {
	active, err := a.store().ActiveSpace(ctx)
	if err != nil {
		return err
	}
	next := embedders[0].Space()
	if next.ID() == active.ID() {
		next = embedders[1].Space()
	}
	_, err = a.reconcile.Move(ctx, reconcile.Move{
		To: next, Pace: reconcile.Pace{Rate: 2}, DropOld: o.dropOld,
	})
	if err == nil {
		a.oracle.count("moves to another space")
	}
	return err
}

func (a *actor) search(ctx context.Context, o op, view book.View) error {
	s := a.oracle.beginSearch(view)
	request := retrieve.Request{
		Question: "Which robots walk around?", TopK: retrieve.MaxTopK, View: view,
	}
	if o.doc != "" {
		request.Selection.Text = marked(o.doc, o.version)
	}
	result, err := a.retrieve.Search(ctx, request)
	a.oracle.endSearch(s, result, err)
	return err
}

// named returns the actor of this name, or nil.
func (s *simulation) named(name string) *actor {
	i := slices.IndexFunc(s.actors, func(a *actor) bool { return a.name == name })
	if i < 0 {
		return nil
	}
	return s.actors[i]
}
