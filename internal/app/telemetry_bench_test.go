package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/tracing/tracingtest"
)

// batchOfSearches is how many searches are timed at once: the processors' time is counted in steps.
const batchOfSearches = 50

// BenchmarkTelemetryCost measures what telemetry takes of the processors' time of an embedded search,
// from request to JSON: batches of searches without it and with it by turns, so that whatever else
// slows the machine down slows both. telemetry-% is the middle of all pairs. One in a hundred is
// traced, and sent to a collector in this process, whose time counts too.
func BenchmarkTelemetryCost(b *testing.B) {
	off := searchHandler(b)
	b.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
	b.Setenv("OTEL_TRACES_SAMPLER_ARG", "0.01")
	collector := tracingtest.Start(b, tracingtest.HTTP)

	on := searchHandler(b, WithTelemetry(telemetry.New(telemetry.Build{})))
	m := newMadeUpBook()
	questions := make([]string, batchOfSearches)
	for i := range questions {
		questions[i] = m.question()
	}
	batch := func(h http.Handler) float64 {
		before := processorTime()
		for _, q := range questions {
			searchOnce(b, h, q)
		}
		return milliseconds(processorTime()-before) / batchOfSearches
	}
	batch(off)
	batch(on)
	var plain, measured, share []float64
	for b.Loop() {
		var without, with float64
		if len(share)%2 == 0 {
			without, with = batch(off), batch(on)
		} else {
			with, without = batch(on), batch(off)
		}
		plain, measured = append(plain, without), append(measured, with)
		share = append(share, 100*(with/without-1))
	}
	b.ReportMetric(middle(plain), "off-cpu-ms/search")
	b.ReportMetric(middle(measured), "on-cpu-ms/search")
	b.ReportMetric(middle(share), "telemetry-%")
	b.ReportMetric(0, "ns/op")
	if traced := len(collector.Spans()); b.N > 20 && traced == 0 {
		b.Error("nothing was traced")
	}
}

// searchHandler serves a made-up book of 10,000 chunks of its own.
func searchHandler(b *testing.B, options ...Option) http.Handler {
	b.Helper()
	dir := b.TempDir()
	if err := os.CopyFS(dir, os.DirFS(dataDirOf(b, 10_000))); err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	a, err := Open(b.Context(), config.Config{DataDir: dir, Access: "public"}, log, "command", options...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { a.Close() })
	handler, err := a.handler(log)
	if err != nil {
		b.Fatal(err)
	}
	return handler
}

func searchOnce(b *testing.B, h http.Handler, question string) {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/api/search",
		strings.NewReader(`{"question":"`+question+`"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatal(w.Body)
	}
}

// middle is the median.
func middle(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
