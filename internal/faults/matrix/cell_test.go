package matrix

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// attempt is an operation that something happens to.
type attempt struct {
	*world
	op     operation
	page   *page
	by     *replica
	number int // from 1
	run    *run

	landed         chan struct{} // closed when what was held up has arrived
	held, released chan struct{} // closed when the writer is stopped, and to let it go on
	writes         int           // of Qdrant that are kept
	contents       string        // of the stores before
	wrote          bool          // the step was a write of points
	over           bool          // there was no such case
}

// fault is what happens to a writer.
type fault struct {
	// world is where it happens; nil: full mode.
	world func(t *testing.T) *world
	// sampled says of what there may be too many steps to try each: messages, or calls of Qdrant.
	sampled place
	// begin prepares for the number-th case and reports whether there are as many; nil: as many
	// as the operation has steps.
	begin func(a *attempt) bool
	// plan says what happens at the number-th step.
	plan func(a *attempt) plan
	// meanwhile runs while the operation is under way.
	meanwhile func(a *attempt)
	// mend ends the fault when the operation has ended.
	mend func(a *attempt)
	// late happens after a first Drain.
	late func(a *attempt)
	// after looks at what has become of it all.
	after func(a *attempt)
}

// hits is a cell: it runs the operation again and again on pages of their own, and lets the fault
// happen at one step after the other: at each with LECTERN_STEPS=all, otherwise at every few, from a
// random one on. After each, the promises must hold; then the operation is tried again, and must
// succeed.
func (f fault) hits(t *testing.T, op operation) {
	start := newWorld
	if f.world != nil {
		start = f.world
	}
	w := start(t)
	by := w.open(t)
	stride := f.stride(op)
	first := 1 + rand.IntN(stride)
	cases := 0
	for n := first; !t.Failed(); n += stride {
		w.atf("case %d", n)
		if !by.lives() {
			by = w.open(t)
		}
		w.warm(by, op)
		a := &attempt{world: w, op: op, by: by, number: n, run: newRun()}
		a.page = w.page(fmt.Sprintf("page%dq", n), op.before)
		if !f.happens(a) {
			if cases == 0 {
				t.Errorf("no case: the test does not test")
			}
			t.Logf("%d cases, %d operations failed, %d answers judged", cases, w.failures, w.answers)
			return
		}
		cases++
	}
}

// stride is from one step that is tried to the next.
func (f fault) stride(op operation) int {
	switch {
	case os.Getenv("LECTERN_STEPS") == "all":
		return 1
	case f.sampled == inPostgres:
		return op.stride
	case f.sampled == inQdrant:
		return 1 + op.stride/10
	}
	return 1
}

// warm lets a replica connect and prepare its statements, which are steps in which nothing happens.
func (w *world) warm(by *replica, op operation) {
	w.t.Helper()
	p := w.page("warm", op.before)
	p.now(op.before, op.apply(op.before))
	w.ok(op.run(w.t.Context(), by, p))
	w.forget(p)
}

// happens reports whether there was such a case.
func (f fault) happens(a *attempt) (reached bool) {
	a.t.Helper()
	if f.begin != nil && !f.begin(a) {
		return false
	}
	if f.plan != nil {
		a.by.steps.arm(f.plan(a), a.number)
	}
	a.page.now(append(a.page.last(), a.op.apply(a.op.before))...)
	a.by.start(a.run, a.op, a.page)
	if f.meanwhile != nil {
		f.meanwhile(a)
	}
	select {
	case <-a.run.done:
		if a.run.err == nil && f.meanwhile == nil {
			a.page.now(a.op.apply(a.op.before))
		}
	case <-a.by.dead:
	}
	reached = f.plan == nil || a.by.steps.disarm()
	if a.by.lives() && a.run.err != nil {
		a.failures++
	}
	f.aftermath(a)
	return reached && !a.over
}

func (f fault) aftermath(a *attempt) {
	a.t.Helper()
	if f.mend != nil {
		f.mend(a)
	}
	a.agree()
	a.examine(a.page)
	if f.after != nil {
		f.after(a)
	}
	a.settle(func() {
		if f.late != nil {
			f.late(a)
		}
	})
	a.again()
	if a.op.ended != nil {
		a.settle(nil)
		a.op.ended(a)
	}
	if !a.by.lives() {
		a.run.cancel()
		a.by.bury()
	}
	a.forget(a.page)
}

// remove deletes the page.
func (a *attempt) remove() {
	a.t.Helper()
	a.page.now(append(a.page.last(), absent)...)
	a.ok(deleting.run(a.t.Context(), a.home, a.page))
	a.page.now(absent)
}

// again tries the operation again, as a client does that heard of no success.
func (a *attempt) again() {
	a.t.Helper()
	is := a.page.last()[0] // as it was examined
	a.page.now(is, a.op.apply(is))
	a.ok(a.op.run(a.t.Context(), a.home, a.page))
	a.page.now(a.op.apply(is))
	a.examine(a.page)
}
