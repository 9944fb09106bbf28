package llm

import (
	"sync"
	"time"
)

const (
	breakerCalls = 10 // fewer calls say nothing
	breakerLast  = 20 // how many calls are looked back at
)

// breaker keeps calls away from a model that fails half of them, for as long as rest says. It begins
// closed.
type breaker struct {
	rest time.Duration

	mu       sync.Mutex
	failures []bool // of the last calls, oldest first
	until    time.Time
	open     bool
	probing  bool
}

// allow reports whether a call may be made; then its outcome must be recorded. While the breaker is
// open none may, and after that one alone until its outcome is known.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return true
	}
	if b.probing || now.Before(b.until) {
		return false
	}
	b.probing = true
	return true
}

// record notes how a call ended. A call that says nothing about the model, because the reader left,
// is neither good nor bad.
func (b *breaker) record(now time.Time, class Class) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	switch {
	case !telling(class):
		return
	case b.open && class == "":
		b.open, b.failures = false, nil
		return
	}
	b.failures = append(b.failures, class != "")
	if len(b.failures) > breakerLast {
		b.failures = b.failures[1:]
	}
	if b.open || b.failing() {
		b.open, b.until = true, now.Add(b.rest)
	}
}

func (b *breaker) failing() bool {
	failed := 0
	for _, f := range b.failures {
		if f {
			failed++
		}
	}
	return len(b.failures) >= breakerCalls && 2*failed >= len(b.failures)
}

// BreakerState says whether calls are kept away from a model.
type BreakerState string

// The states of a breaker.
const (
	StateClosed   BreakerState = "closed"
	StateOpen     BreakerState = "open"
	StateHalfOpen BreakerState = "half_open" // the next call, or the one under way, is a probe
)

func (b *breaker) state(now time.Time) BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.open:
		return StateClosed
	case now.Before(b.until):
		return StateOpen
	}
	return StateHalfOpen
}

// telling reports whether an outcome says something about the model, "" being an answer.
func telling(class Class) bool {
	switch class {
	case CallerGone, OutOfTime, Refused, Blocked, OverBudget:
		return false
	}
	return true
}
