package telemetry

import (
	"context"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// IndexCall begins a call of the vector index, and returns what ends it, as Stage does.
func (r *Recorder) IndexCall(
	ctx context.Context, operation string,
) (context.Context, func(*error)) {
	if r == nil {
		return ctx, func(*error) {}
	}
	start := time.Now()
	return ctx, func(err *error) {
		r.indexCalls.WithLabelValues(operation).Observe(time.Since(start).Seconds())
		if code := book.CodeOf(*err); code != "" {
			r.indexErrors.WithLabelValues(string(code)).Inc()
		}
	}
}

// Statement begins a statement of the database, by the name that it has in the code, and returns what
// ends it. class is the class of the SQLSTATE that it failed with, or another word for why.
func (r *Recorder) Statement(
	ctx context.Context, name string,
) (_ context.Context, end func(class string)) {
	if r == nil {
		return ctx, func(string) {}
	}
	start := time.Now()
	return ctx, func(class string) {
		r.statements.WithLabelValues(name).Observe(time.Since(start).Seconds())
		if class != "" {
			r.statementErrors.WithLabelValues(class).Inc()
		}
	}
}
