package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/httpapi"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/worker"
)

// Service is what a server needs to know beside the configuration.
type Service struct {
	Listener net.Listener
	// Metrics is where Prometheus reads what Telemetry measures; nil for none.
	Metrics   net.Listener
	Telemetry *telemetry.Recorder
	// Holder says to others what uses the data directory.
	Holder string
	// Folder is what to keep the book in step with, or nil. One that cannot be ingested is logged and
	// does not stop the server.
	Folder *Folder
	// AuditInterval is how often the server looks whether the stores agree.
	AuditInterval time.Duration
	Drain         Drain
	// Ready is called, in a goroutine of its own, when requests are answered and the folder was
	// ingested once.
	Ready func(context.Context, *App)

	sleep func(time.Duration) // nil but in tests, which wait for other things
}

// Serve opens what c names, answers requests and does the background work until ctx ends, then drains
// and returns nil. While a PostgreSQL server is away it answers what it can and waits; while a Qdrant
// server is, it answers without. What is wrong with either, such as a schema that this program does not
// know, is the error once it answers, as it is from [Open] at once.
func Serve(ctx context.Context, c config.Config, log *slog.Logger, s Service) error {
	if err := Faults(c).Err(); err != nil {
		return err
	}
	boundMemory(log)
	if s.Metrics != nil {
		s.Telemetry.Publish(notOpenYet())
		defer serveMetrics(s.Metrics, s.Telemetry, c.Pprof, log)()
	}
	return serve(ctx, log, s, func(ctx context.Context) (*App, error) {
		a, err := Open(ctx, c, log, s.Holder, WithTelemetry(s.Telemetry))
		if err != nil {
			s.Telemetry.Publish(notOpenYet())
			return nil, err
		}
		a.AuditInterval = s.AuditInterval
		if err := a.ensureAdmin(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
		return a, nil
	})
}

// serve is Serve with what open opens, which it closes at the end.
func serve(
	ctx context.Context, log *slog.Logger, s Service, open func(context.Context) (*App, error),
) (err error) {
	f := newFront(log)
	if s.sleep != nil {
		f.sleep = s.sleep
	}
	if err := f.wait(s.Telemetry); err != nil {
		return err
	}
	serving, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go func() { fail(f.server.Serve(s.Listener)) }()
	defer time.AfterFunc(patience, f.begin).Stop()
	if a, refused := f.openOnceThere(serving, open); refused != nil {
		fail(refused)
	} else {
		defer func() { err = errors.Join(err, a.Close()) }()
		var background sync.WaitGroup
		defer background.Wait()
		if err := a.begin(serving, f, s, fail, &background); err != nil {
			fail(err)
		}
	}
	<-serving.Done()
	if ctx.Err() != nil {
		f.drain(s.Drain)
		return nil
	}
	f.drain(Drain{})
	return context.Cause(serving)
}

// wait answers that the database is not open yet.
func (f *front) wait(t *telemetry.Recorder) error {
	down := &book.Error{
		Code: book.Unavailable, RetryAfter: openRetry,
		Message: "the server is starting and has not opened its database yet; try again in a moment",
	}
	handler, err := httpapi.New(httpapi.Deps{
		Waiting: down, Log: f.log, Stopping: f.stopping, Telemetry: t,
		Checks: map[string]func(context.Context) error{
			"database": func(context.Context) error { return down },
		},
	})
	f.handler.Store(&handler)
	return err
}

// openRetry is how often a server tries to open a database that is away.
const openRetry = time.Second

// openOnceThere opens until it is not for a PostgreSQL server that is away that this fails.
func (f *front) openOnceThere(
	ctx context.Context, open func(context.Context) (*App, error),
) (*App, error) {
	for try := 0; ; try++ {
		a, err := open(ctx)
		if !postgres.IsAway(err) || ctx.Err() != nil {
			if err == nil && try > 0 {
				f.log.InfoContext(ctx, "the database is there; from now on everything is served")
			}
			return a, err
		}
		if try == 0 {
			f.log.WarnContext(ctx, "waiting for the database: "+book.MessageOf(err), "error", err)
			f.begin()
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(openRetry):
		}
	}
}

// begin answers everything from now on, and begins the background work, which ends with ctx. fail is
// told what is wrong with a store that is looked at only later.
func (a *App) begin(
	ctx context.Context, f *front, s Service, fail func(error), background *sync.WaitGroup,
) error {
	ctx = a.tracing.Context(ctx)
	a.refuse, a.stopping = fail, f.stopping
	a.catchingUp.Store(s.Folder != nil)
	handler, err := a.handler(a.Log)
	if err != nil {
		return err
	}
	f.handler.Store(&handler)
	f.begin()
	a.logModels(ctx)
	for _, c := range a.chores() {
		background.Go(func() { worker.Run(ctx, a.Log, c.name, c.every, c.do) })
	}
	background.Go(func() {
		a.keepInStep(ctx, s.Folder, func(ctx context.Context) { s.Ready(ctx, a) })
	})
	return nil
}
