package qdrant

import (
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/lectern-project/lectern/internal/book"
)

// explain says what err, the outcome of a call about the collection of spaceID, means to the one
// who runs the program. Codes decide, never texts. What the server says of itself (its key, its
// disk, its version) is Unavailable, and never looks like a fault of Lectern's caller.
func (x *Index) explain(ctx context.Context, spaceID string, err error) *book.Error {
	wrap := func(code book.Code, text string, args ...any) *book.Error {
		args = append([]any{x.address}, args...)
		return book.Wrap(code, x.cause(err), "Qdrant at %s "+text, args...)
	}
	if ended := endOf(ctx); ended != nil {
		return wrap(book.CodeOf(ended), "had not answered when the call was to end")
	}
	switch codeOf(err) {
	case codes.NotFound:
		return wrap(book.NotFound, "has no collection %q", x.collection(spaceID))
	case codes.AlreadyExists:
		return wrap(book.Conflict, "has something under a name that was to be used and that Lectern did "+
			"not make; choose another name than %q with --collection, or move it away", x.alias)
	case codes.InvalidArgument:
		return wrap(book.Internal, "refuses a request as invalid; the log has its reason, and it "+
			"must be Qdrant 1.18 or later")
	case codes.Unauthenticated, codes.PermissionDenied:
		return wrap(book.Unavailable, "refuses the API key; set one that may write")
	case codes.Unavailable:
		return wrap(book.Unavailable, "cannot be reached; see that it runs and that the URL has "+
			"its gRPC port, 6334 by default")
	case codes.DeadlineExceeded:
		return wrap(book.Unavailable, "did not answer in time; see how busy it is")
	case codes.ResourceExhausted:
		limited := wrap(book.Unavailable, "limits the rate of requests; try again later")
		limited.RetryAfter = retryAfter(err)
		return limited
	case codes.Unimplemented:
		return wrap(book.Unavailable, "does not know a request; it must be Qdrant 1.18 or later, "+
			"and the URL must have its gRPC port, 6334 by default")
	}
	return wrap(book.Unavailable, "failed; its log has the reason, often a full disk")
}

// endOf is ctx.Err, but for a deadline that has come and of which the server, which knows it too,
// was told a moment earlier than ctx.
func endOf(ctx context.Context) error {
	if end, ok := ctx.Deadline(); ok && ctx.Err() == nil && !time.Now().Before(end) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// failure is explain for an err that may be nil.
func (x *Index) failure(ctx context.Context, spaceID string, err error) error {
	if err == nil {
		return nil
	}
	return x.explain(ctx, spaceID, err)
}

// cause is err for the log, without the key even where a proxy says it back to us.
func (x *Index) cause(err error) error {
	if x.apiKey == "" || !strings.Contains(err.Error(), x.apiKey) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), x.apiKey, "(key)"))
}
