package tracing

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/lectern-project/lectern/internal/book"
)

const (
	// flushTime bounds how long a collector that does not answer can hold up the end of the program.
	flushTime = 2 * time.Second
	// quietTime is how long the log is silent about a collector after it said that it does not answer.
	quietTime = 5 * time.Minute
)

// Tracing makes spans and sends them to a collector. A nil Tracing makes none.
type Tracing struct {
	provider   *sdk.TracerProvider
	tracer     trace.Tracer
	propagates bool
	texts      bool
}

// Open returns what the OTEL_... variables of the environment ask for, nil if they ask for no traces.
// It connects to nobody. What a variable says that is not known is logged and left out, as
// OpenTelemetry's specification wants it: the variables may be those of a whole cluster. Unavailable
// when the exporter cannot be made.
func Open(ctx context.Context, version string, log *slog.Logger) (*Tracing, error) {
	if !wanted(ctx, log) {
		return nil, nil
	}
	otel.SetErrorHandler(newReporter(log))
	otel.SetLogger(logr.FromSlogHandler(withoutValues{log.Handler()}))
	exporter, err := newExporter(ctx, log)
	if err != nil {
		return nil, book.Wrap(book.Unavailable, err, "traces cannot be sent as the OTEL_EXPORTER_OTLP "+
			"variables say")
	}
	described, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName("lectern"), semconv.ServiceVersion(version)),
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		log.WarnContext(ctx, "OTEL_RESOURCE_ATTRIBUTES are not as they should be", "error", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(described))
	return &Tracing{
		provider: provider, tracer: provider.Tracer(scope), propagates: propagates(),
		texts: setting("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT") == "true",
	}, nil
}

// Close sends what was not sent yet, for a moment at most. Nothing is recorded afterwards.
func (t *Tracing) Close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
	return nil
}

// setting is a variable as the specification reads it.
func setting(name string) string { return strings.ToLower(strings.TrimSpace(os.Getenv(name))) }

// first is the first of some variables that is set.
func first(names ...string) string {
	for _, name := range names {
		if value := setting(name); value != "" {
			return value
		}
	}
	return ""
}

// wanted reports whether traces are to be sent: where an endpoint, or otlp itself, is named.
func wanted(ctx context.Context, log *slog.Logger) bool {
	exporter := setting("OTEL_TRACES_EXPORTER")
	switch {
	case setting("OTEL_SDK_DISABLED") == "true":
		return false
	case exporter == "":
		return first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT") != ""
	case exporter != "otlp" && exporter != "none":
		log.WarnContext(ctx, "OTEL_TRACES_EXPORTER is not known, so no traces are sent; it must be otlp "+
			"or none")
	}
	return exporter == "otlp"
}

// newExporter returns one over the protocol that the environment names. The rest of the variables it
// reads by itself.
func newExporter(ctx context.Context, log *slog.Logger) (*otlptrace.Exporter, error) {
	switch first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL") {
	case "grpc":
		return otlptracegrpc.New(ctx)
	case "", "http/protobuf":
	default:
		log.WarnContext(ctx, "OTEL_EXPORTER_OTLP_PROTOCOL is not known, so traces are sent over "+
			"http/protobuf; it must be that or grpc")
	}
	return otlptracehttp.New(ctx)
}

// propagates reports whether traces go on from and to other programs, by the W3C's headers. Of the
// other forms none is known.
func propagates() bool {
	names := setting("OTEL_PROPAGATORS")
	return names == "" || strings.Contains(names, "tracecontext")
}

// withoutValues passes on what OpenTelemetry says of its variables, and leaves out what they hold: the
// key of a collector may be in it.
type withoutValues struct{ slog.Handler }

// Handle implements slog.Handler.
func (h withoutValues) Handle(ctx context.Context, r slog.Record) error {
	return h.Handler.Handle(ctx, slog.NewRecord(r.Time, r.Level,
		"OpenTelemetry, of the OTEL_ variables: "+r.Message, r.PC))
}

// WithAttrs implements slog.Handler.
func (h withoutValues) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements slog.Handler.
func (h withoutValues) WithGroup(string) slog.Handler { return h }

// reporter logs that traces are not sent, now and then: a collector that is down is no reason for more.
type reporter struct {
	log *slog.Logger

	mu   sync.Mutex
	said time.Time
}

func newReporter(log *slog.Logger) *reporter { return &reporter{log: log} }

// Handle implements otel.ErrorHandler.
func (r *reporter) Handle(err error) {
	level := slog.LevelWarn
	r.mu.Lock()
	if time.Since(r.said) < quietTime && !r.said.IsZero() {
		level = slog.LevelDebug
	} else {
		r.said = time.Now()
	}
	r.mu.Unlock()
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = errors.New("the collector does not answer")
	}
	r.log.Log(context.Background(), level, "traces are not sent as they should be", "error", err)
}
