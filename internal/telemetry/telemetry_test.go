package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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

// TestPublishAgain: sources take the place of those before.
func TestPublishAgain(t *testing.T) {
	r := telemetry.New(telemetry.Build{})
	up := func(value float64) telemetry.Source {
		return telemetry.Source{
			Metrics: []telemetry.Metric{telemetry.DatabaseUp}, Every: time.Hour,
			Read: func(_ context.Context, emit telemetry.Emit) error {
				emit(telemetry.DatabaseUp, value)
				return nil
			},
		}
	}
	for _, value := range []float64{0, 1} {
		r.Publish(up(value))
		has(t, scrape(t, r), fmt.Sprint("lectern_database_up ", value))
	}
}

// TestPublishWaits: who publishes other sources may take away what the ones before have read from.
func TestPublishWaits(t *testing.T) {
	r := telemetry.New(telemetry.Build{})
	reading, read := make(chan bool), atomic.Bool{}
	r.Publish(telemetry.Source{
		Metrics: []telemetry.Metric{telemetry.DatabaseUp},
		Read: func(context.Context, telemetry.Emit) error {
			reading <- true
			time.Sleep(50 * time.Millisecond)
			read.Store(true)
			return nil
		},
	})
	scraped := make(chan bool)
	go func() { scrape(t, r); close(scraped) }()
	<-reading
	r.Publish()
	if !read.Load() {
		t.Error("a source is still read")
	}
	<-scraped
	if text := scrape(t, r); strings.Contains(text, "lectern_database_up") {
		t.Errorf("there is a metric of nobody in\n%s", text)
	}
}

// TestReadingsAreKept: however often somebody scrapes, a source is asked once in a while.
func TestReadingsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		r := telemetry.New(telemetry.Build{})
		r.Publish(telemetry.Source{
			Metrics: []telemetry.Metric{telemetry.LedgerAge}, Every: 10 * time.Second,
			Read: func(_ context.Context, emit telemetry.Emit) error {
				asked++
				emit(telemetry.LedgerAge, float64(asked))
				return nil
			},
		})
		for range 20 {
			scrape(t, r)
		}
		has(t, scrape(t, r), "lectern_ledger_oldest_row_age_seconds 1")
		time.Sleep(10 * time.Second)
		has(t, scrape(t, r), "lectern_ledger_oldest_row_age_seconds 2")
	})
}
