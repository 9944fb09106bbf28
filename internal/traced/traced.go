// Package traced wraps the two stores so that each call of them is a span.
//
// The wrappers are made from the contracts by `go test ./internal/traced/wrapper -update`.
package traced

import (
	"context"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/tracing"
	"github.com/lectern-project/lectern/internal/vector"
)

// Store returns s with its calls traced. system is the name of what keeps it, as db.system.name has it.
// What else s can do, it can still do: see store.Limits.
func Store(s store.Store, system string) store.Store {
	wrapped := tracedStore{s, system}
	if limits, ok := s.(store.Limits); ok {
		return struct {
			tracedStore
			tracedLimits
		}{wrapped, tracedLimits{limits, system}}
	}
	return wrapped
}

// Index returns x with its calls traced. system is the name of what keeps it, as db.system.name has it.
// What else x can do, it can still do: see reconcile.Reconciler.PointAlias.
func Index(x vector.Index, system string) vector.Index {
	wrapped := tracedIndex{x, system}
	if named, ok := x.(aliased); ok {
		return struct {
			tracedIndex
			aliased
		}{wrapped, named}
	}
	return wrapped
}

// aliased is an index that has one name for the active space.
type aliased interface {
	PointAlias(ctx context.Context, spaceID string) error
}

// start begins the span of one call.
func start(ctx context.Context, of, method, system string) (context.Context, tracing.Span) {
	ctx, span := tracing.Start(ctx, of+"."+method, tracing.Client)
	if span.Records() {
		span.Set(semconv.DBSystemNameKey.String(system), semconv.DBOperationName(method))
	}
	return ctx, span
}
