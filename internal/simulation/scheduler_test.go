package simulation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lectern-project/lectern/internal/store"
)

// simulation is one schedule as it runs, or as it ran.
type simulation struct {
	schedule
	t      *testing.T
	clock  *clock
	stores stores
	oracle *oracle
	actors []*actor
	late   []lateCall // may still happen

	calls     int
	counts    map[string]int // of what happened; see oracle.count
	trace     []string
	violation string
}

// lateCall is a call whose actor has given up waiting, or is gone.
type lateCall struct {
	*call
	actor string
}

// step is one decision of the scheduler. Exactly one of its parts is set.
type step struct {
	grants []grant       // calls that are let through at once; one, unless the store has locks
	store  time.Duration // the store's clock moves on
	tick   *tick
	land   *landing
}

// grant decides about the next call of an actor.
type grant struct {
	actor string
	op    int // place in the actor's script
	fate  fate
}

// tick moves the clock of a process on.
type tick struct {
	process int
	by      time.Duration
}

// landing lets a late call happen.
type landing struct {
	at    int  // place among the late calls
	again bool // and once more later
}

// maxSteps ends a schedule that finds no end.
const maxSteps = 5000

func newSimulation(t *testing.T, s schedule, open opener) *simulation {
	c := &clock{at: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	sim := &simulation{schedule: s, t: t, clock: c, stores: open(t, c), counts: map[string]int{}}
	sim.oracle = newOracle(sim)
	return sim
}

// run runs the schedule: first everybody, to the end or until something is broken, then what must
// bring the stores into agreement again.
func (s *simulation) run() {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	if err := s.stores.prepare(ctx); err != nil {
		s.t.Fatal(err)
	}
	s.oracle.start(ctx)
	for _, p := range s.plan {
		s.actors = append(s.actors, newActor(s, p))
	}
	for _, a := range s.actors {
		go a.play(ctx)
	}
	decide := newRandom(s.schedule).next
	if s.steps != nil {
		decide = newReplay(s.steps).next
	}
	s.steps = []step{}
	for range maxSteps {
		synctest.Wait()
		if s.done() || s.broken() {
			break
		}
		next := decide(s)
		s.steps = append(s.steps, next)
		s.take(ctx, next)
	}
	if !s.done() && !s.broken() {
		s.oracle.failf("no end after %d steps", maxSteps)
	}
	cancel()
	s.stop()
	if !s.broken() {
		s.settle(s.t.Context())
	}
	s.broken()
}

func (s *simulation) done() bool {
	return !slices.ContainsFunc(s.actors, func(a *actor) bool { return !a.finished.Load() })
}

func (s *simulation) broken() bool {
	s.violation = s.oracle.violation()
	return s.violation != ""
}

// waiting returns the actors that wait with a call.
func (s *simulation) waiting() []*actor {
	var all []*actor
	for _, a := range s.actors {
		if a.waiting.Load() != nil {
			all = append(all, a)
		}
	}
	return all
}

// asleep reports whether an actor waits for its clock.
func (s *simulation) asleep() bool {
	return slices.ContainsFunc(s.actors, func(a *actor) bool {
		return !a.finished.Load() && a.waiting.Load() == nil
	})
}

// take does what was decided, and looks what came of it.
func (s *simulation) take(ctx context.Context, next step) {
	wrote := false
	switch {
	case next.store > 0:
		s.notef("the store's clock moves on by %v", next.store)
		s.expire(next.store)
		s.clock.pass(next.store)
	case next.tick != nil:
		s.notef("the clock of process %d moves on by %v", next.tick.process, next.tick.by)
		s.tick(*next.tick)
	case next.land != nil:
		c := s.late[next.land.at]
		s.notef("%s's late %s happens", c.actor, c.name)
		s.oracle.count("late calls that happened")
		if !next.land.again {
			s.late = slices.Delete(s.late, next.land.at, next.land.at+1)
		}
		_ = c.land()
		wrote = true
	}
	var granted []*call
	for _, g := range next.grants {
		granted = append(granted, s.grant(g))
	}
	for i, c := range granted { // from here on they run
		wrote = wrote || c.kind != read
		c.fate <- next.grants[i].fate
	}
	synctest.Wait()
	s.oracle.look(ctx, wrote)
}

// grant takes the call of an actor to let it through.
func (s *simulation) grant(g grant) *call {
	a := s.named(g.actor)
	c := a.waiting.Swap(nil)
	s.calls++
	s.oracle.count("calls that: " + string(g.fate))
	s.notef("%s: %s: %s %s", a.name, a.current, c.name, g.fate)
	switch g.fate {
	case timesOut, repeats, crashesOut:
		if c.kind != read && c.kind != setup && !c.tooLate {
			s.late = append(s.late, lateCall{c, a.name})
		}
	}
	switch g.fate {
	case crashes, crashesOn, crashesOut:
		a.finished.Store(true)
	}
	return c
}

// tick moves the clock of one process: its deadlines pass and its pauses end. The bubble has one clock
// for all, so calls of the other process are taken out of its reach.
func (s *simulation) tick(t tick) {
	for _, a := range s.waiting() {
		if a.process != t.process {
			c := a.waiting.Load()
			c.ctx = context.WithoutCancel(c.ctx)
		}
	}
	time.Sleep(t.by)
	synctest.Wait()
}

// expire gives up writes of points, and drops of collections, that would be late for longer than a late row is watched: that
// nobody sleeps and no call is delayed for so long is what the protocol presumes.
func (s *simulation) expire(by time.Duration) {
	over := func(c *call) bool {
		return (c.kind == upsert || c.kind == drop) && s.clock.now().Add(by).Sub(c.since) >= store.LateWatch
	}
	s.late = slices.DeleteFunc(s.late, func(c lateCall) bool { return over(c.call) })
	for _, a := range s.waiting() {
		c := a.waiting.Load()
		c.tooLate = c.tooLate || over(c)
	}
}

// stop lets all actors end that have not ended.
func (s *simulation) stop() {
	for range maxSteps {
		synctest.Wait()
		all := s.waiting()
		if len(all) == 0 && s.done() {
			return
		}
		for _, a := range all {
			a.finished.Store(true)
			a.waiting.Swap(nil).fate <- crashes
		}
		if len(all) == 0 {
			time.Sleep(time.Minute)
		}
	}
}

// settle lets leases and watches end, and checks that what is left agrees.
func (s *simulation) settle(ctx context.Context) {
	svc := servicesOver(s.stores.relational, s.stores.index)
	for i, c := range s.late {
		if (s.seed+uint64(i))%2 == 0 { // the others never happen
			s.notef("%s's late %s happens", c.actor, c.name)
			_ = c.land()
			s.oracle.look(ctx, true)
		}
	}
	s.late = nil
	for _, by := range []time.Duration{time.Hour, store.LateWatch, store.LateWatch} {
		s.clock.pass(by)
		s.notef("after %v, a drain without faults", by)
		if _, err := svc.reconcile.Drain(ctx); err != nil {
			s.oracle.failf("a drain without faults fails: %v", err)
		}
		s.oracle.look(ctx, true)
	}
	s.oracle.agrees(ctx, svc)
}

func (s *simulation) notef(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf(format, args...))
}

// report says what was to happen, what happened, and what was broken.
func (s *simulation) report() string {
	var b strings.Builder
	for _, p := range s.plan {
		fmt.Fprintf(&b, "%s:", p.name)
		for _, o := range p.script {
			fmt.Fprintf(&b, " %s;", o)
		}
		b.WriteString("\n")
	}
	for i, line := range s.trace {
		fmt.Fprintf(&b, "%4d %s\n", i+1, line)
	}
	if s.violation == "" {
		fmt.Fprintf(&b, "nothing is broken after %d calls; to repeat it: %s=%d\n", s.calls,
			seedVariable, s.seed)
	} else {
		fmt.Fprintf(&b, "BROKEN: %s\nto repeat it: %s=%d\n", s.violation, seedVariable, s.seed)
	}
	return b.String()
}
