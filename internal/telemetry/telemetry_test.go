package telemetry_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/telemetry"
)

// scrape returns what Prometheus would read.
func scrape(t *testing.T, r *telemetry.Recorder) string {
	t.Helper()
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("a scrape answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// has tells what of want is no line of a scrape.
func has(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, line := range want {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

func TestRequests(t *testing.T) {
	r := telemetry.New(telemetry.Build{})
	ended := r.Request()
	r.Request()("", "BREW", 404)
	has(t, scrape(t, r), "lectern_http_requests_in_flight 1",
		`lectern_http_request_duration_seconds_count{method="other",route="none",status="404"} 1`)
	ended("GET /api/documents/{doc_id}", "HEAD", 200)
	has(t, scrape(t, r), "lectern_http_requests_in_flight 0",
		`lectern_http_request_duration_seconds_count{method="HEAD",route="/api/documents/{doc_id}",status="200"} 1`)
}

func TestStage(t *testing.T) {
	r := telemetry.New(telemetry.Build{})
	err := errors.New("failed")
	ctx, end := r.Stage(t.Context(), telemetry.Load)
	if ctx == nil {
		t.Error("no context")
	}
	has(t, scrape(t, r), `lectern_question_stage_duration_seconds_count{stage="load"} 0`)
	end(&err)
	has(t, scrape(t, r), `lectern_question_stage_duration_seconds_count{stage="load"} 1`)
}

// TestApart: two recorders in one process do not meet.
func TestApart(t *testing.T) {
	one, other := telemetry.New(telemetry.Build{}), telemetry.New(telemetry.Build{})
	one.Request()
	has(t, scrape(t, one), "lectern_http_requests_in_flight 1")
	has(t, scrape(t, other), "lectern_http_requests_in_flight 0")
}

func TestNilRecordsNothing(t *testing.T) {
	var r *telemetry.Recorder
	r.Request()("GET /", "GET", 200)
	ctx, end := r.Stage(t.Context(), telemetry.Load)
	end(nil)
	if ctx != t.Context() {
		t.Error("another context")
	}
}
