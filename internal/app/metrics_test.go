package app

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	dto "github.com/prometheus/client_model/go"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/telemetry"
)

// watched is a server whose metrics are looked at.
type watched struct {
	*App

	t                testing.TB
	address, metrics string
}

// watch serves a book of one page about foxes, with metrics that are read anew by each scrape, and with
// profiles.
func watch(t testing.TB, c config.Config, folder *Folder) *watched {
	t.Helper()
	c.Access, c.MetricsListen, c.Pprof = "public", "127.0.0.1:0", true
	anew := func(a *App) { a.often, a.seldom = 0, 0 }
	if c.NeedsDataDir() {
		c.DataDir = t.TempDir()
	}
	a, err := Open(t.Context(), c, slog.New(slog.DiscardHandler), "serve",
		anew, WithTelemetry(telemetry.New(telemetry.Build{Version: "v1"})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	w := &watched{App: a, t: t}
	_, err = a.Ingest.Ingest(t.Context(), ingest.Request{
		OwnerID: a.Local.UserID, DocID: "foxes",
		Text: "# Foxes\n\nFoxes dig dens under the roots of old trees.",
	})
	if err != nil {
		t.Fatal(err)
	}
	scraped, err := Listen(t.Context(), "--metrics-listen", c.MetricsListen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(serveMetrics(scraped, a.Telemetry, true, a.Log))
	w.address, _ = serveApp(t, a, Service{Folder: folder})
	w.metrics = "http://" + scraped.Addr().String()
	return w
}

// do sends a request and returns the status and the body.
func (w *watched) do(method, url, body string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// scrape reads the metrics as Prometheus does.
func (w *watched) scrape() map[string]*dto.MetricFamily {
	w.t.Helper()
	status, text := w.do(http.MethodGet, w.metrics+"/metrics", "")
	if status != http.StatusOK {
		w.t.Fatalf("a scrape answers %d: %s", status, text)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return families
}

// sum adds the series of a metric that have these labels ("name=value"): values, or counts of a
// histogram.
func sum(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	total := 0.0
	for _, m := range families[name].GetMetric() {
		has := map[string]bool{}
		for _, l := range m.GetLabel() {
			has[l.GetName()+"="+l.GetValue()] = true
		}
		matches := true
		for _, l := range labels {
			matches = matches && has[l]
		}
		if matches {
			total += m.GetCounter().GetValue() + m.GetGauge().GetValue() +
				float64(m.GetHistogram().GetSampleCount())
		}
	}
	return total
}

func TestMetricsOfAQuestion(t *testing.T) {
	w := watch(t, config.Config{}, nil)
	if status, text := w.do("POST", w.address+"/api/query", `{"question":"What do foxes dig?"}`); status != 200 {
		t.Fatal(text)
	}
	got := w.scrape()
	if n := sum(got, "lectern_http_request_duration_seconds", "route=/api/query", "method=POST",
		"status=200"); n != 1 {
		t.Errorf("%v requests", n)
	}
	for _, stage := range []string{"answer", "search", "embed", "search_legs", "load", "evidence", "generate"} {
		if n := sum(got, "lectern_question_stage_duration_seconds", "stage="+stage); n != 1 {
			t.Errorf("%v times the stage %s", n, stage)
		}
	}
}

// TestMetricsAreApart: readers reach neither metrics nor profiles, and Prometheus nothing else.
func TestMetricsAreApart(t *testing.T) {
	w := watch(t, config.Config{}, nil)
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
		if status, _ := w.do("GET", w.address+path, ""); status != 404 {
			t.Errorf("readers get %d for %s", status, path)
		}
		if status, _ := w.do("GET", w.metrics+path, ""); status != 200 {
			t.Errorf("Prometheus gets %d for %s", status, path)
		}
	}
	if status, _ := w.do("GET", w.metrics+"/api/health", ""); status != 404 {
		t.Errorf("the API is served beside the metrics: %d", status)
	}
	l, err := Listen(t.Context(), "--metrics-listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer serveMetrics(l, w.Telemetry, false, w.Log)()
	if status, _ := w.do("GET", "http://"+l.Addr().String()+"/debug/pprof/", ""); status != 404 {
		t.Errorf("profiles are served unasked: %d", status)
	}
}
