// Package limit bounds how often somebody may do something, with token buckets: in this process, or
// shared by all processes over one store.
package limit

import (
	"context"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// maxBuckets bounds how many buckets that are not full are kept, so that many addresses cannot take
// all memory. Above it some are forgotten, which makes them full.
const maxBuckets = 100_000

// Local holds token buckets in memory. It is safe for concurrent use.
type Local struct {
	now func() time.Time

	mu      sync.Mutex
	buckets map[string]time.Time // when a bucket is full again
	swept   time.Time
}

// NewLocal returns buckets that are all full.
func NewLocal() *Local { return &Local{now: time.Now, buckets: map[string]time.Time{}} }

// Take takes up to n tokens from the bucket of key.
func (l *Local) Take(_ context.Context, key string, rate book.Rate, n int) book.Tokens {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.sweep(now)
	t := rate.Take(l.buckets[key].Sub(now), n)
	l.buckets[key] = now.Add(t.Full)
	return t
}

// sweep forgets full buckets now and then, and others where there are too many.
func (l *Local) sweep(now time.Time) {
	if len(l.buckets) < maxBuckets && now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for key, full := range l.buckets {
		if !full.After(now) {
			delete(l.buckets, key)
		}
	}
	for key := range l.buckets {
		if len(l.buckets) < maxBuckets {
			break
		}
		delete(l.buckets, key)
	}
}
