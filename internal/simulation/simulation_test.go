// Package simulation runs the real code of ingest, reconcile and retrieve in one process, several
// writers, readers, drains, an audit and a backfill at once, under a scheduler that is as unkind as
// the world is: and after each step it looks whether the two stores still keep their promises.
//
// Everything that is not the relational store, the vector index or the clock is deterministic, and
// those three belong to the scheduler. Each actor is a goroutine; before each of its calls of a store
// it waits (gate_test.go). When all wait, the scheduler (scheduler_test.go) lets one go on, and says
// what becomes of its call: it happens, it fails, it happens and is reported as failed, it happens
// later, it is the actor's last. Or a clock moves, or a call that timed out lands after all. So a
// seed gives a schedule, always the same, and a schedule that breaks something can be shortened
// (shrink_test.go).
//
// What must hold is in oracle_test.go (the stores) and search_test.go (what readers see). What the
// actors do is in actor_test.go, who is there and in what order they want things in plan_test.go.
package simulation

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/lectern-project/lectern/internal/store/memory"
)

// seedVariable names the environment variable that makes the tests run one schedule only, and
// print what happens in it.
const seedVariable = "LECTERN_SEED"

// TestSchedules runs LECTERN_SCHEDULES schedules (2,000) over the stores in memory.
func TestSchedules(t *testing.T) {
	if runOne(t, inMemory) {
		return
	}
	all := runMany(t, newSchedule, number(t, "LECTERN_SCHEDULES", 2000), inMemory)
	t.Log(all)
	if all.median() < 80 {
		t.Errorf("the median of calls is %d, want 80", all.median())
	}
	if all.failed != nil {
		s := shrink(t, all.failed.schedule, inMemory)
		t.Errorf("seed %d, shortened:\n%s", s.seed, s.report())
	}
}

// runOne runs the schedule that LECTERN_SEED names, if it is set, and shows what happens in it.
func runOne(t *testing.T, open opener) bool {
	t.Helper()
	seed := number(t, seedVariable, 0)
	if seed == 0 {
		return false
	}
	s := run(t, newSchedule(uint64(seed)), open)
	t.Log(s.report())
	if s.violation != "" {
		t.Fail()
	}
	return true
}

// TestSeedRepeats: the same seed gives the same schedule, and replaying its steps does, too.
func TestSeedRepeats(t *testing.T) {
	for seed := uint64(1); seed <= 50; seed++ {
		first := run(t, newSchedule(seed), inMemory)
		for _, again := range []schedule{newSchedule(seed), first.schedule} {
			if second := run(t, again, inMemory); !slices.Equal(first.trace, second.trace) {
				t.Fatalf("seed %d:\n%s\nand then\n%s", seed, first.report(), second.report())
			}
		}
	}
}

// TestShrink: what is left of a schedule breaks something all the same, with less.
func TestShrink(t *testing.T) {
	open := without(memory.Watch)
	found := runMany(t, newSchedule, 2000, open).failed
	if found == nil {
		t.Fatal("nothing is broken")
	}
	short := shrink(t, found.schedule, open)
	if short.violation == "" || short.calls >= found.calls || len(short.plan) >= len(found.plan) {
		t.Errorf("%d calls of %d actors are left of %d of %d, broken: %q", short.calls, len(short.plan),
			found.calls, len(found.plan), short.violation)
	}
}

// runMany runs schedules with consecutive seeds on all cores, up to the first that breaks something.
func runMany(t *testing.T, plan func(seed uint64) schedule, n int, open opener) *totals {
	all := &totals{}
	next := 1
	var mu sync.Mutex
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next-1 <= n && all.failed == nil
	}
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed, ok := take(); ok; seed, ok = take() {
					s := run(t, plan(uint64(seed)), open)
					mu.Lock()
					all.add(s)
					mu.Unlock()
				}
			})
		}
	})
	return all
}

// run runs one schedule to its end, or to the first broken promise.
func run(t *testing.T, s schedule, open opener) *simulation {
	t.Helper()
	var sim *simulation
	synctest.Test(t, func(t *testing.T) {
		sim = newSimulation(t, s, open)
		sim.run()
	})
	return sim
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s=%q is no number", variable, value)
	}
	return n
}

// totals sums up schedules.
type totals struct {
	calls  []int
	counts map[string]int
	failed *simulation // with the lowest seed
}

func (a *totals) add(s *simulation) {
	a.calls = append(a.calls, s.calls)
	if a.counts == nil {
		a.counts = map[string]int{}
	}
	for what, n := range s.counts {
		a.counts[what] += n
	}
	if s.violation != "" && (a.failed == nil || s.seed < a.failed.seed) {
		a.failed = s
	}
}

func (a *totals) median() int {
	if len(a.calls) == 0 {
		return 0
	}
	slices.Sort(a.calls)
	return a.calls[len(a.calls)/2]
}

func (a *totals) String() string {
	text := fmt.Sprintf("%d schedules, median %d calls of a store or the index", len(a.calls),
		a.median())
	type count struct {
		what string
		n    int
	}
	var counts []count
	for what, n := range a.counts {
		counts = append(counts, count{what, n})
	}
	slices.SortFunc(counts, func(a, b count) int { return cmp.Compare(a.what, b.what) })
	for _, c := range counts {
		text += fmt.Sprintf("\n%9d %s", c.n, c.what)
	}
	return text
}
