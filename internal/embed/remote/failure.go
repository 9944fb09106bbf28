package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// Class says why a call failed.
type Class int

// The classes of failure.
const (
	Malformed   Class = iota // not what the provider's API says
	Unreachable              // refused connection, unknown host, bad certificate
	Broken                   // a fault at the provider, or a connection that broke
	Silent                   // no answer in time
	Busy                     // too many calls for the moment
	Spent                    // no calls left until the advised delay is over
	Billing                  // no credit, or a limit of spending
	BadKey                   // the provider does not take the key
	NoModel                  // retired, misspelt or not for this key
	Refused                  // the provider calls the request invalid
)

// classes says for each class the code of its errors, what may be shown, and whether the same call
// may succeed soon.
var classes = map[Class]struct {
	code  book.Code
	words string
	again bool
}{
	Malformed:   {book.Unavailable, "sent what its API does not know; check its name and address", false},
	Unreachable: {book.Unavailable, "cannot be reached", false},
	Broken:      {book.Unavailable, "has a fault; try again later", true},
	Silent:      {book.Unavailable, "did not answer in time; try again later", true},
	Busy:        {book.RateLimited, "has had too many requests; try again later", true},
	Spent:       {book.RateLimited, "has used up its quota of the day", false},
	Billing:     {book.Unavailable, "has no credit left, or reached a limit of spending", false},
	BadKey:      {book.Unavailable, "does not take the configured key", false},
	NoModel:     {book.Unavailable, "is not served under this name", false},
	Refused:     {book.Invalid, "did not take the text or the number of dimensions", false},
}

// Failure is why a call failed.
type Failure struct {
	Class Class
	Delay time.Duration // what the provider advises to wait; 0 for nothing advised
	Err   error         // for the log: neither the request nor a key
}

// Error is for logs.
func (f *Failure) Error() string {
	return fmt.Sprintf("%s: %v", classes[f.Class].words, f.Err)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// report is the error for the callers of an embedder.
func (f *Failure) report(space book.Space) error {
	class := classes[f.Class]
	return &book.Error{
		Code:       class.code,
		Message:    "the embedding model " + space.Provider + "/" + space.Model + " " + class.words,
		RetryAfter: f.Delay, Err: f.Err,
	}
}

// failureOf classifies what [Model.Embed] returned.
func failureOf(model Model, err error) *Failure {
	if response, ok := errors.AsType[*StatusError](err); ok {
		f := model.Classify(response)
		return &f
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &Failure{Class: Silent, Err: context.DeadlineExceeded}
	case notConnected(err):
		return &Failure{Class: Unreachable, Err: err}
	case broken(err):
		return &Failure{Class: Broken, Err: err}
	}
	return &Failure{Class: Malformed, Err: cause(err)}
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

func broken(err error) bool {
	if _, ok := errors.AsType[*url.Error](err); ok { // the request never got its response
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok || errors.Is(err, io.ErrUnexpectedEOF)
}

// cause leaves out the body, which client libraries put beside the JSON error.
func cause(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return syntax
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return mismatch
	}
	return fmt.Errorf("%.200s", err.Error())
}

// ClassOf is the class of an HTTP status, where the body says nothing more exact.
func ClassOf(status int) Class {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return BadKey
	case status == http.StatusPaymentRequired:
		return Billing
	case status == http.StatusNotFound || status == http.StatusGone:
		return NoModel
	case status == http.StatusTooManyRequests:
		return Busy
	case status == http.StatusRequestTimeout || status >= 500:
		return Broken
	case status >= 400:
		return Refused
	}
	return Malformed
}

// Reported is the failure of a response, with what the provider says for the log. What it says of a
// key is left out: some repeat part of it.
func Reported(class Class, r *StatusError, delay time.Duration, code, message string) Failure {
	if class == BadKey {
		message = ""
	}
	return Failure{class, delay, fmt.Errorf("status %d %s: %.200s", r.Status, code, message)}
}
