package telemetry

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Kind says how a metric behaves.
type Kind string

// The kinds of metrics.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// Metric is the definition of a metric.
type Metric struct {
	Name    string
	Kind    Kind
	Unit    string // seconds, bytes, or what is counted
	Help    string
	Labels  []Label
	Buckets []float64 // upper bounds, of a histogram
}

// Label is a label of a metric. Its values come from the list here or, where there is none, from a
// list that the program or its configuration has; none from a reader.
type Label struct {
	Name   string
	Values []string
}

// label makes a Label.
func label(name string, values ...string) Label { return Label{name, values} }

func (m Metric) labelNames() []string {
	names := make([]string, len(m.Labels))
	for i, l := range m.Labels {
		names[i] = l.Name
	}
	return names
}

// combinations are all series that a metric can have, by the values of its labels in order; none when
// a label's values are not listed.
func (m Metric) combinations() [][]string {
	all := [][]string{{}}
	for _, l := range m.Labels {
		var longer [][]string
		for _, values := range all {
			for _, v := range l.Values {
				longer = append(longer, append(slices.Clip(values), v))
			}
		}
		all = longer
	}
	return all
}

// histogram, gauge and counter make a metric whose series are there from the beginning, as far as they
// are known.

func (r *Recorder) histogram(m Metric) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: m.Name, Help: m.Help, Buckets: m.Buckets,
	}, m.labelNames())
	r.registry.MustRegister(v)
	for _, values := range m.combinations() {
		v.WithLabelValues(values...)
	}
	return v
}

func (r *Recorder) gauge(m Metric) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, m.labelNames())
	r.registry.MustRegister(v)
	return v
}

func (r *Recorder) counter(m Metric) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.labelNames())
	r.registry.MustRegister(v)
	for _, values := range m.combinations() {
		v.WithLabelValues(values...)
	}
	return v
}
