// Package tracing makes OpenTelemetry's spans of what the program does and sends them to a collector.
//
// What traces there are is in the context: [Tracing.Request] and [Tracing.Context] put it there, [Root]
// begins a trace of our own, and [Start] adds to one that is recorded and otherwise does nothing. So
// whoever does the work needs nothing but its context, and a request that is not sampled costs next to
// nothing.
// Names and attributes follow OpenTelemetry's semantic conventions.
package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/lectern-project/lectern/internal/book"
)

// scope names what makes the spans.
const scope = "github.com/lectern-project/lectern"

// The kinds of spans: a call of another program or of a store, or work of our own.
const (
	Client   = trace.SpanKindClient
	Internal = trace.SpanKindInternal
)

// Span is a piece of work that is recorded, or the zero value, which records nothing.
type Span struct{ span trace.Span }

type contextKey struct{}

// Context returns a context whose work is traced by t, if t is not nil.
func (t *Tracing) Context(ctx context.Context) context.Context {
	if t == nil {
		return ctx
	}
	return context.WithValue(ctx, contextKey{}, t)
}

func from(ctx context.Context) *Tracing {
	t, _ := ctx.Value(contextKey{}).(*Tracing)
	return t
}

// Request begins the span of a request that is served. It goes on with the trace that the request's
// headers name, also where nothing is traced, so that the log can name it.
func (t *Tracing) Request(r *http.Request) (context.Context, Span) {
	ctx := r.Context()
	if t == nil || t.propagates {
		ctx = w3c.Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(t.Context(ctx), "request", trace.WithSpanKind(trace.SpanKindServer))
	return ctx, recorded(span)
}

// Root begins a span of work that nobody asked for, which is a trace of its own.
func Root(ctx context.Context, name string, attrs ...attribute.KeyValue) (context.Context, Span) {
	t := from(ctx)
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithNewRoot(), trace.WithAttributes(attrs...))
	return ctx, recorded(span)
}

// Start begins a span within the one of ctx, if that is recorded.
func Start(
	ctx context.Context, name string, kind trace.SpanKind, attrs ...attribute.KeyValue,
) (context.Context, Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, Span{}
	}
	ctx, span := parent.TracerProvider().Tracer(scope).Start(ctx, name, trace.WithSpanKind(kind),
		trace.WithAttributes(attrs...))
	return ctx, Span{span}
}

func recorded(span trace.Span) Span {
	if !span.IsRecording() {
		return Span{}
	}
	return Span{span}
}

// Records reports whether anything is recorded, for attributes that are dear to make.
func (s Span) Records() bool { return s.span != nil }

// Set adds attributes.
func (s Span) Set(attrs ...attribute.KeyValue) {
	if s.span != nil {
		s.span.SetAttributes(attrs...)
	}
}

// Name gives the span another name.
func (s Span) Name(name string) {
	if s.span != nil {
		s.span.SetName(name)
	}
}

// Event notes that something happened in the work now.
func (s Span) Event(name string, attrs ...attribute.KeyValue) {
	if s.span != nil {
		s.span.AddEvent(name, trace.WithAttributes(attrs...))
	}
}

// Event notes that something happened now, in the span of ctx.
func Event(ctx context.Context, name string, attrs ...attribute.KeyValue) {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.AddEvent(name, trace.WithAttributes(attrs...))
	}
}

// Fail marks the span as failed, in a way that class names. Words of an error are not recorded: they
// may hold what a trace must not.
func (s Span) Fail(class string) {
	if s.span != nil {
		s.span.SetStatus(codes.Error, "")
		s.span.SetAttributes(semconv.ErrorTypeKey.String(class))
	}
}

// End ends the span, which failed if err says that something did not work. That something was not
// there, or not allowed, is an answer.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	switch code := book.CodeOf(err); code {
	case book.Internal, book.Unavailable, book.Deadline, book.Canceled, book.RateLimited:
		s.Fail(string(code))
	}
	s.span.End()
}

// Texts reports whether questions, prompts, answers and texts of documents may be recorded.
func Texts(ctx context.Context) bool {
	t := from(ctx)
	return t != nil && t.texts
}
