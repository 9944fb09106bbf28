package simulation

import (
	"slices"
	"testing"
)

// maxTries bounds how often a schedule is run to shorten it.
const maxTries = 3000

// shrink looks for the shortest schedule that still breaks something: without actors, without
// operations, without faults, without steps. It returns the run of the shortest one it found.
func shrink(t *testing.T, s schedule, open opener) *simulation {
	t.Helper()
	best := run(t, s, open)
	tries := 0
	for progress := true; progress && tries < maxTries; {
		progress = false
		for _, shorter := range []func(schedule) []schedule{
			withoutActor, withoutOp, withoutStep, withoutFault,
		} {
			for i := 0; tries < maxTries; tries++ {
				candidates := shorter(best.schedule)
				if i >= len(candidates) {
					break
				}
				if found := run(t, candidates[i], open); found.violation != "" {
					best, progress = found, true
				} else {
					i++
				}
			}
		}
	}
	return best
}

func withoutActor(s schedule) (all []schedule) {
	for i, p := range s.plan {
		c := s
		c.plan = slices.Delete(slices.Clone(s.plan), i, i+1)
		c.steps = remaining(s.steps, func(g grant) bool { return g.actor == p.name })
		all = append(all, c)
	}
	return all
}

func withoutOp(s schedule) (all []schedule) {
	for i, p := range s.plan {
		for at := range p.script {
			c := s
			c.plan = slices.Clone(s.plan)
			c.plan[i].script = slices.Delete(slices.Clone(p.script), at, at+1)
			c.steps = remaining(s.steps, func(g grant) bool { return g.actor == p.name && g.op == at })
			all = append(all, c)
		}
	}
	return all
}

func withoutStep(s schedule) (all []schedule) {
	for i := range s.steps {
		c := s
		c.steps = slices.Delete(slices.Clone(s.steps), i, i+1)
		all = append(all, c)
	}
	return all
}

func withoutFault(s schedule) (all []schedule) {
	for i, st := range s.steps {
		if len(st.grants) == 1 && st.grants[0].fate != goesOn {
			c := s
			c.steps = slices.Clone(s.steps)
			g := st.grants[0]
			g.fate = goesOn
			c.steps[i] = step{grants: []grant{g}}
			all = append(all, c)
		}
	}
	return all
}

// remaining returns the steps in which nothing is decided that is to go.
func remaining(steps []step, gone func(grant) bool) []step {
	return slices.DeleteFunc(slices.Clone(steps), func(s step) bool {
		return slices.ContainsFunc(s.grants, gone)
	})
}
