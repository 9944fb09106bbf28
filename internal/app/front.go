package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// How long the server waits.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	// patience is how long requests wait for a server that is only just starting.
	patience = 2 * time.Second
	// lastWords is how long requests whose time is over have to say so and to roll back.
	lastWords = 5 * time.Second
)

// Drain says how a server ends.
type Drain struct {
	// Delay is how long it still answers everybody while it says that it is not ready, so that load
	// balancers send requests elsewhere before it closes its port.
	Delay time.Duration
	// Grace is how long requests may take from then on. What is not done after it is ended: an ingest
	// is rolled back, a stream gets an error as its last event.
	Grace time.Duration
}

// front is the side of a server that is turned to the network. What it answers with can be exchanged.
type front struct {
	log      *slog.Logger
	server   *http.Server
	handler  atomic.Pointer[http.Handler]
	begun    chan struct{}           // closed when handler is to be asked
	begin    func()                  // closes begun
	stopping chan struct{}           // closed when it begins to drain
	end      context.CancelCauseFunc // ends requests that are under way
	sleep    func(time.Duration)
}

func newFront(log *slog.Logger) *front {
	requests, end := context.WithCancelCause(context.Background())
	f := &front{
		log: log, begun: make(chan struct{}), stopping: make(chan struct{}), end: end, sleep: time.Sleep,
	}
	f.begin = sync.OnceFunc(func() { close(f.begun) })
	f.server = &http.Server{
		Handler:           http.HandlerFunc(f.answer),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return f
}

func (f *front) answer(w http.ResponseWriter, r *http.Request) {
	<-f.begun
	(*f.handler.Load()).ServeHTTP(w, r)
}

// drain ends the server as d says. It returns when no request is under way any more.
func (f *front) drain(d Drain) {
	f.begin()
	close(f.stopping)
	f.log.Info("stopping: not ready any more", "delay", d.Delay, "grace", d.Grace)
	f.sleep(d.Delay)
	if f.shutDown(d.Grace) {
		return
	}
	f.log.Warn("some requests took longer than the grace and are ended", "grace", d.Grace)
	f.end(&book.Error{
		Code: book.Unavailable, RetryAfter: time.Second,
		Message: "the server is stopping and could not finish this; ask again in a moment",
	})
	if !f.shutDown(lastWords) {
		f.log.Warn("some requests would not end and are cut off")
		_ = f.server.Close()
	}
}

// shutDown closes the port and reports whether all requests were done in time.
func (f *front) shutDown(within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return !errors.Is(f.server.Shutdown(ctx), context.DeadlineExceeded)
}
