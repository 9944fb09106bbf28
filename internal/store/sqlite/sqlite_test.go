package sqlite_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite"
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

func open(t *testing.T, path string, options ...sqlite.Option) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		path := filepath.Join(t.TempDir(), "lectern.db")
		clock := &clock{}
		return storetest.Place{
			Open: func(t *testing.T) store.Store {
				return open(t, path, sqlite.WithClock(clock.now))
			},
			Advance: clock.advance,
		}
	})
}
