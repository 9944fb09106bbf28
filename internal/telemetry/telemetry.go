// Package telemetry measures what the program does: it defines every metric, on a registry of its own
// (several programs in one process do not meet), and the stages of work, which are metrics and spans
// of traces alike.
//
// A Recorder is handed to whoever does the work. A nil Recorder is one that records nothing, so no
// test needs any. What a package counts by itself, because it may not know this one, is read when
// somebody looks: see Source.
package telemetry

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lectern-project/lectern/internal/tracing"
)

// Recorder records what happens. It is safe for concurrent use, and nil records nothing.
type Recorder struct {
	registry *prometheus.Registry

	requests *prometheus.HistogramVec
	inFlight prometheus.Gauge
	stages   map[Stage]prometheus.Observer
}

// New returns a Recorder with a registry of its own.
func New() *Recorder {
	r := &Recorder{registry: prometheus.NewRegistry()}
	r.requests = r.histogram(HTTPRequestDuration)
	r.inFlight = r.gauge(HTTPRequestsInFlight).WithLabelValues()
	r.stages = r.newStages()
	return r
}

// Handler serves the metrics as Prometheus reads them. One that cannot be read is left out and
// counted; the others are served all the same.
func (r *Recorder) Handler() http.Handler {
	return promhttp.HandlerFor(r.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, Registry: r.registry,
	})
}

// Stage begins a stage of work, and returns the context for what belongs to it and the function that
// ends it. That is told where the error is that the work ended with, if it had one:
//
//	ctx, end := t.Stage(ctx, telemetry.EmbedQuery)
//	defer end(&err)
func (r *Recorder) Stage(ctx context.Context, s Stage) (context.Context, func(*error)) {
	start := time.Now()
	ctx, span := tracing.Start(ctx, string(s), tracing.Internal)
	return ctx, func(err *error) {
		if r != nil {
			r.stages[s].Observe(time.Since(start).Seconds())
		}
		var failed error
		if err != nil {
			failed = *err
		}
		span.End(failed)
	}
}

// FirstToken records when the first text of an answer was shown, of a question that came at start.
func (r *Recorder) FirstToken(start time.Time) {
	if r != nil {
		r.stages[firstToken].Observe(time.Since(start).Seconds())
	}
}
