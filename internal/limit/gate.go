package limit

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/lectern-project/lectern/internal/book"
)

// Line says how those wait who find no place free.
type Line struct {
	// Length is how many may wait for each place.
	Length int
	// Time is how long one waits at most.
	Time time.Duration
}

// Gate lets a number of callers in at once. Others wait in line, first come, first served, as long as the
// line is not too long and none waits too long: what cannot be done soon is better refused at once than
// begun late. It is safe for concurrent use; nil lets everybody in.
type Gate struct {
	places  *semaphore.Weighted
	line    Line
	most    int64 // that wait
	waiting atomic.Int64
	refused func() // is told of each who was not let in
}

// NewGate returns a gate with so many places. refused is told of everybody who is not let in.
func NewGate(places int, line Line, refused func()) *Gate {
	return &Gate{
		places: semaphore.NewWeighted(int64(places)), line: line,
		most: int64(places) * int64(line.Length), refused: refused,
	}
}

// Enter takes a place, which leave, to be called once, gives back. Unavailable with RetryAfter when the
// line is full or the caller waited for too long; the context's error when that ends before.
func (g *Gate) Enter(ctx context.Context) (leave func(), err error) {
	if g == nil {
		return func() {}, nil
	}
	if !g.places.TryAcquire(1) {
		if err := g.wait(ctx); err != nil {
			return nil, err
		}
	}
	return func() { g.places.Release(1) }, nil
}

// Full returns the error of Enter while the line is full, so that nothing more is spent on a caller who
// would be refused.
func (g *Gate) Full() error {
	if g == nil || g.most == 0 || g.waiting.Load() < g.most {
		return nil
	}
	return g.refuse()
}

func (g *Gate) wait(ctx context.Context) error {
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > g.most {
		return g.refuse()
	}
	waiting, cancel := context.WithTimeoutCause(ctx, g.line.Time, errTooLong)
	defer cancel()
	err := g.places.Acquire(waiting, 1)
	if err != nil && errors.Is(context.Cause(waiting), errTooLong) {
		return g.refuse()
	}
	return err
}

var errTooLong = errors.New("waited for too long")

func (g *Gate) refuse() error {
	g.refused()
	return &book.Error{
		Code: book.Unavailable, RetryAfter: max(g.line.Time, time.Second),
		Message: "the server is busy; try again in a moment",
	}
}
