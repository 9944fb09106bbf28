package book

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Code says what kind of failure an Error is. One table maps codes to HTTP statuses, another to
// the command line's exit codes.
type Code string

// The codes. Nothing else is ever in Error.Code.
const (
	Invalid         Code = "invalid"         // the request can never succeed as it is
	TooLarge        Code = "too_large"       // over a documented limit
	Unauthenticated Code = "unauthenticated" // no or unusable credentials
	Forbidden       Code = "forbidden"       // known caller, not allowed
	NotFound        Code = "not_found"       // absent, or not for this caller's eyes
	Conflict        Code = "conflict"        // contradicts what is there
	RateLimited     Code = "rate_limited"    // too many requests; see RetryAfter
	Unavailable     Code = "unavailable"     // a part is down; trying again may help
	Deadline        Code = "deadline"        // ran out of time
	Canceled        Code = "canceled"        // the caller went away
	Internal        Code = "internal"        // a fault of ours
)

// Codes lists every code, so that tables over codes can be tested for completeness.
func Codes() []Code {
	return []Code{
		Invalid, TooLarge, Unauthenticated, Forbidden, NotFound, Conflict,
		RateLimited, Unavailable, Deadline, Canceled, Internal,
	}
}

// Error is the one error type that crosses package borders on purpose.
type Error struct {
	Code Code
	// Message names the thing and the remedy. It is safe to show to anyone who made the request:
	// no secret, no other user's data, no internals.
	Message string
	// RetryAfter, if positive, is how long to wait before trying again.
	RetryAfter time.Duration
	// Err is the cause. It is logged, never shown.
	Err error
}

// Errorf returns an *Error whose message is the formatted text; it has no cause.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an *Error with cause err and the formatted text as its message.
func Wrap(code Code, err error, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// Error gives code, message and cause; it is for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the outermost *Error in err's chain; without one, Canceled and
// Deadline for the context errors, Internal for the rest, and "" for nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return Deadline
	}
	return Internal
}

// MessageOf returns the text of err that may be shown to the caller.
func MessageOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Message
	}
	switch CodeOf(err) {
	case Canceled:
		return "the request was canceled"
	case Deadline:
		return "the request took too long"
	}
	return "something went wrong on our side; the log says what"
}
