// Package tracingtest is a collector of traces for tests: it speaks OTLP as a real one does.
package tracingtest

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// The protocols, as OTEL_EXPORTER_OTLP_PROTOCOL names them.
const (
	GRPC = "grpc"
	HTTP = "http/protobuf"
)

// Span is a span that was sent.
type Span struct {
	Name, Trace, ID, Parent string
	Kind                    string            // SERVER, CLIENT, INTERNAL
	Attributes              map[string]string // also those of events
	Events                  []string
	Failed                  bool
}

// Collector receives spans.
type Collector struct {
	collector.UnimplementedTraceServiceServer

	mu       sync.Mutex
	requests []*collector.ExportTraceServiceRequest
}

// Start starts a collector on the loopback interface and points the OTEL_... variables at it.
func Start(t testing.TB, protocol string) *Collector {
	t.Helper()
	c := new(Collector)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
	if protocol == HTTP {
		server := httptest.NewServer(c)
		t.Cleanup(server.Close)
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
		return c
	}
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, c)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+l.Addr().String())
	return c
}

// Export implements the service over gRPC.
func (c *Collector) Export(
	_ context.Context, r *collector.ExportTraceServiceRequest,
) (*collector.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, r)
	return &collector.ExportTraceServiceResponse{}, nil
}

// ServeHTTP implements the service over HTTP.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unzipped
	}
	data, err := io.ReadAll(body)
	var request collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(data, &request)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(r.URL.Path, err), http.StatusBadRequest)
		return
	}
	_, _ = c.Export(r.Context(), &request)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// Text is everything that was sent, for whoever looks for what must not be in it.
func (c *Collector) Text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, r := range c.requests {
		b.WriteString(prototext.Format(r))
	}
	return b.String()
}

// Resource is what the spans say of their program.
func (c *Collector) Resource() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.requests {
		for _, of := range r.GetResourceSpans() {
			return attributes(of.GetResource().GetAttributes())
		}
	}
	return nil
}

// Spans are those that were sent, in the order of their beginning.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var sent []*trace.Span
	for _, r := range c.requests {
		for _, of := range r.GetResourceSpans() {
			for _, by := range of.GetScopeSpans() {
				sent = append(sent, by.GetSpans()...)
			}
		}
	}
	sort.SliceStable(sent, func(i, j int) bool {
		return sent[i].GetStartTimeUnixNano() < sent[j].GetStartTimeUnixNano()
	})
	spans := make([]Span, len(sent))
	for i, s := range sent {
		spans[i] = Span{
			Name: s.GetName(), Trace: hex.EncodeToString(s.GetTraceId()),
			ID: hex.EncodeToString(s.GetSpanId()), Parent: hex.EncodeToString(s.GetParentSpanId()),
			Kind:       strings.TrimPrefix(s.GetKind().String(), "SPAN_KIND_"),
			Attributes: attributes(s.GetAttributes()),
			Failed:     s.GetStatus().GetCode() == trace.Status_STATUS_CODE_ERROR,
		}
		for _, e := range s.GetEvents() {
			spans[i].Events = append(spans[i].Events, e.GetName())
		}
	}
	return spans
}

func attributes(list []*common.KeyValue) map[string]string {
	all := map[string]string{}
	for _, a := range list {
		switch v := a.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			all[a.GetKey()] = v.StringValue
		case *common.AnyValue_IntValue:
			all[a.GetKey()] = fmt.Sprint(v.IntValue)
		case *common.AnyValue_BoolValue:
			all[a.GetKey()] = fmt.Sprint(v.BoolValue)
		case *common.AnyValue_ArrayValue:
			var items []string
			for _, item := range v.ArrayValue.GetValues() {
				items = append(items, item.GetStringValue())
			}
			all[a.GetKey()] = strings.Join(items, ",")
		}
	}
	return all
}

// Tree writes the spans of a trace as an indented list of their names, children below their parents.
// A parent that was not sent is that of the whole tree.
func Tree(spans []Span, traceID string) string {
	sent := map[string]bool{}
	for _, s := range spans {
		sent[s.ID] = true
	}
	var b strings.Builder
	var write func(parent, indent string)
	write = func(parent, indent string) {
		for _, s := range spans {
			if s.Trace != traceID || s.Parent != parent && (indent != "" || sent[s.Parent]) {
				continue
			}
			b.WriteString(indent + s.Name)
			if s.Failed {
				b.WriteString(" (" + s.Attributes["error.type"] + ")")
			}
			b.WriteString("\n")
			write(s.ID, indent+"  ")
		}
	}
	write("", "")
	return b.String()
}
