package telemetry

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ScrapePatience is how long a scrape waits for a source. Sources are read at once, so it bounds the
// scrape, too.
const ScrapePatience = 2 * time.Second

// Source is where figures are read that others count, when Prometheus asks for them.
type Source struct {
	Metrics []Metric // all that Read may emit; no histograms
	// Every is for how long a reading is good; 0 for a source that takes no time.
	Every time.Duration
	// Read emits the figures as they are now, and returns soon after the end of ctx. On an error the
	// source counts as one that cannot be read, and what was emitted stands.
	Read func(ctx context.Context, emit Emit) error
}

// Emit takes the value of one series: the values of the metric's labels are in their order. A time is
// emitted as seconds since 1970.
type Emit func(m Metric, value float64, labels ...string)

// Publish has the sources read by scrapes, in place of those that were published before: when it
// returns, nobody reads those any more. A metric is of one source alone.
func (r *Recorder) Publish(sources ...Source) {
	if r == nil {
		return
	}
	r.publishing.Lock()
	defer r.publishing.Unlock()
	for _, c := range r.published {
		r.registry.Unregister(c)
		c.end()
	}
	r.published = nil
	for _, s := range sources {
		c := &collector{source: s, descs: map[string]*prometheus.Desc{}}
		for _, m := range s.Metrics {
			c.descs[m.Name] = prometheus.NewDesc(m.Name, m.Help, m.labelNames(), nil)
		}
		r.registry.MustRegister(c)
		r.published = append(r.published, c)
	}
}

// collector is a source as the registry needs it.
type collector struct {
	source Source
	descs  map[string]*prometheus.Desc

	mu    sync.Mutex
	ended bool // also for a scrape that began before
	read  time.Time
	last  []prometheus.Metric
}

// end waits for a reading under way; there is none after it.
func (c *collector) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	if c.source.Every == 0 || time.Since(c.read) >= c.source.Every {
		c.look()
	}
	for _, m := range c.last {
		out <- m
	}
}

func (c *collector) look() {
	ctx, cancel := context.WithTimeout(context.Background(), ScrapePatience)
	defer cancel()
	c.last = nil
	err := c.source.Read(ctx, func(m Metric, value float64, labels ...string) {
		kind := prometheus.GaugeValue
		if m.Kind == Counter {
			kind = prometheus.CounterValue
		}
		c.last = append(c.last, prometheus.MustNewConstMetric(c.descs[m.Name], kind, value, labels...))
	})
	if err != nil {
		c.last = append(c.last, prometheus.NewInvalidMetric(c.descs[c.source.Metrics[0].Name], err))
	}
	c.read = time.Now()
}

// Seconds is t as a metric has it: seconds since 1970, or 0 for no time.
func Seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixNano()) / 1e9
}
