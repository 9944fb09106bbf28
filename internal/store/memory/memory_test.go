package memory_test

import (
	"sync"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/memory"
	"github.com/lectern-project/lectern/internal/store/storetest"
)

// clock runs with the wall clock, ahead of it by what the test has let pass.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Place {
		clock := &clock{}
		s := memory.New(memory.WithClock(clock.now))
		return storetest.Place{
			Open:    func(*testing.T) store.Store { return s },
			Advance: clock.advance,
		}
	})
}
