package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// checkTimeout bounds the check of one part.
const checkTimeout = 2 * time.Second

// The states of a part.
const (
	partOK   = "ok"
	partDown = "down"
)

// Health says that the server runs, and how its parts are.
type Health struct {
	Status string            `json:"status" enum:"ok" example:"ok" doc:"Always ok: whoever reads it has been answered."`
	Parts  map[string]string `json:"parts" doc:"ok or down, by part."`
}

type healthOutput struct{ Body Health }

func (s *server) health(ctx context.Context, _ *nothing) (*healthOutput, error) {
	parts, _ := s.parts(ctx)
	return &healthOutput{Body: Health{Status: partOK, Parts: parts}}, nil
}

type readyInput struct {
	Degraded bool `query:"degraded" doc:"Take a server for ready, too, that was ready once and has lost a part since: it serves what it can. For load balancers, which would otherwise take out all servers when a store that they share is down."`
}

// ready is not what its parts say but false from the moment on that the server is to stop.
func (s *server) ready(ctx context.Context, in *readyInput) (*healthOutput, error) {
	if isClosed(s.Stopping) {
		return nil, &notReady{why: "the server is stopping; ask another one"}
	}
	parts, ready := s.parts(ctx)
	if ready || in.Degraded && s.wasReady.Load() {
		return &healthOutput{Body: Health{Status: partOK, Parts: parts}}, nil
	}
	return nil, &notReady{parts, "not ready: see parts; try again in a moment"}
}

// parts runs all checks at once.
func (s *server) parts(ctx context.Context) (parts map[string]string, ready bool) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	parts, ready = make(map[string]string, len(s.Checks)), true
	var mu sync.Mutex
	var checks sync.WaitGroup
	for name, check := range s.Checks {
		checks.Go(func() {
			err := check(ctx)
			mu.Lock()
			defer mu.Unlock()
			parts[name] = partOK
			if err != nil {
				parts[name], ready = partDown, false
				s.Log.WarnContext(ctx, "part is down", "part", name, "error", err)
			}
		})
	}
	checks.Wait()
	if ready {
		s.wasReady.Store(true)
	}
	return parts, ready
}

// isClosed reports whether c is closed; one that is nil never is.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// notReady is an Unavailable error that names the parts. It is an answer like any other: a part that is
// down is logged by itself.
type notReady struct {
	parts map[string]string
	why   string
}

func (e *notReady) Error() string { return e.why }

// Unwrap makes it a book.Error.
func (e *notReady) Unwrap() error { return book.Errorf(book.Unavailable, "%s", e.why) }
