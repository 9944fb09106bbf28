package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// TestLinesSayWhatTheyBelongTo: the context's request and trace are in each line, also of a logger
// that was derived, and nothing of them is where there is none.
func TestLinesSayWhatTheyBelongTo(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, slog.LevelInfo, true).With("part", "p")
	id := trace.TraceID{1, 2, 3}
	ctx := WithRequestID(t.Context(), "r1")
	ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: id, SpanID: trace.SpanID{1},
	}))
	log.InfoContext(ctx, "in a request", "n", 1)
	log.InfoContext(context.Background(), "in none")
	log.DebugContext(ctx, "below the level")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("logged %s", out.String())
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &got); err != nil {
		t.Fatal(err)
	}
	if got["request_id"] != "r1" || got["trace_id"] != id.String() || got["part"] != "p" {
		t.Errorf("logged %v", got)
	}
	if strings.Contains(lines[1], "_id") {
		t.Errorf("without a request: %s", lines[1])
	}
}

// TestDurationsHaveOneUnit in both forms of the log.
func TestDurationsHaveOneUnit(t *testing.T) {
	for json, want := range map[bool]string{true: `"wait_ms":1.5`, false: "wait_ms=1.5"} {
		var out bytes.Buffer
		NewLogger(&out, slog.LevelInfo, json).Info("m", "wait", 1500*time.Microsecond)
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s does not have %s", out.String(), want)
		}
	}
}
