package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/worker"
)

// How long the server waits.
const (
	shutdownGrace     = 10 * time.Second
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
)

// Listen opens the port of the address that a flag gives; the error names what to do when it is in
// use.
func Listen(ctx context.Context, flag, address string) (net.Listener, error) {
	if address == "" { // the network package would take any port of all addresses
		return nil, book.Errorf(book.Invalid, "%s is empty; give it as HOST:PORT, such as "+
			"127.0.0.1:8080", flag)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, book.Wrap(book.Conflict, err, "%s is in use by another program; stop that, or "+
			"choose another port with %s", address, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, book.Wrap(book.Unavailable, err, "%s may not be listened on by this user; "+
			"choose a port above 1023 with %s", address, flag)
	case err != nil:
		return nil, book.Wrap(book.Invalid, err, "%s cannot be listened on; give %s as "+
			"HOST:PORT, such as 127.0.0.1:8080", address, flag)
	}
	return l, nil
}

// Serve answers requests on l, keeps folder (if not nil) in step and does the background work until
// ctx ends, then lets running requests finish for a while. It calls ready, in a goroutine of its
// own, when requests are answered and the folder was ingested once. A folder that cannot be
// ingested is logged and does not stop the server.
func (a *App) Serve(
	ctx context.Context, l net.Listener, folder *Folder, ready func(context.Context),
) error {
	if err := a.ensureAdmin(ctx); err != nil {
		return err
	}
	handler, err := a.handler(a.Log)
	if err != nil {
		return err
	}
	a.logModels(ctx)
	work, stop := context.WithCancel(a.tracing.Context(context.WithoutCancel(ctx)))
	a.catchingUp.Store(folder != nil)
	var background sync.WaitGroup
	for _, c := range a.chores() {
		background.Go(func() { worker.Run(work, a.Log, c.name, c.every, c.do) })
	}
	background.Go(func() { a.keepInStep(work, folder, ready) })
	defer background.Wait()
	defer stop()

	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(work, shutdownGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return server.Close()
	}
	return nil
}
