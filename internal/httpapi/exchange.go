package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/tracing"
)

// exchange is a request and its response as the log tells them when they are over. The goroutine that
// serves the request fills it in.
type exchange struct {
	start    time.Time
	client   netip.Addr // not valid in one process
	code     book.Code  // of the failure, if it failed; a stream fails behind its status
	degraded []string   // what an answer or a search had to do without
	question string
}

type exchangeKey struct{}

func withExchange(ctx context.Context, e *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, e)
}

// exchangeOf is the exchange that ctx belongs to, or one that nobody reads.
func exchangeOf(ctx context.Context) *exchange {
	if e, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return e
	}
	return new(exchange)
}

// quiet are the routes that are asked for again and again by machines.
var quiet = map[string]bool{"/api/health": true, "/api/ready": true}

// logRequest writes the line of a request. Nothing that the client wrote is in it but the question, if
// questions are logged: a path, a query string, a body or a header may hold secrets.
func (o *outer) logRequest(r *http.Request, res *response, e *exchange) {
	level, route := slog.LevelInfo, telemetry.RouteOf(r.Pattern)
	if quiet[route] {
		level = slog.LevelDebug
	}
	e.code = cmp.Or(e.code, codeOf(res.status))
	attrs := append(make([]slog.Attr, 0, 10),
		slog.String("method", telemetry.MethodOf(r.Method)), slog.String("route", route),
		slog.Int("status", res.status), slog.Duration("duration", time.Since(e.start)),
		slog.Int64("bytes", res.bytes), slog.String("remote", addressText(e.client)))
	if e.code != "" {
		attrs = append(attrs, slog.String("code", string(e.code)))
	}
	if len(e.degraded) > 0 {
		attrs = append(attrs, slog.Any("degraded", e.degraded))
	}
	if o.logQuestions && e.question != "" {
		attrs = append(attrs, slog.String("question", e.question))
	}
	o.log.LogAttrs(r.Context(), level, "request", attrs...)
}

func codeOf(status int) book.Code {
	if status < http.StatusBadRequest {
		return ""
	}
	return codeOfStatus(status)
}

// endSpan ends the span of a request. What the client wrote is not in it, for the same reasons.
// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server
func endSpan(span tracing.Span, r *http.Request, res *response, e *exchange, id string) {
	if !span.Records() {
		return
	}
	name := telemetry.MethodOf(r.Method)
	span.Set(semconv.HTTPRequestMethodKey.String(name))
	if route := telemetry.RouteOf(r.Pattern); route != telemetry.Unmatched {
		name += " " + route
		span.Set(semconv.HTTPRoute(route))
	}
	span.Name(name)
	span.Set(semconv.HTTPResponseStatusCode(res.status), semconv.ClientAddress(addressText(e.client)),
		attribute.String("lectern.request_id", id))
	if len(e.degraded) > 0 {
		span.Set(attribute.StringSlice("lectern.degraded", e.degraded))
	}
	if e.code != "" {
		span.Set(attribute.String("lectern.code", string(e.code)))
	}
	if e.code != "" && statuses[e.code] >= http.StatusInternalServerError {
		span.Fail(string(e.code))
	}
	span.End(nil)
}

// faultText is what recover returned, for the log. A text that somebody put together may hold what the
// request held; where it was, the stack says.
func faultText(fault any) string {
	if err, ok := fault.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a %T", fault)
}
