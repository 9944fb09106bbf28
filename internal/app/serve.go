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

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/worker"
)

// How long the server waits, and how often its background work runs.
const (
	drainInterval     = 5 * time.Second
	sessionsInterval  = time.Hour
	requestsInterval  = time.Hour
	modelsInterval    = 24 * time.Hour
	auditLogInterval  = time.Hour
	limitsInterval    = 10 * time.Minute
	requestsKept      = 24 * time.Hour // how long the answer to an Idempotency-Key is remembered
	shutdownGrace     = 10 * time.Second
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute

	spendingInterval      = time.Hour
	conversationsInterval = time.Hour
	conversationsBatch    = 100 // how many are deleted in one transaction
)

// Listen opens the port to serve on; the error names what to do when it is in use.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	if address == "" { // the network package would take any port of all addresses
		return nil, book.Errorf(book.Invalid, "--listen is empty; give it as HOST:PORT, such as "+
			"127.0.0.1:8080")
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, book.Wrap(book.Conflict, err, "%s is in use by another program; stop that, or "+
			"choose another port with --listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, book.Wrap(book.Unavailable, err, "%s may not be listened on by this user; "+
			"choose a port above 1023 with --listen", address)
	case err != nil:
		return nil, book.Wrap(book.Invalid, err, "%s cannot be listened on; give --listen as "+
			"HOST:PORT, such as 127.0.0.1:8080", address)
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
	a.logModels()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.catchingUp.Store(folder != nil)
	var background sync.WaitGroup
	background.Go(func() {
		worker.Run(work, a.Log, "drain", drainInterval, func(ctx context.Context) error {
			if err := a.ensureIndex(ctx); err != nil {
				return err
			}
			_, err := a.Reconcile.Drain(ctx)
			return err
		})
	})
	background.Go(func() {
		worker.Run(work, a.Log, "departures", drainInterval, a.FinishDepartures)
	})
	background.Go(func() { worker.Run(work, a.Log, "audit", a.AuditInterval, a.audit) })
	background.Go(func() {
		worker.Run(work, a.Log, "sessions", sessionsInterval, func(ctx context.Context) error {
			_, err := a.Store.DeleteRefreshTokens(ctx, time.Now())
			_, errAttempts := a.Store.DeleteAttempts(ctx, auth.AttemptsKept)
			_, errLinks := a.Store.DeleteExpiredLinks(ctx)
			return errors.Join(err, errAttempts, errLinks)
		})
	})
	background.Go(func() {
		worker.Run(work, a.Log, "requests", requestsInterval, func(ctx context.Context) error {
			_, err := a.Store.DeleteRequests(ctx, requestsKept)
			return err
		})
	})
	background.Go(func() { worker.Run(work, a.Log, "models", modelsInterval, a.watchModels) })
	background.Go(func() {
		worker.Run(work, a.Log, "audit log", auditLogInterval, func(ctx context.Context) error {
			_, err := a.Store.DeleteEvents(ctx, a.Config.AuditLogAge())
			return err
		})
	})
	background.Go(func() {
		worker.Run(work, a.Log, "spending", spendingInterval, func(ctx context.Context) error {
			_, err := a.Store.DeleteSpent(ctx)
			return err
		})
	})
	background.Go(func() {
		worker.Run(work, a.Log, "conversations", conversationsInterval, a.deleteConversations)
	})
	if limits, ok := a.Store.(store.Limits); ok {
		background.Go(func() {
			worker.Run(work, a.Log, "rate limits", limitsInterval, func(ctx context.Context) error {
				_, err := limits.DeleteFullBuckets(ctx)
				return err
			})
		})
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

// deleteConversations deletes those that are older than they may be, on one replica at a time.
func (a *App) deleteConversations(ctx context.Context) error {
	age := time.Duration(a.Config.ConversationDays) * 24 * time.Hour
	if age == 0 {
		return nil
	}
	_, err := a.Store.Lead(ctx, "conversations", func(ctx context.Context) error {
		for {
			n, err := a.Store.DeleteConversations(ctx, age, conversationsBatch)
			if err != nil || n < conversationsBatch {
				return err
			}
		}
	})
	return err
}

// audit looks whether the stores agree, as far as one run goes.
func (a *App) audit(ctx context.Context) error {
	found, err := a.Reconcile.AuditPart(ctx)
	if len(found.Orphans) > 0 {
		a.Log.Warn("collections of the vector index belong to no embedding space any more; `lectern "+
			"doctor --repair` drops them", "spaces", found.Orphans)
	}
	for _, s := range found.Spaces {
		a.Log.Warn("the stores contradict each other; `lectern doctor --repair` mends that",
			"space", s.ID(), "missing", len(s.Missing), "stray", len(s.Stray),
			"mismatched", len(s.Mismatched), "collection", s.Conflict)
	}
	return err
}
