package simulation

import (
	"context"
	"runtime"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// fate is what becomes of a call.
type fate string

const (
	goesOn     fate = "goes on"
	fails      fate = "fails" // and changes nothing
	losesReply fate = "happens, reported failed"
	partly     fate = "happens in part, fails" // upserts only: a refused batch may be written in part
	timesOut   fate = "times out"              // and may happen later, or twice, or never
	repeats    fate = "happens, and may again" // index only: an earlier attempt is under way
	crashes    fate = "is the last, and lost"  // its actor makes no other
	crashesOn  fate = "is the last, and happens"
	crashesOut fate = "is the last, and may happen later"
)

// kind says which fates a call may have.
type kind int

const (
	read   kind = iota // changes nothing
	write              // changes the relational store
	upsert             // writes points
	remove             // deletes points
	setup              // makes a collection
	drop               // removes one
)

// faults are the fates of a call of each kind, but those that go well and those that kill.
var faults = map[kind][]fate{
	read:   {fails},
	write:  {fails, losesReply, timesOut},
	upsert: {fails, losesReply, partly, timesOut, timesOut, repeats, repeats},
	remove: {fails, losesReply, timesOut, repeats},
	setup:  {fails, losesReply},
	drop:   {fails, losesReply, timesOut, repeats},
}

// call is a call of a store that waits for its fate.
type call struct {
	name string
	kind kind
	ctx  context.Context
	run  func(ctx context.Context, share int) error // share: how much of it in percent; upserts only
	// since is the store's time at which the actor made it.
	since time.Time
	fate  chan fate
	// tooLate says that it must not happen any more: see simulation.expire.
	tooLate bool
}

// call waits until the scheduler has decided, and does what it says.
func (a *actor) call(
	ctx context.Context, name string, k kind, run func(ctx context.Context, share int) error,
) error {
	c := &call{
		name: name, kind: k, ctx: ctx, run: run, since: a.clock.now(), fate: make(chan fate),
	}
	a.waiting.Store(c)
	decided := <-c.fate
	switch decided {
	case goesOn:
		return run(c.ctx, 100)
	case fails:
		return lost()
	case losesReply:
		_ = run(c.ctx, 100)
		return lost()
	case partly:
		_ = run(c.ctx, 50)
		return lost()
	case timesOut:
		return outOfTime(k)
	case repeats:
		err := run(c.ctx, 100)
		if err == nil && (k == upsert || k == drop) && a.stores.without != slow {
			err = vector.ErrLate
		}
		return err
	case crashesOn:
		_ = run(c.ctx, 100)
	}
	runtime.Goexit() // deferred calls of the code under test make no calls of a store
	return nil
}

func lost() error { return book.Errorf(book.Unavailable, "the connection was lost") }

// outOfTime is what a call returns that may take effect later.
func outOfTime(k kind) error {
	if k == upsert {
		return book.Wrap(book.Deadline, vector.ErrMayLand, "the index did not answer in time")
	}
	return book.Errorf(book.Deadline, "no answer in time")
}

// land lets a call happen that its actor does not wait for any more.
func (c *call) land() error { return c.run(context.WithoutCancel(c.ctx), 100) }

// fetch is a call that returns a value.
func fetch[T any](
	ctx context.Context, a *actor, name string, k kind, f func(ctx context.Context) (T, error),
) (T, error) {
	var value T
	err := a.call(ctx, name, k, func(ctx context.Context, _ int) (err error) {
		value, err = f(ctx)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return value, nil
}

// do is a call that returns nothing.
func do(
	ctx context.Context, a *actor, name string, k kind, f func(ctx context.Context) error,
) error {
	return a.call(ctx, name, k, func(ctx context.Context, _ int) error { return f(ctx) })
}
