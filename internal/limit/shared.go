package limit

import (
	"context"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// A process takes a part of a large bucket in advance, so that not every request asks the store.
const (
	leaseShare = 20 // the part is one of so many
	leaseTime  = 5 * time.Second
	// storeTime bounds how long a request waits for the store to count it.
	storeTime = 2 * time.Second
)

// Shared holds token buckets in a store, for all processes over it. Nobody gets more than the rate
// allows. Somebody whose requests come to many processes may get less: up to a twentieth of the
// bucket for each process, which that process took in advance and then forgot after five seconds.
// While the store does not answer, each process counts by itself. It is safe for concurrent use.
type Shared struct {
	store store.Limits
	local *Local // while the store does not answer
	now   func() time.Time

	mu     sync.Mutex
	leases map[string]*lease
	swept  time.Time
}

// lease is what was taken from one bucket in advance.
type lease struct {
	mu    sync.Mutex
	at    time.Time
	state book.Tokens // of the bucket, at that time; Taken are those left of the lease
}

// NewShared returns the buckets of s.
func NewShared(s store.Limits) *Shared {
	return &Shared{store: s, local: NewLocal(), now: time.Now, leases: map[string]*lease{}}
}

// Take takes a token from the bucket of key.
func (s *Shared) Take(ctx context.Context, key string, rate book.Rate, n int) book.Tokens {
	l := s.lease(key)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := s.now()
	if l.state.Taken < n || now.Sub(l.at) >= leaseTime {
		ctx, cancel := context.WithTimeout(ctx, storeTime)
		defer cancel()
		taken, err := s.store.TakeTokens(ctx, key, rate, max(n, rate.Burst/leaseShare))
		if err != nil {
			return s.local.Take(ctx, key, rate, n)
		}
		l.at, l.state = now, taken
	}
	used := min(n, l.state.Taken)
	l.state.Taken -= used
	return s.seen(l, now, used)
}

// seen is what the caller is told: tokens of the lease that are left count as being in the bucket.
func (s *Shared) seen(l *lease, now time.Time, used int) book.Tokens {
	t := l.state
	t.Left += t.Taken
	t.Full = max(t.Full-now.Sub(l.at), 0)
	if t.Taken > 0 {
		t.Wait = 0
	}
	t.Taken = used
	return t
}

func (s *Shared) lease(key string) *lease {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); len(s.leases) >= maxBuckets || now.Sub(s.swept) >= time.Minute {
		s.swept = now
		clear(s.leases)
	}
	l, ok := s.leases[key]
	if !ok {
		l = &lease{}
		s.leases[key] = l
	}
	return l
}
