package reconcile

import (
	"sync"
	"sync/atomic"
	"time"
)

// Stats count what this process has reconciled since it started.
type Stats struct {
	Drain Runs
	Audit Runs

	Expired    int64 // leases of writers that had stopped
	Settled    int64 // due rows
	Rewritten  int64 // points that got another scope, or were written anew by a repair
	Backfilled int64 // points written into a space on standby
	Findings   Found // of audits in the background, each counted when it was found
}

// Found counts findings by kind.
type Found struct {
	Missing, Stray, Mismatched, Conflicting, Orphaned int64
}

// Runs describe the runs of one kind of work. Those that another replica did are not counted.
type Runs struct {
	Succeeded, Failed int64
	LastSuccess       time.Time     // zero before the first
	LastDuration      time.Duration // of the last run, failed or not
}

// Stats returns the counts.
func (r *Reconciler) Stats() Stats {
	c := &r.counters
	return Stats{
		Drain: c.drain.read(), Audit: c.audit.read(),
		Expired: c.expired.Load(), Settled: c.settled.Load(), Rewritten: c.rewritten.Load(),
		Backfilled: c.backfilled.Load(),
		Findings: Found{
			Missing: c.missing.Load(), Stray: c.stray.Load(), Mismatched: c.mismatched.Load(),
			Conflicting: c.conflicting.Load(), Orphaned: c.orphaned.Load(),
		},
	}
}

type counters struct {
	drain, audit runs

	expired, settled, rewritten, backfilled atomic.Int64

	missing, stray, mismatched, conflicting, orphaned atomic.Int64
}

func (c *counters) find(r Report) {
	c.orphaned.Add(int64(len(r.Orphans)))
	for _, s := range r.Spaces {
		c.missing.Add(int64(len(s.Missing)))
		c.stray.Add(int64(len(s.Stray)))
		c.mismatched.Add(int64(len(s.Mismatched)))
		if s.Conflict != nil {
			c.conflicting.Add(1)
		}
	}
}

type runs struct {
	mu sync.Mutex
	Runs
}

func (r *runs) ended(start time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.LastDuration = time.Since(start)
	if err != nil {
		r.Failed++
		return
	}
	r.Succeeded++
	r.LastSuccess = time.Now()
}

func (r *runs) read() Runs {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Runs
}
