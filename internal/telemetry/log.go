package telemetry

import (
	"context"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// NewLogger returns a logger that writes lines of this level and above to w, as JSON if json is true
// and otherwise as text. A line that is logged with the context of a request, or of background work
// that is traced, carries its request_id and trace_id. Durations are numbers of milliseconds, and
// their names end in _ms.
func NewLogger(w io.Writer, level slog.Level, json bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: inMilliseconds}
	if json {
		return slog.New(identified{slog.NewJSONHandler(w, options)})
	}
	return slog.New(identified{slog.NewTextHandler(w, options)})
}

// inMilliseconds gives durations one unit in text and in JSON, which have two.
func inMilliseconds(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		ms := float64(a.Value.Duration().Microseconds()) / float64(time.Millisecond/time.Microsecond)
		return slog.Float64(a.Key+"_ms", ms)
	}
	return a
}

type requestIDKey struct{}

// WithRequestID returns a context of the request that is called id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID is the name of the request that ctx belongs to, empty for none.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// identified adds to each line what it belongs to.
type identified struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h identified) Handle(ctx context.Context, r slog.Record) error {
	id, span := RequestID(ctx), trace.SpanContextFromContext(ctx)
	if id != "" || span.HasTraceID() {
		r = r.Clone()
	}
	if id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	if span.HasTraceID() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h identified) WithAttrs(attrs []slog.Attr) slog.Handler {
	return identified{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h identified) WithGroup(name string) slog.Handler {
	return identified{h.Handler.WithGroup(name)}
}
