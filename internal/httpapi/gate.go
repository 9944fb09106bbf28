package httpapi

import (
	"context"
	"io"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/lectern-project/lectern/internal/limit"
)

// Gates bound what is done at once. What is not behind one, such as health and the end of a session, is
// never refused for what else is under way. nil is no bound.
type Gates struct {
	Searches, Answers *limit.Gate
	Ingests           *limit.Gate // every write of a document
}

// work is what a route does that is bounded.
type work int

const (
	unbounded work = iota
	searching
	answering
	ingesting
)

// enter waits until one more request of the route may be served. Calls within the process always may.
// The body has been read by then: whoever sends slowly takes no place.
func (s *server) enter(ctx context.Context, r route) (leave func(), err error) {
	leave, err = s.gate(ctx, r).Enter(ctx)
	return sync.OnceFunc(leave), err
}

// gate is what the request has to pass; nil for none.
func (s *server) gate(ctx context.Context, r route) *limit.Gate {
	if !exchangeOf(ctx).client.IsValid() {
		return nil
	}
	switch r.work {
	case searching:
		return s.Gates.Searches
	case answering:
		return s.Gates.Answers
	case ingesting:
		return s.Gates.Ingests
	case unbounded:
	}
	return nil
}

// released is a request that leaves its place when its response, which is whole by then, begins: however
// slowly it is read. Events, which are written while the answer is, do not pass here.
type released struct {
	humaContext

	leave func()
}

// Unwrap lets humago find its own context.
func (r released) Unwrap() huma.Context { return r.humaContext }

// BodyWriter implements huma.Context.
func (r released) BodyWriter() io.Writer {
	r.leave()
	return r.humaContext.BodyWriter()
}

// humaContext is huma's Context by a name that is not that of one of its methods.
type humaContext = huma.Context
