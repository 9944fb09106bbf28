package qdrant

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// patience is how long a call may take: one attempt, and all of them with the pauses between.
type patience struct {
	attempt, all time.Duration
	// persists tells whether to try again where there is no connection to the server.
	persists bool
}

var (
	// searching is short, because a reader waits and has words to fall back on.
	searching = patience{attempt: 3 * time.Second, all: 3 * time.Second}
	reading   = patience{attempt: 10 * time.Second, all: 30 * time.Second, persists: true}
	writing   = patience{attempt: 20 * time.Second, all: 65 * time.Second, persists: true}
)

const (
	maxAttempts  = 3
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// errWaitTimeout is what the server calls a success: the write is queued and was not seen to be
// done.
var errWaitTimeout = errors.New("the server acknowledged the write but did not complete it")

// request is one attempt of a call. It hands the option to the client's method.
type request func(ctx context.Context, opt grpc.CallOption) error

// try makes attempts until one succeeds, the error is one that does not pass, or patience ends.
// The error is the last attempt's; mayLand tells whether an attempt that did not succeed may have
// reached the server and may still take effect.
func try(ctx context.Context, p patience, call request) (mayLand bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.all)
	defer cancel()
	for n := 1; ; n++ {
		reached, err := attempt(ctx, p.attempt, call)
		mayLand = mayLand || reached && lands(err)
		again := passes(err) && (reached || p.persists)
		if err == nil || n == maxAttempts || !again || !pause(ctx, n, err) {
			return mayLand, err
		}
	}
}

// attempt reports whether the request found a connection, and so may have been sent.
func attempt(ctx context.Context, limit time.Duration, call request) (reached bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var server peer.Peer
	err = call(ctx, grpc.Peer(&server))
	return server.Addr != nil, err
}

// lands tells whether a write that failed so may still take effect. Where the server refuses a
// request before it looks at the points, it does not. A refusal of the points themselves may have
// written some of them, and the server may write more of them when it starts again.
func lands(err error) bool {
	switch codeOf(err) {
	case codes.OK, codes.ResourceExhausted, codes.NotFound, codes.Unauthenticated,
		codes.PermissionDenied, codes.Unimplemented:
		return false
	}
	return true
}

// passes tells whether the same request may succeed a little later.
func passes(err error) bool {
	switch codeOf(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
		return true
	}
	return false
}

// pause waits before attempt n+1: a random part of a span that doubles, or what the server advises.
// It returns false where ctx would end meanwhile.
func pause(ctx context.Context, n int, err error) bool {
	wait := rand.N(min(longestPause, firstPause<<n)) //nolint:gosec // no secret
	if advised := retryAfter(err); advised > 0 {
		wait = advised
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}

// retryAfter is how long the server asks to wait; 0 where it does not.
func retryAfter(err error) time.Duration {
	if limited, ok := errors.AsType[*qdrant.QdrantResourceExhaustedError](err); ok {
		return time.Duration(limited.RetryAfterS) * time.Second
	}
	return 0
}

func codeOf(err error) codes.Code {
	switch {
	case errors.As(err, new(*qdrant.QdrantResourceExhaustedError)):
		return codes.ResourceExhausted
	case errors.Is(err, errWaitTimeout):
		return codes.DeadlineExceeded
	}
	return status.Code(err)
}
