package telemetry

import (
	"context"
)

// Chore returns do as a piece of background work whose runs are counted.
func (r *Recorder) Chore(
	name string, do func(context.Context) error,
) func(context.Context) error {
	if r == nil {
		return do
	}
	for _, outcome := range ChoreRuns.Labels[1].Values {
		r.chores.WithLabelValues(name, outcome)
	}
	return func(ctx context.Context) error {
		err := do(ctx)
		switch {
		case err == nil:
			r.chores.WithLabelValues(name, "succeeded").Inc()
			r.choreEnded.WithLabelValues(name).SetToCurrentTime()
		case ctx.Err() == nil:
			r.chores.WithLabelValues(name, "failed").Inc()
		}
		return err
	}
}
