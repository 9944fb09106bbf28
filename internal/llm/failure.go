package llm

import (
	"errors"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// Class says why a model did not answer, in words that may be shown.
type Class string

// The classes of failure.
const (
	NotConnected  Class = "not_connected" // refused connection, unknown host, bad certificate
	RateLimited   Class = "rate_limited"  // too many calls for the moment
	DailyQuota    Class = "daily_quota"   // no calls left until Failure.Until
	Billing       Class = "billing"       // no credit, or a limit of spending
	BadKey        Class = "bad_key"       // the provider does not take the key
	NoModel       Class = "no_model"      // retired, misspelt or not for this key
	Overloaded    Class = "overloaded"    // the provider has no room, or a fault
	Blocked       Class = "blocked"       // refused by the provider; only in counters
	Truncated     Class = "truncated"     // the length ran out before any text
	CutStream     Class = "cut_stream"    // the stream ended without its finish marker
	NoFirstToken  Class = "no_first_token"
	Stalled       Class = "stalled"   // silence in the middle
	Malformed     Class = "malformed" // not what the provider's API says
	Refused       Class = "refused"   // the provider calls the request invalid
	OutOfTime     Class = "deadline"  // the caller's time ran out
	CallerGone    Class = "canceled"  // the caller went away
	BreakerOpen   Class = "breaker_open"
	UnknownReason Class = "unknown"
)

// classes says for each class the code of its errors and what a reader may be told.
var classes = map[Class]struct {
	code  book.Code
	words string
}{
	NotConnected:  {book.Unavailable, "cannot be reached"},
	RateLimited:   {book.RateLimited, "has had too many requests"},
	DailyQuota:    {book.RateLimited, "has used up its quota of the day"},
	Billing:       {book.Unavailable, "has no credit left, or reached a limit of spending"},
	BadKey:        {book.Unavailable, "does not take the configured key"},
	NoModel:       {book.Unavailable, "is not served under this name"},
	Overloaded:    {book.Unavailable, "is overloaded"},
	Blocked:       {book.Invalid, "refused to answer"},
	Truncated:     {book.Unavailable, "reached its length before it had said anything"},
	CutStream:     {book.Unavailable, "broke off"},
	NoFirstToken:  {book.Unavailable, "did not begin in time"},
	Stalled:       {book.Unavailable, "fell silent"},
	Malformed:     {book.Unavailable, "sent what its API does not know"},
	Refused:       {book.Invalid, "did not take the request"},
	OutOfTime:     {book.Deadline, "had no time left"},
	CallerGone:    {book.Canceled, "was canceled"},
	BreakerOpen:   {book.Unavailable, "failed too often lately"},
	UnknownReason: {book.Unavailable, "failed"},
}

// Classes lists every class.
func Classes() []Class {
	return []Class{
		NotConnected, RateLimited, DailyQuota, Billing, BadKey, NoModel, Overloaded, Blocked,
		Truncated, CutStream, NoFirstToken, Stalled, Malformed, Refused, OutOfTime, CallerGone,
		BreakerOpen, UnknownReason,
	}
}

// Failure is why a model did not answer.
type Failure struct {
	Class Class
	Delay time.Duration // what the provider advises to wait; 0 for nothing advised
	Until time.Time     // of DailyQuota: when calls are allowed again
	Err   error         // for the log
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

// Fail returns f as the error of the named model.
func Fail(model string, f Failure) error {
	class := classes[f.Class]
	delay := f.Delay
	if f.Class == DailyQuota {
		delay = time.Until(f.Until)
	}
	return &book.Error{
		Code: class.code, Message: "the model " + model + " " + class.words,
		RetryAfter: max(delay, 0), Err: &f,
	}
}

// FailureOf returns the failure in err's chain; for another error one of the class that its code
// says.
func FailureOf(err error) Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return *f
	}
	class := UnknownReason
	switch book.CodeOf(err) {
	case book.Canceled:
		class = CallerGone
	case book.Deadline:
		class = OutOfTime
	}
	return Failure{Class: class, Err: err}
}
