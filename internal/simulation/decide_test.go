package simulation

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lectern-project/lectern/internal/store"
)

// Times that matter: what lets pauses, leases with their deadlines, and watches end.
const (
	pause = time.Second
	lease = 3 * time.Minute
	watch = store.LateWatch + time.Hour
)

// random decides by a seed. Each seed has a temper of its own.
type random struct {
	*rand.Rand
	faults   float64 // share of calls that do not go well
	crashes  int     // that may still be
	clocks   float64 // share of steps in which the store's clock moves
	far      float64 // share of those in which it moves past a watch
	grip     float64 // how likely it is that the last actor goes on
	patience int     // for how many steps an actor is left waiting

	last string // who went on last
	slow string // who is left waiting
}

func newRandom(plan schedule) *random {
	r := &random{Rand: rand.New(rand.NewPCG(plan.seed, 1))}
	r.faults = pick(r, 0, 0.02, 0.05, 0.15)
	r.crashes = r.IntN(3)
	r.clocks = pick(r, 0.01, 0.03, 0.08)
	r.far = pick(r, 0, 0.3, 0.6)
	r.grip = pick(r, 0, 0.5, 0.8, 0.9)
	r.patience = pick(r, 5, 15, 50, 150)
	if plan.harsh {
		r.faults, r.clocks, r.far, r.patience = 0.15, 0.08, 0.6, 150
	}
	return r
}

// pick returns one of choices.
func pick[T any](r *random, choices ...T) T { return choices[r.IntN(len(choices))] }

func (r *random) next(s *simulation) step {
	waiting := s.waiting()
	switch {
	case len(waiting) == 0:
		return step{tick: &tick{r.IntN(processes), lease}}
	case s.asleep() && r.Float64() < 0.2:
		return step{tick: &tick{r.IntN(processes), pick(r, pause, pause, pause, lease)}}
	case r.Float64() < r.clocks:
		if r.Float64() < r.far {
			return step{store: watch}
		}
		return step{store: pick(r, pause, lease, lease)}
	case r.Float64() < 0.005:
		return step{tick: &tick{r.IntN(processes), lease}}
	case len(s.late) > 0 && r.Float64() < 0.12:
		return step{land: &landing{at: r.IntN(len(s.late)), again: r.IntN(4) == 0}}
	}
	var next step
	for range min(1+r.IntN(s.stores.together), len(waiting)) {
		a := r.choose(waiting)
		waiting = slices.DeleteFunc(waiting, func(w *actor) bool { return w == a })
		next.grants = append(next.grants, grant{a.name, a.at, r.fateOf(a.waiting.Load())})
	}
	return next
}

// choose says who goes on.
func (r *random) choose(waiting []*actor) *actor {
	if r.IntN(r.patience) == 0 {
		r.slow = pick(r, busy(waiting)...).name
	}
	var quick []*actor
	for _, a := range waiting {
		if a.name == r.slow {
			continue
		}
		if a.name == r.last && r.Float64() < r.grip {
			return a
		}
		quick = append(quick, a)
	}
	if len(quick) == 0 {
		quick = waiting
	}
	a := pick(r, quick...)
	r.last = a.name
	return a
}

// busy returns those actors whose call changes something, or all if none does: to be slow before one
// reads is to be slow before what came before that.
func busy(waiting []*actor) []*actor {
	var writing []*actor
	for _, a := range waiting {
		if a.waiting.Load().kind != read {
			writing = append(writing, a)
		}
	}
	if len(writing) == 0 {
		return waiting
	}
	return writing
}

func (r *random) fateOf(c *call) fate {
	switch {
	case c.tooLate:
		return timesOut
	case r.crashes > 0 && r.Float64() < 0.01:
		r.crashes--
		if c.kind == read {
			return crashes
		}
		return pick(r, crashes, crashesOn, crashesOut)
	case r.Float64() < r.faults:
		return pick(r, faults[c.kind]...)
	}
	return goesOn
}

// replay takes steps that were decided before, as far as they are still possible, and then lets
// everybody go on in turn.
type replay struct{ steps []step }

func newReplay(steps []step) *replay { return &replay{steps} }

func (r *replay) next(s *simulation) step {
	for len(r.steps) > 0 {
		next := r.steps[0]
		r.steps = r.steps[1:]
		if next.land != nil && next.land.at >= len(s.late) {
			continue
		}
		possible := next
		possible.grants = nil
		for _, g := range next.grants {
			a := s.named(g.actor)
			if a == nil {
				continue
			}
			if c := a.waiting.Load(); c != nil {
				possible.grants = append(possible.grants, grant{a.name, a.at, suit(g.fate, c)})
			}
		}
		if next.grants == nil || possible.grants != nil {
			return possible
		}
	}
	if waiting := s.waiting(); len(waiting) > 0 {
		a := waiting[0]
		return step{grants: []grant{{a.name, a.at, suit(goesOn, a.waiting.Load())}}}
	}
	return step{tick: &tick{by: lease}}
}

// suit returns the fate, if such a call may have it, or else that it goes on.
func suit(f fate, c *call) fate {
	kills := f == crashes || c.kind != read && (f == crashesOn || f == crashesOut)
	switch {
	case c.tooLate:
		return timesOut
	case kills || slices.Contains(faults[c.kind], f):
		return f
	}
	return goesOn
}
