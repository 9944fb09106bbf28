package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/provider"
)

// Silent is the class of a call that got no answer in time.
const Silent provider.Class = "silent"

// classes says for each class the code of its errors, what may be shown, and whether the same call
// may succeed soon.
var classes = map[provider.Class]struct {
	code  book.Code
	words string
	again bool
}{
	provider.Malformed:    {book.Unavailable, "sent what its API does not know; check its name and address", false},
	provider.NotConnected: {book.Unavailable, "cannot be reached", false},
	provider.Overloaded:   {book.Unavailable, "has a fault; try again later", true},
	provider.CutStream:    {book.Unavailable, "broke off; try again later", true},
	Silent:                {book.Unavailable, "did not answer in time; try again later", true},
	provider.RateLimited:  {book.RateLimited, "has had too many requests; try again later", true},
	provider.DailyQuota:   {book.RateLimited, "has used up its quota of the day", false},
	provider.Billing:      {book.Unavailable, "has no credit left, or reached a limit of spending", false},
	provider.BadKey:       {book.Unavailable, "does not take the configured key", false},
	provider.NoModel:      {book.Unavailable, "is not served under this name", false},
	provider.Refused:      {book.Invalid, "did not take the text or the number of dimensions", false},
	provider.Blocked:      {book.Invalid, "refused the text", false},
}

// report is the error for the callers of an embedder.
func report(f *provider.Failure, space book.Space) error {
	class := classes[f.Class]
	return &book.Error{
		Code:       class.code,
		Message:    "the embedding model " + space.Provider + "/" + space.Model + " " + class.words,
		RetryAfter: f.RetryAfter(time.Now()), Err: f.Err,
	}
}

// failureOf classifies what [Model.Embed] returned.
func failureOf(model Model, err error) *provider.Failure {
	if response, ok := errors.AsType[*provider.StatusError](err); ok {
		f := model.Classify(response)
		return &f
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &provider.Failure{Class: Silent, Err: context.DeadlineExceeded}
	case provider.IsNotConnected(err):
		return &provider.Failure{Class: provider.NotConnected, Err: err}
	case broken(err):
		return &provider.Failure{Class: provider.CutStream, Err: err}
	}
	if bad := provider.BadJSON(err); bad != nil {
		return &provider.Failure{Class: provider.Malformed, Err: bad}
	}
	return &provider.Failure{Class: provider.Malformed, Err: fmt.Errorf("a %T", err)} // its words may be the text's
}

func broken(err error) bool {
	if _, ok := errors.AsType[*url.Error](err); ok { // the request never got its response
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok || errors.Is(err, io.ErrUnexpectedEOF)
}
