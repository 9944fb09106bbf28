package tracing

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/tracing/tracingtest"
)

func open(t *testing.T) (*Tracing, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	traces, err := Open(t.Context(), "v1", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return traces, &log
}

// TestVariablesAreNotRepeated: keys of collectors may be in them.
func TestVariablesAreNotRepeated(t *testing.T) {
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_HEADERS":  "authorization: Bearer hunter2",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://u:hunter2@127.0.0.1:%zz",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x")
			t.Setenv(name, value)
			traces, log := open(t)
			if err := traces.Close(); err != nil {
				t.Error(err)
			}
			if said := log.String(); !strings.Contains(said, "OTEL_") || strings.Contains(said, "hunter2") {
				t.Errorf("logged %q", said)
			}
		})
	}
}

// TestWhatIsWanted: traces are sent when an endpoint or otlp is named, and what is not known is said.
func TestWhatIsWanted(t *testing.T) {
	for _, name := range []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER",
		"OTEL_SDK_DISABLED", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_TRACES_SAMPLER",
	} {
		t.Setenv(name, "")
	}
	for settings, want := range map[string]struct {
		traced bool
		log    string
	}{
		"":                          {false, ""},
		"OTEL_TRACES_EXPORTER=otlp": {true, ""},
		"OTEL_TRACES_EXPORTER=none OTEL_EXPORTER_OTLP_ENDPOINT=http://x":             {false, ""},
		"OTEL_TRACES_EXPORTER=zipkin OTEL_EXPORTER_OTLP_ENDPOINT=http://x":           {false, "TRACES_EXPORTER"},
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x":                                       {true, ""},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://x":                                {true, ""},
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_SDK_DISABLED=TRUE":                {false, ""},
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_EXPORTER_OTLP_PROTOCOL=grpc":      {true, ""},
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_EXPORTER_OTLP_PROTOCOL=http/json": {true, "OTLP_PROTOCOL"},
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_TRACES_SAMPLER=sometimes":         {true, "unsupported sampler"},
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_TRACES_SAMPLER=traceidratio":      {true, ""},
	} {
		t.Run(settings, func(t *testing.T) {
			for setting := range strings.FieldsSeq(settings) {
				name, value, _ := strings.Cut(setting, "=")
				t.Setenv(name, value)
			}
			got, log := open(t)
			if (got != nil) != want.traced || (log.Len() > 0) != (want.log != "") ||
				!strings.Contains(log.String(), want.log) {
				t.Errorf("traced: %v, want %v; logged %q", got != nil, want.traced, log)
			}
			if err := got.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNothingIsTraced: all of it may be used where there are no traces.
func TestNothingIsTraced(t *testing.T) {
	var none *Tracing
	ctx, span := none.Request(httptest.NewRequest(http.MethodGet, "/", nil))
	ctx = none.Context(ctx)
	_, root := Root(ctx, "work")
	_, child := Start(ctx, "part", Internal)
	for _, s := range []Span{span, root, child} {
		s.Set()
		s.Name("x")
		s.Event("x")
		s.Fail("x")
		s.End(errors.New("x"))
		if s.Records() {
			t.Error("something is recorded")
		}
	}
	Event(ctx, "x")
	if Texts(ctx) || none.Close() != nil {
		t.Error("it does something")
	}
}

// TestOutgoing: a traceparent goes out, and neither tracestate nor baggage; a request is not changed
// but copied.
func TestOutgoing(t *testing.T) {
	for propagators, told := range map[string]bool{
		"": true, "tracecontext,baggage": true, "none": false, "b3": false,
	} {
		tracingtest.Start(t, tracingtest.HTTP)
		t.Setenv("OTEL_PROPAGATORS", propagators)
		traces, _ := open(t)
		in := httptest.NewRequest(http.MethodGet, "/", nil)
		in.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		in.Header.Set("Tracestate", "vendor=x")
		ctx, span := traces.Request(in)
		continued := trace.SpanContextFromContext(ctx).TraceID().String() == "0af7651916cd43dd8448eb211c80319c"
		member, _ := baggage.NewMember("user", "x")
		bag, _ := baggage.New(member)
		ctx = baggage.ContextWithBaggage(ctx, bag)
		out := httptest.NewRequest(http.MethodPost, "http://provider/", nil).WithContext(ctx)
		sent := InjectHTTP(out).Header
		var called metadata.MD
		err := InjectGRPC(ctx, "/m", nil, nil, nil, func(
			ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption,
		) error {
			called, _ = metadata.FromOutgoingContext(ctx)
			return nil
		})
		if err != nil || continued != told || (sent.Get("Traceparent") != "") != told ||
			len(sent) > 1 || len(out.Header) > 0 || len(called["baggage"]) > 0 ||
			(len(called["traceparent"]) == 1) != told {
			t.Errorf("%q: continued %v, sent %v and %v, %v", propagators, continued, sent, called, err)
		}
		span.End(nil)
		_ = traces.Close()
	}
}

// TestSilentCollector: one that never answers holds up neither the work nor, for long, the end, and is
// in the log once.
func TestSilentCollector(t *testing.T) {
	released := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-released }))
	defer silent.Close()
	defer close(released)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", silent.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=hush")
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
	traces, log := open(t)
	for range 10_000 { // more than the queue holds
		_, span := Root(traces.Context(t.Context()), "work")
		span.End(nil)
	}
	if err := traces.Close(); err != nil { // or this test does not end
		t.Error(err)
	}
	for range 3 { // other batches, which meet the same
		otel.Handle(errors.New("the collector refused it"))
	}
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || strings.Contains(text, "hush") {
		t.Errorf("logged %q", text)
	}
}

// TestFailures: what did not work is a failure, and that something was not there is an answer. Words of
// errors are not sent.
func TestFailures(t *testing.T) {
	collector := tracingtest.Start(t, tracingtest.HTTP)
	traces, _ := open(t)
	for _, code := range book.Codes() {
		ctx, span := Root(traces.Context(t.Context()), string(code))
		_, child := Start(ctx, "child", Client)
		child.Fail("a class")
		child.End(nil)
		span.End(book.Wrap(code, errors.New("hush"), "hush"))
	}
	_ = traces.Close()
	for _, s := range collector.Spans() {
		failed := s.Name == "child"
		switch book.Code(s.Name) {
		case book.Internal, book.Unavailable, book.Deadline, book.Canceled, book.RateLimited:
			failed = true
		}
		if s.Failed != failed || failed != (s.Attributes["error.type"] != "") {
			t.Errorf("%+v", s)
		}
	}
	if text := collector.Text(); strings.Contains(text, "hush") || !strings.Contains(text, "child") {
		t.Errorf("sent %s", text)
	}
}
