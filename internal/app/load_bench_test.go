package app

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	steadyRate = 500 // searches a second, which a server must bear
	unloaded   = 500 // searches, one after the other
	closedLoop = 16  // clients that find out what the server can do
	// A round finds that out, and lets twice as much come for as long.
	rounds = 5
	round  = 4 * time.Second
)

// BenchmarkLoad searches the sample book over HTTP, in a server that is a process of its own. Requests
// come when they are due, whether earlier ones have been answered or not, and each counts from when it was
// due: a server that falls behind is not spared. LECTERN_TEST_LOAD is for how many seconds the steady load
// lasts; without it nothing is measured.
func BenchmarkLoad(b *testing.B) {
	seconds, err := strconv.Atoi(os.Getenv("LECTERN_TEST_LOAD"))
	if err != nil {
		b.Skip("LECTERN_TEST_LOAD does not say for how many seconds")
	}
	const queueTime = time.Second
	server, address := startServer(b, "LECTERN_RATE_LIMIT=0", "LECTERN_QUEUE_TIME="+queueTime.String())
	l := &load{url: "http://" + address + "/api/search", client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 4096},
	}}
	single := l.closed(1, func(n int, _ time.Duration) bool { return n < unloaded })
	free := single.percentile(99)
	b.ReportMetric(milliseconds(free), "unloaded-p99-ms")

	quarter := time.Duration(seconds) * time.Second / 4
	var steady outcome
	for i := range 4 {
		steady.add(l.open(steadyRate, quarter))
		if resident, ok := memoryMB(server.Process.Pid, "VmRSS:"); ok {
			b.ReportMetric(resident, fmt.Sprintf("resident-%d-MB", i+1))
		}
	}
	b.ReportMetric(float64(steady.refused+steady.failed), "steady-errors")
	b.ReportMetric(milliseconds(steady.percentile(50)), "steady-p50-ms")
	b.ReportMetric(milliseconds(steady.percentile(99)), "steady-p99-ms")

	// In turns, so that whatever else the machine does meets both alike.
	var full, over outcome
	for range rounds {
		now := l.closed(closedLoop, func(_ int, since time.Duration) bool { return since < round })
		full.add(now)
		over.add(l.open(int(2*float64(len(now.took))/round.Seconds()), round))
	}
	during := rounds * round.Seconds()
	b.ReportMetric(float64(len(full.took))/during, "capacity/s")
	b.ReportMetric(float64(len(over.took))/during, "overload-answered/s")
	b.ReportMetric(float64(len(over.took))/float64(len(full.took)), "overload-share")
	b.ReportMetric(float64(over.refused)/during, "overload-shed/s")
	b.ReportMetric(float64(over.failed), "overload-errors")
	b.ReportMetric(milliseconds(over.percentile(99)), "overload-p99-ms")
	b.ReportMetric(milliseconds(over.percentile(100)), "overload-longest-ms")
	b.ReportMetric(milliseconds(queueTime+free), "overload-bound-ms")
}

// load sends searches.
type load struct {
	url    string
	client *http.Client
}

// outcome is what became of requests.
type outcome struct {
	took            []time.Duration // of those that were answered
	refused, failed int
}

func (o *outcome) add(other outcome) {
	o.took = append(o.took, other.took...)
	o.refused += other.refused
	o.failed += other.failed
}

func (o *outcome) percentile(percent int) time.Duration {
	if len(o.took) == 0 {
		return 0
	}
	slices.Sort(o.took)
	return o.took[min(len(o.took)*percent/100, len(o.took)-1)]
}

var loadQuestions = []string{
	"What is a humanoid robot?", "zero-moment point", "How does a gyroscope measure rotation?",
	"What is physical AI?", "sensor fusion", "How do actuators move joints?", "inverse kinematics",
	"What keeps a robot in balance?",
}

// send sends the request of a number, which was due at a time.
func (l *load) send(n int, due time.Time) outcome {
	body := strings.NewReader(`{"question":"` + loadQuestions[n%len(loadQuestions)] + `"}`)
	response, err := l.client.Post(l.url, "application/json", body)
	if err != nil {
		return outcome{failed: 1}
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	switch {
	case err == nil && response.StatusCode == http.StatusOK:
		return outcome{took: []time.Duration{time.Since(due)}}
	case response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") != "":
		return outcome{refused: 1}
	}
	return outcome{failed: 1}
}

// open sends so many requests a second, each when it is due.
func (l *load) open(rate int, during time.Duration) (all outcome) {
	n := int(float64(rate) * during.Seconds())
	each := make([]outcome, n)
	var sending sync.WaitGroup
	start := time.Now()
	for i := range n {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		sending.Go(func() { each[i] = l.send(i, due) })
	}
	sending.Wait()
	for _, o := range each {
		all.add(o)
	}
	return all
}

// closed has clients send one request after the other as long as more says so, by the number that a
// client has sent and the time since it began.
func (l *load) closed(clients int, more func(n int, since time.Duration) bool) (all outcome) {
	each := make([]outcome, clients)
	var sending sync.WaitGroup
	start := time.Now()
	for c := range clients {
		sending.Go(func() {
			for n := 0; more(n, time.Since(start)); n++ {
				each[c].add(l.send(n, time.Now()))
			}
		})
	}
	sending.Wait()
	for _, o := range each {
		all.add(o)
	}
	return all
}
