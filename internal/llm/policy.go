package llm

import (
	"math/rand/v2"
	"time"
)

// Policy says how long a Chain waits and how often it tries.
type Policy struct {
	// Answer is how long all models but the last resort have for the whole answer.
	Answer time.Duration
	// FirstToken is how long each model has for its first text, tries and pauses included.
	FirstToken time.Duration
	// Stall is how long a model may be silent within its answer.
	Stall time.Duration
	// Tries is how often one model is called for one request at most.
	Tries int
	// Backoff is the mean pause before the first retry, doubled; see pause. MaxBackoff bounds it.
	Backoff    time.Duration
	MaxBackoff time.Duration
	// Rest is how long a model that fails half of its calls is left alone.
	Rest time.Duration
}

// DefaultPolicy returns the values that Lectern starts with.
func DefaultPolicy() Policy {
	return Policy{
		Answer: 30 * time.Second, FirstToken: 8 * time.Second, Stall: 15 * time.Second,
		Tries: 3, Backoff: 200 * time.Millisecond, MaxBackoff: 2 * time.Second,
		Rest: 30 * time.Second,
	}
}

// pause is how long to wait before a retry (from 1): what the provider advises, else a random part
// of a bound that doubles ("full jitter").
func (p Policy) pause(retry int, advised time.Duration) time.Duration {
	if advised > 0 {
		return advised
	}
	bound := min(p.MaxBackoff, p.Backoff<<min(retry, 20))
	return rand.N(bound + 1)
}

// retryable are the failures that may be over at the next try.
func retryable(class Class) bool {
	switch class {
	case RateLimited, Overloaded, CutStream:
		return true
	}
	return false
}
