package provider

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/tracing"
)

const (
	dialTimeout = 3 * time.Second
	// idlePerHost is how many connections to one provider are kept for the next calls.
	idlePerHost = 64
	// maxError is how many bytes of an error's body are read.
	maxError = 64 << 10
	// maxAnswer is more than a full batch of the longest vectors takes as JSON.
	maxAnswer = 64 << 20
)

// StatusError is a response other than success. Body holds its first bytes, without the keys that
// the request carried, because some providers repeat them.
type StatusError struct {
	Status int
	Header http.Header
	Body   []byte
}

// Error names the status only.
func (e *StatusError) Error() string { return fmt.Sprintf("status %d", e.Status) }

// NewHTTPClient returns the client that providers are called with. A response other than success is
// a [StatusError], so that a client library does not put its body, or the request, into an error of
// its own. Redirects count as such: to follow them would carry the key elsewhere. It has no deadline
// of its own: contexts have.
func NewHTTPClient() *http.Client {
	base := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	base.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
	base.TLSHandshakeTimeout = dialTimeout
	base.MaxIdleConns = 0
	base.MaxIdleConnsPerHost = idlePerHost
	return &http.Client{Transport: transport{base}}
}

type transport struct{ base http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(tracing.InjectHTTP(r))
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 == 2 {
		response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
		return response, nil
	}
	defer response.Body.Close() //nolint:errcheck // what is needed was read
	body, err := io.ReadAll(io.LimitReader(response.Body, maxError))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"Authorization", "X-Goog-Api-Key", "X-Api-Key"} {
		if key := strings.TrimPrefix(r.Header.Get(name), "Bearer "); key != "" {
			body = bytes.ReplaceAll(body, []byte(key), []byte("(key)"))
		}
	}
	return nil, &StatusError{response.StatusCode, response.Header, body}
}

// RetryAfter is the delay of a Retry-After header (RFC 9110, section 10.2.3), or 0.
func RetryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
