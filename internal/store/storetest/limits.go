package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// RunLimits runs the suite of token buckets. Each call of open gives buckets that are all full.
func RunLimits(t *testing.T, open func(t *testing.T) store.Limits) {
	// In an hour no token comes back while a test runs.
	slow := book.Rate{Burst: 10, Refill: time.Hour}
	take := func(t *testing.T, l store.Limits, key string, rate book.Rate, n int) book.Tokens {
		t.Helper()
		got, err := l.TakeTokens(t.Context(), key, rate, n)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}

	t.Run("TakesWhatIsThere", func(t *testing.T) {
		l := open(t)
		for _, step := range []struct{ n, taken, left int }{{4, 4, 6}, {5, 5, 1}, {3, 1, 0}, {1, 0, 0}} {
			got := take(t, l, "a", slow, step.n)
			if got.Taken != step.taken || got.Left != step.left {
				t.Fatalf("took %d: %+v, want %+v", step.n, got, step)
			}
			if (got.Left == 0) != (got.Wait > 0) || got.Wait > slow.Refill || got.Full > slow.Window() {
				t.Errorf("took %d: %+v", step.n, got)
			}
		}
		if got := take(t, l, "b", slow, 20); got.Taken != 10 {
			t.Errorf("another bucket: %+v", got)
		}
	})

	t.Run("FillsUp", func(t *testing.T) {
		l := open(t)
		quick := book.Rate{Burst: 3, Refill: 20 * time.Millisecond}
		take(t, l, "a", quick, 3)
		time.Sleep(quick.Window() + 10*time.Millisecond)
		if got := take(t, l, "a", quick, 5); got.Taken != 3 {
			t.Errorf("took %+v of a full bucket", got)
		}
	})

	t.Run("AnotherRate", func(t *testing.T) {
		l := open(t)
		take(t, l, "a", slow, 10)
		got := take(t, l, "a", book.Rate{Burst: 20, Refill: time.Hour}, 20)
		if got.Taken < 9 || got.Taken > 10 {
			t.Errorf("took %+v where 10 hours are missing of 20", got)
		}
		if got := take(t, l, "a", book.Rate{Burst: 1, Refill: time.Second}, 1); got.Taken != 0 {
			t.Errorf("took %+v of a bucket that is far from full", got)
		}
	})

	t.Run("Delete", func(t *testing.T) {
		l := open(t)
		take(t, l, "full", book.Rate{Burst: 3, Refill: time.Millisecond}, 3)
		take(t, l, "not full", slow, 3)
		time.Sleep(20 * time.Millisecond)
		n, err := l.DeleteFullBuckets(t.Context())
		if err != nil || n != 1 {
			t.Errorf("deleted %d, %v", n, err)
		}
		if got := take(t, l, "not full", slow, 10); got.Taken != 7 {
			t.Errorf("took %+v, want 7", got)
		}
	})

	t.Run("AtOnce", func(t *testing.T) {
		l := open(t)
		var taken atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 10 {
					got, err := l.TakeTokens(t.Context(), "a", slow, 1)
					if err != nil {
						t.Error(err)
					}
					taken.Add(int64(got.Taken))
				}
			})
		}
		all.Wait()
		if taken.Load() != 10 {
			t.Errorf("%d were taken of 10", taken.Load())
		}
	})

	t.Run("Refused", func(t *testing.T) {
		l := open(t)
		for _, c := range []struct {
			key  string
			rate book.Rate
			n    int
		}{{"", slow, 1}, {"a", book.Rate{}, 1}, {"a", book.Rate{Burst: 1}, 1}, {"a", slow, 0}} {
			if _, err := l.TakeTokens(t.Context(), c.key, c.rate, c.n); book.CodeOf(err) != book.Invalid {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}
