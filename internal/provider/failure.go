// Package provider is what calls of model providers have in common, be it for answers or for
// embeddings: the HTTP client, what a failure is called, how long a provider is left alone and how
// many retries it is spared. What a provider's own errors mean is in geminiapi and openaiapi.
package provider

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Class says why a call failed, in words that may be shown.
type Class string

// The classes that every provider's failures have.
const (
	NotConnected Class = "not_connected" // refused connection, unknown host, bad certificate
	RateLimited  Class = "rate_limited"  // too many calls for the moment
	DailyQuota   Class = "daily_quota"   // no calls left until Failure.Until
	Billing      Class = "billing"       // no credit, or a limit of spending
	BadKey       Class = "bad_key"       // the provider does not take the key
	NoModel      Class = "no_model"      // retired, misspelt or not for this key
	Overloaded   Class = "overloaded"    // the provider has no room, or a fault
	Blocked      Class = "blocked"       // the provider refuses what it was asked
	CutStream    Class = "cut_stream"    // the connection broke, or a stream ended without its end
	Malformed    Class = "malformed"     // not what the provider's API says
	Refused      Class = "refused"       // the provider calls the request invalid
)

// Failure is why a call failed.
type Failure struct {
	Class Class
	Delay time.Duration // what the provider advises to wait; 0 for nothing advised
	Until time.Time     // of DailyQuota: when calls are allowed again
	Err   error         // for the log: neither the request nor a key
}

// Error is for logs.
func (f *Failure) Error() string {
	if f.Err == nil {
		return string(f.Class)
	}
	return string(f.Class) + ": " + f.Err.Error()
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// RetryAfter is what a caller may be advised to wait.
func (f *Failure) RetryAfter(now time.Time) time.Duration {
	if f.Class == DailyQuota {
		return max(f.Until.Sub(now), 0)
	}
	return max(f.Delay, 0)
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

// Report is what a provider says of a failure.
type Report struct {
	Status int
	Code   string // the provider's own name for the failure, or empty
	// Words are for whoever made the request. They are no part of Error, and so in no log: providers
	// repeat what they were sent, which may be a reader's question.
	Words string
}

// Error names status and code.
func (r *Report) Error() string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s", r.Status, r.Code))
}

// Reported is the cause of a failure that a provider reported. What it says of a key is left out: some
// repeat part of it.
func Reported(class Class, status int, code, message string) error {
	if class == BadKey {
		message = ""
	}
	if !codes.MatchString(code) {
		code = ""
	}
	return &Report{status, code, fmt.Sprintf("%.200s", message)}
}

// codes are names that are no texts.
var codes = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// IsNotConnected reports whether a call failed before there was a connection.
func IsNotConnected(err error) bool {
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
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	return errors.Is(err, http.ErrSchemeMismatch)
}

// BadJSON returns the error of a JSON decoder in err's chain, or nil. Client libraries put the body
// beside it, which is no affair of the log.
func BadJSON(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return syntax
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return kind
	}
	return nil
}
