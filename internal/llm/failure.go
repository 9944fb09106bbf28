package llm

import (
	"context"
	"errors"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/provider"
)

// Class says why a model did not answer, in words that may be shown.
type Class = provider.Class

// The classes of failure: those of any provider, and those of an answer.
const (
	NotConnected = provider.NotConnected
	RateLimited  = provider.RateLimited
	DailyQuota   = provider.DailyQuota
	Billing      = provider.Billing
	BadKey       = provider.BadKey
	NoModel      = provider.NoModel
	Overloaded   = provider.Overloaded
	Blocked      = provider.Blocked // only in counters
	CutStream    = provider.CutStream
	Malformed    = provider.Malformed
	Refused      = provider.Refused

	Truncated     Class = "truncated" // the length ran out before any text
	NoFirstToken  Class = "no_first_token"
	Stalled       Class = "stalled"  // silence in the middle
	OutOfTime     Class = "deadline" // the caller's time ran out
	CallerGone    Class = "canceled" // the caller went away
	BreakerOpen   Class = "breaker_open"
	OverBudget    Class = "over_budget" // the installation's own budget of the day is used up
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
	OverBudget:    {book.RateLimited, "is not called: a budget of the day is used up"},
	UnknownReason: {book.Unavailable, "failed"},
}

// Classes lists every class.
func Classes() []Class {
	return []Class{
		NotConnected, RateLimited, DailyQuota, Billing, BadKey, NoModel, Overloaded, Blocked,
		Truncated, CutStream, NoFirstToken, Stalled, Malformed, Refused, OutOfTime, CallerGone,
		BreakerOpen, OverBudget, UnknownReason,
	}
}

// Failure is why a model did not answer.
type Failure = provider.Failure

// Fail returns f as the error of the named model.
func Fail(model string, f Failure) error {
	class := classes[f.Class]
	return &book.Error{
		Code: class.code, Message: "the model " + model + " " + class.words,
		RetryAfter: f.RetryAfter(time.Now()), Err: &f,
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

// TransportFailure is the failure of a call that got no whole response: the end of ctx, a
// connection that could not be made, or one that broke.
func TransportFailure(ctx context.Context, err error) Failure {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Failure{Class: OutOfTime, Err: ctx.Err()}
	case ctx.Err() != nil:
		return Failure{Class: CallerGone, Err: ctx.Err()}
	case provider.IsNotConnected(err):
		return Failure{Class: NotConnected, Err: err}
	}
	return Failure{Class: CutStream, Err: err}
}
