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
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lectern-project/lectern/internal/tracing"
)

// Recorder records what happens. It is safe for concurrent use, and nil records nothing.
type Recorder struct {
	registry *prometheus.Registry

	publishing sync.Mutex
	published  []*collector

	requests    *prometheus.HistogramVec
	inFlight    prometheus.Gauge
	rateLimited *prometheus.CounterVec
	shed        *prometheus.CounterVec

	stages                                     map[Stage]prometheus.Observer
	answers, degradedAnswers, degradedSearches *prometheus.CounterVec
	legs                                       *prometheus.HistogramVec
	hits                                       *prometheus.CounterVec

	documents, chunks, ingestFailures *prometheus.CounterVec
	textBytes                         prometheus.Counter

	indexCalls, statements       *prometheus.HistogramVec
	indexErrors, statementErrors *prometheus.CounterVec

	modelCalls, firstChunk, tokens *prometheus.HistogramVec

	signIns *prometheus.CounterVec

	chores     *prometheus.CounterVec
	choreEnded *prometheus.GaugeVec
}

// Build says what program this is.
type Build struct{ Version, Commit, Go string }

// New returns a Recorder of this program, with a registry of its own.
func New(b Build) *Recorder {
	r := &Recorder{registry: prometheus.NewRegistry()}
	r.registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.gauge(BuildInfo).WithLabelValues(b.Version, b.Commit, b.Go).Set(1)

	r.requests = r.histogram(HTTPRequestDuration)
	r.inFlight = r.gauge(HTTPRequestsInFlight).WithLabelValues()
	r.rateLimited, r.shed = r.counter(RateLimited), r.counter(Shed)

	r.stages = r.newStages()
	r.answers, r.degradedAnswers = r.counter(Answers), r.counter(AnswersDegraded)
	r.degradedSearches = r.counter(SearchesDegraded)
	r.legs, r.hits = r.histogram(SearchLegDuration), r.counter(SearchHits)

	r.documents, r.chunks = r.counter(IngestDocuments), r.counter(IngestChunks)
	r.ingestFailures = r.counter(IngestFailures)
	r.textBytes = r.counter(IngestText).WithLabelValues()

	r.indexCalls, r.indexErrors = r.histogram(IndexDuration), r.counter(IndexErrors)
	r.statements, r.statementErrors = r.histogram(StatementDuration), r.counter(StatementErrors)

	r.modelCalls, r.firstChunk = r.histogram(ModelCallDuration), r.histogram(ModelFirstChunk)
	r.tokens = r.histogram(ModelTokens)

	r.signIns = r.counter(SignIns)
	r.chores, r.choreEnded = r.counter(ChoreRuns), r.gauge(ChoreSuccess)
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
