package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Kind says how a metric behaves.
type Kind string

// The kinds of metrics.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// Metric is the definition of a metric. Every value of its labels comes from a list that the program
// or its configuration has; none from a reader.
type Metric struct {
	Name    string
	Kind    Kind
	Unit    string // seconds, bytes, or what is counted
	Help    string
	Labels  []string
	Buckets []float64 // upper bounds, of a histogram
}

// Buckets of durations, in seconds. Objectives are bounds among them, so that what keeps them can be
// counted to the letter.
var (
	requestBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120}
	stageBuckets   = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120}
)

// HTTP.
var (
	HTTPRequestDuration = Metric{
		Name: "lectern_http_request_duration_seconds", Kind: Histogram, Unit: "seconds",
		Help: "Time from a request's header to the end of its response, by route, method and status. " +
			"Its count is the number of requests.",
		Labels: []string{"route", "method", "status"}, Buckets: requestBuckets,
	}
	HTTPRequestsInFlight = Metric{
		Name: "lectern_http_requests_in_flight", Kind: Gauge, Unit: "requests",
		Help: "Requests that are being answered now.",
	}
)

// Questions.
var (
	QuestionStageDuration = Metric{
		Name: "lectern_question_stage_duration_seconds", Kind: Histogram, Unit: "seconds",
		Help: "Time that a stage of a question took, failed or not.", Labels: []string{"stage"},
		Buckets: stageBuckets,
	}
)

// Catalog lists every metric that the program defines.
func Catalog() []Metric {
	return []Metric{HTTPRequestDuration, HTTPRequestsInFlight, QuestionStageDuration}
}

func (r *Recorder) histogram(m Metric) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: m.Name, Help: m.Help, Buckets: m.Buckets,
	}, m.Labels)
	r.registry.MustRegister(v)
	return v
}

func (r *Recorder) gauge(m Metric) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, m.Labels)
	r.registry.MustRegister(v)
	return v
}

func (r *Recorder) counter(m Metric) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels)
	r.registry.MustRegister(v)
	return v
}
