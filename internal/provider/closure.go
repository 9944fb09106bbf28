package provider

import (
	"sync"
	"time"
)

// longestRest bounds how long a provider's advice keeps a model closed, quotas of a day excepted.
const longestRest = 10 * time.Minute

// Closure keeps calls away from a model for as long as its provider asked: until the quota of the day
// is renewed, or the advised delay is over. The zero value is open.
type Closure struct {
	mu    sync.Mutex
	class Class
	until time.Time
}

// Note closes the model if the failure says for how long.
func (c *Closure) Note(now time.Time, f Failure) {
	until := f.Until
	if f.Class == RateLimited {
		until = now.Add(min(f.Delay, longestRest))
	}
	if !until.After(now) {
		return
	}
	c.mu.Lock()
	c.class, c.until = f.Class, until
	c.mu.Unlock()
}

// Closed returns why no call may be made now; false when one may.
func (c *Closure) Closed(now time.Time) (Failure, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !now.Before(c.until) {
		return Failure{}, false
	}
	return Failure{Class: c.class, Until: c.until, Delay: c.until.Sub(now)}, true
}
