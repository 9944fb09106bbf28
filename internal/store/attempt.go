package store

import (
	"context"
	"math"
	"time"
)

// Attempts counts what must not be tried too often, so that all processes hold up one guesser.
// Counters are named by their caller.
type Attempts interface {
	// BeginAttempt counts an attempt at every limit and returns zero. Where the time of the next
	// attempt has not come at one of them, it counts none, and returns how long that takes, of
	// several the longest. It runs on the store's clock; of attempts that begin at once each sees
	// those before it. Invalid for an empty name.
	BeginAttempt(ctx context.Context, limits []Limit) (wait time.Duration, err error)

	// ForgiveAttempts takes n attempts back, all that were counted if n is larger; none is no error.
	// When no more than the free ones are left, the next may begin at once.
	ForgiveAttempts(ctx context.Context, l Limit, n int) error

	// DeleteAttempts removes counters whose last attempt is older than age, and returns how many.
	DeleteAttempts(ctx context.Context, age time.Duration) (int, error)
}

// Limit bounds the attempts at one thing. After the free ones each makes the next wait twice as long
// as the one before it, beginning with First, up to Longest. When there was none for Memory, they
// are free again.
type Limit struct {
	Name    []byte
	Free    int
	First   time.Duration
	Longest time.Duration
	Memory  time.Duration
}

// Counter is what is kept of the attempts at one thing.
type Counter struct {
	Count int
	Last  time.Time
	Next  time.Time // when the next attempt may begin
}

// Attempt returns the counter after an attempt at now, or how long that has to wait.
func (l Limit) Attempt(c Counter, now time.Time) (Counter, time.Duration) {
	if wait := c.Next.Sub(now); wait > 0 {
		return c, wait
	}
	if now.Sub(c.Last) >= l.Memory {
		c.Count = 0
	}
	c.Count++
	c.Last, c.Next = now, now
	if beyond := c.Count - l.Free; beyond > 0 {
		delay := float64(l.First) * math.Pow(2, float64(beyond-1))
		c.Next = now.Add(time.Duration(min(delay, float64(l.Longest))))
	}
	return c, 0
}

// Forgive returns the counter with n attempts less.
func (l Limit) Forgive(c Counter, n int) Counter {
	c.Count -= min(n, c.Count)
	if c.Count <= l.Free {
		c.Next = c.Last
	}
	return c
}
