// Package worker runs background work: one shape for all of it, a ticker and a function that does a
// bounded piece of work.
package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/lectern-project/lectern/internal/tracing"
)

// Run calls runOnce at once and then every interval until ctx ends; it returns when the call under
// way has returned. An error is logged and the next tick tries again.
func Run(
	ctx context.Context, log *slog.Logger, name string, interval time.Duration,
	runOnce func(context.Context) error,
) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		runTraced(ctx, log, name, runOnce)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// runTraced calls runOnce, which is a trace of its own.
func runTraced(
	ctx context.Context, log *slog.Logger, name string, runOnce func(context.Context) error,
) {
	ctx, span := tracing.Root(ctx, "worker "+name)
	err := runOnce(ctx)
	span.End(err)
	if err != nil && ctx.Err() == nil {
		log.ErrorContext(ctx, "background work failed", "worker", name, "error", err)
	}
}
