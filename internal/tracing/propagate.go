package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// w3c reads and writes traceparent and tracestate: https://www.w3.org/TR/trace-context/
var w3c propagation.TraceContext

// InjectHTTP returns a request that tells its server which trace it belongs to, by a traceparent header
// and nothing else: tracestate and baggage may hold what somebody else's programs have put there, and
// providers of models are strangers to them.
func InjectHTTP(r *http.Request) *http.Request {
	span := trace.SpanContextFromContext(r.Context())
	if t := from(r.Context()); t == nil || !t.propagates || !span.IsValid() {
		return r
	}
	r = r.Clone(r.Context())
	ctx := trace.ContextWithSpanContext(r.Context(), span.WithTraceState(trace.TraceState{}))
	w3c.Inject(ctx, propagation.HeaderCarrier(r.Header))
	return r
}

// InjectGRPC does the same for calls over gRPC, to servers of the installation's own.
func InjectGRPC(
	ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	call grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	if t := from(ctx); t != nil && t.propagates {
		headers := propagation.MapCarrier{}
		w3c.Inject(ctx, headers)
		for name, value := range headers {
			ctx = metadata.AppendToOutgoingContext(ctx, name, value)
		}
	}
	return call(ctx, method, request, reply, conn, options...)
}
