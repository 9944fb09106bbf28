package llm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	dialTimeout = 3 * time.Second
	// idlePerHost is how many connections to one provider are kept for the next calls.
	idlePerHost = 64
)

// NewHTTPClient returns the client that providers are called with. It follows no redirects, which
// would carry the key elsewhere, and has no deadline of its own: contexts have.
func NewHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	transport.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
	transport.TLSHandshakeTimeout = dialTimeout
	transport.MaxIdleConns = 0
	transport.MaxIdleConnsPerHost = idlePerHost
	return &http.Client{
		Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// TransportFailure is the failure of a call that got no whole response: the end of ctx, a
// connection that could not be made, or one that broke.
func TransportFailure(ctx context.Context, err error) Failure {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Failure{Class: OutOfTime, Err: ctx.Err()}
	case ctx.Err() != nil:
		return Failure{Class: CallerGone, Err: ctx.Err()}
	case notConnected(err):
		return Failure{Class: NotConnected, Err: err}
	}
	return Failure{Class: CutStream, Err: err}
}

func notConnected(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

// StatusClass is the class of an HTTP status, where the body says nothing more exact.
func StatusClass(status int) Class {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return BadKey
	case status == http.StatusPaymentRequired:
		return Billing
	case status == http.StatusNotFound || status == http.StatusGone:
		return NoModel
	case status == http.StatusTooManyRequests:
		return RateLimited
	case status == http.StatusRequestTimeout || status >= 500:
		return Overloaded
	case status >= 400:
		return Refused
	}
	return Malformed
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
