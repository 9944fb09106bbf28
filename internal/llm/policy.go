package llm

import (
	"math/rand/v2"
	"sync"
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

// budget bounds the retries of all requests together to a tenth of the calls, so that retries do
// not keep an overloaded provider down. The zero value is ready.
type budget struct {
	mu    sync.Mutex
	spent float64
}

const (
	retryShare = 0.1
	// retryReserve is how many retries may be made before there were calls to earn them.
	retryReserve = 5
)

// earn counts a call.
func (b *budget) earn() {
	b.mu.Lock()
	b.spent = max(b.spent-retryShare, 0)
	b.mu.Unlock()
}

// take reports whether a retry may be made, and counts it.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent+1 > retryReserve {
		return false
	}
	b.spent++
	return true
}
