package limit

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/storetest"
)

// inMemory makes Local a store.Limits, so that it passes the same suite.
type inMemory struct {
	*Local
	trips int
	err   error
}

func (m *inMemory) TakeTokens(
	ctx context.Context, key string, rate book.Rate, n int,
) (book.Tokens, error) {
	m.trips++
	if m.err != nil {
		return book.Tokens{}, m.err
	}
	if key == "" || !rate.Valid() || n < 1 {
		return book.Tokens{}, book.Errorf(book.Invalid, "not a bucket")
	}
	return m.Take(ctx, key, rate, n), nil
}

func (m *inMemory) DeleteFullBuckets(context.Context) (int, error) {
	before := len(m.buckets)
	m.swept = time.Time{}
	m.sweep(m.now())
	return before - len(m.buckets), nil
}

func TestLocal(t *testing.T) {
	storetest.RunLimits(t, func(*testing.T) store.Limits { return &inMemory{Local: NewLocal()} })
}

func TestLocalIsBounded(t *testing.T) {
	l := NewLocal()
	for i := range maxBuckets + 10 {
		l.Take(t.Context(), fmt.Sprint(i), book.PerMinute(10), 1)
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets are kept", len(l.buckets))
	}
}

// TestSharedGivesNoMoreThanTheRate lets three processes use one bucket.
func TestSharedGivesNoMoreThanTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &inMemory{Local: NewLocal()}
		processes := []*Shared{NewShared(db), NewShared(db), NewShared(db)}
		rate := book.PerMinute(60)
		taken := 0
		for i := range 600 {
			taken += processes[i%3].Take(t.Context(), "a", rate, 1).Taken
		}
		if taken != 60 {
			t.Errorf("%d of 60 were given", taken)
		}
		time.Sleep(time.Minute)
		// One process alone gets what the others hold only when it has come back.
		taken = 0
		for range 600 {
			taken += processes[0].Take(t.Context(), "a", rate, 1).Taken
		}
		if taken != 60 {
			t.Errorf("after a minute %d were given", taken)
		}
	})
}

func TestSharedAsksTheStoreSeldom(t *testing.T) {
	db := &inMemory{Local: NewLocal()}
	s := NewShared(db)
	for i := range 200 {
		got := s.Take(t.Context(), "a", book.Rate{Burst: 1000, Refill: time.Hour}, 1)
		if got.Taken != 1 || got.Left != 1000-i-1 || got.Wait != 0 {
			t.Fatalf("request %d: %+v", i, got)
		}
	}
	if db.trips != 200*leaseShare/1000 {
		t.Errorf("%d round trips for 200 requests", db.trips)
	}
	for range 3 { // of a small bucket nothing is taken in advance
		s.Take(t.Context(), "b", book.PerMinute(10), 1)
	}
	if db.trips != 200*leaseShare/1000+3 {
		t.Errorf("%d round trips", db.trips)
	}
}

func TestSharedWithoutItsStore(t *testing.T) {
	db := &inMemory{Local: NewLocal(), err: errors.New("down")}
	s := NewShared(db)
	taken := 0
	for range 50 {
		taken += s.Take(t.Context(), "a", book.Rate{Burst: 10, Refill: time.Hour}, 1).Taken
	}
	if taken != 10 {
		t.Errorf("%d of 10 were given by one process", taken)
	}
}
