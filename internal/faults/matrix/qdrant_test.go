package matrix

import (
	"context"
	"time"

	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

var (
	indexDownAt = fault{
		sampled: inQdrant,
		plan: func(a *attempt) plan {
			return plan{at: inQdrant, before: func() { a.refuse(inQdrant, true) }}
		},
		mend: func(a *attempt) { a.refuse(inQdrant, false) },
	}

	// indexSlow does a call late: the writer has lost patience with it and has tried again, and
	// meanwhile the document was deleted, too.
	indexSlow = fault{
		sampled: inQdrant,
		plan:    func(a *attempt) plan { return a.impatient(qdranttest.Late) },
		after:   func(a *attempt) { a.remove() },
		late:    func(a *attempt) { a.qdrant.Deliver() },
	}

	// indexSlowThenDown does a call late, when the writer has tried again in vain and has given up.
	indexSlowThenDown = fault{
		sampled: inQdrant,
		plan: func(a *attempt) plan {
			p := a.impatient(qdranttest.Late)
			slow := p.call
			p.call = func(
				ctx context.Context, method string, send func(context.Context) error,
			) error {
				defer a.refuse(inQdrant, true)
				return slow(ctx, method, send)
			}
			return p
		},
		mend: func(a *attempt) { a.refuse(inQdrant, false) },
		late: func(a *attempt) { a.qdrant.Deliver() },
	}

	// indexTimesOut does a call at once and does not answer.
	indexTimesOut = fault{
		sampled: inQdrant,
		plan:    func(a *attempt) plan { return a.impatient(qdranttest.TimeOut) },
	}

	indexAnswerLost = fault{
		sampled: inQdrant,
		plan: func(a *attempt) plan {
			return plan{at: inQdrant, before: a.by.toQdrant.LoseAnswers}
		},
	}

	// indexFull writes half of a batch and refuses it; it refuses all other calls.
	indexFull = fault{
		sampled: inQdrant,
		plan: func(*attempt) plan {
			return plan{at: inQdrant, fault: qdranttest.DiskFull}
		},
	}

	// indexTwice gets each call twice before it answers.
	indexTwice = fault{
		sampled: inQdrant,
		plan: func(*attempt) plan {
			return plan{
				at: inQdrant,
				call: func(ctx context.Context, _ string, send func(context.Context) error) error {
					err := send(ctx)
					_ = send(ctx)
					return err
				},
			}
		},
	}
)

// impatient is a call whose attempt times out as soon as the server has it.
func (a *attempt) impatient(fault qdranttest.Fault) plan {
	return plan{
		at: inQdrant, fault: fault,
		call: func(ctx context.Context, method string, send func(context.Context) error) error {
			before := a.qdrant.Calls(method)
			short := &timedOut{Context: ctx, done: make(chan struct{})}
			go func() {
				defer close(short.done)
				for a.qdrant.Calls(method) == before && ctx.Err() == nil {
					time.Sleep(time.Millisecond)
				}
			}()
			return send(short)
		},
	}
}

// timedOut is a context whose deadline comes when it is told to.
type timedOut struct {
	context.Context

	done chan struct{}
}

// Done implements [context.Context].
func (c *timedOut) Done() <-chan struct{} { return c.done }

// Err implements [context.Context].
func (c *timedOut) Err() error {
	select {
	case <-c.done:
		return context.DeadlineExceeded
	default:
		return c.Context.Err()
	}
}
