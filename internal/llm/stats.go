package llm

import (
	"maps"
	"time"
)

// ModelStats counts what happened to one model of a Chain since the start.
type ModelStats struct {
	Model      string
	Answers    int
	Failures   map[Class]int // by class, calls that were not made included
	Retries    int
	Mismatches int            // answers of another model than the one that was asked for
	Fallbacks  map[string]int // by the model that was asked in its place
	Breaker    BreakerState
	Usage      Usage
}

func newModelStats(model string) ModelStats {
	return ModelStats{Model: model, Failures: map[Class]int{}, Fallbacks: map[string]int{}}
}

// Stats returns the counts of the chain's models, in order. They are for whoever publishes metrics.
func (c *Chain) Stats() []ModelStats {
	var all []ModelStats
	for _, l := range c.all() {
		l.mu.Lock()
		s := l.stats
		s.Failures, s.Fallbacks = maps.Clone(s.Failures), maps.Clone(s.Fallbacks)
		l.mu.Unlock()
		s.Breaker = l.breaker.state(time.Now())
		all = append(all, s)
	}
	return all
}

func (l *link) count(change func(*ModelStats)) {
	l.mu.Lock()
	change(&l.stats)
	l.mu.Unlock()
}
