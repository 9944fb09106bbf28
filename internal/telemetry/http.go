package telemetry

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Unmatched is the route of requests for nothing that there is.
const Unmatched = "none"

// Request counts a request as under way until the function that it returns is called, with the
// pattern of the route ("GET /api/documents/{doc_id}", empty for none), the request's method and the
// status that was sent, 0 for none.
func (r *Recorder) Request() func(pattern, method string, status int) {
	if r == nil {
		return func(string, string, int) {}
	}
	start := time.Now()
	r.inFlight.Inc()
	return func(pattern, method string, status int) {
		r.inFlight.Dec()
		r.requests.WithLabelValues(RouteOf(pattern), MethodOf(method), strconv.Itoa(status)).
			Observe(time.Since(start).Seconds())
	}
}

// RouteOf is a pattern that a request was matched with, without its method. It says what the path says
// but for what the client has put into it.
func RouteOf(pattern string) string {
	_, route, _ := strings.Cut(pattern, " ")
	if route == "" {
		return Unmatched
	}
	return route
}

// MethodOf is the method if it is one that HTTP knows: a client may send any word.
func MethodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// RateLimited counts a request that was refused because its sender sent too many.
func (r *Recorder) RateLimited(quota string) {
	if r != nil {
		r.rateLimited.WithLabelValues(quota).Inc()
	}
}

// What is shed when too much of it is under way.
const (
	ShedSearch   = "search"
	ShedAnswer   = "answer"
	ShedIngest   = "ingest"
	ShedPassword = "password"
)

// Shed counts a request that was refused because too much of its kind was under way.
func (r *Recorder) Shed(what string) {
	if r != nil {
		r.shed.WithLabelValues(what).Inc()
	}
}
