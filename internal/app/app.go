// Package app puts the program together: the only place where implementations are chosen.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/conversation"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/httpapi"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/limit"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/tracing"
	"github.com/lectern-project/lectern/internal/usage"
	"github.com/lectern-project/lectern/internal/vector"
)

// App is a running program: its stores, and the services over them.
type App struct {
	Config    config.Config
	Log       *slog.Logger
	Store     store.Store
	Index     vector.Index
	Auth      *auth.Service
	Ingest    *ingest.Service
	Retrieve  *retrieve.Service
	Answer    *answer.Service
	Models    *llm.Chain
	Usage     *usage.Meter
	Reconcile *reconcile.Reconciler
	// AuditInterval is how often Serve looks whether the stores agree.
	AuditInterval time.Duration
	// Telemetry measures what happens; nil where nobody looks.
	Telemetry *telemetry.Recorder
	// Local is the built-in account that the command line acts as.
	Local book.Principal

	tracing   *tracing.Tracing // nil for none
	dir       *dataDir         // nil when nothing is in a data directory
	backingUp sync.Mutex       // held by the one backup that may be under way
	listers   []llm.Lister     // the models behind Models that are a provider's
	embedders embed.Set
	limiter   httpapi.Limiter
	questions *embed.Cache
	// target is the embedding space that the configuration names.
	target      book.Space
	reembedding reembedding
	// catchingUp is true until the folder that Serve follows was ingested once.
	catchingUp atomic.Bool
	// ensured is the id of the space whose collection was seen last, when it was the active one.
	ensured atomic.Value
	// Of a server, and nil in other commands: refuse ends it for what is wrong with a store, and
	// stopping is closed when it begins to drain.
	refuse   func(error)
	stopping <-chan struct{}
	hold     indexHold
	// pools describes the connections to the relational store.
	pools        func() []store.Pool
	certificates certificates
	published    bool // sources of metrics, which ask the stores
	// often and seldom are for how long figures are good that a store is asked for.
	often, seldom time.Duration
	// inStep says how the folder that Serve follows was last ingested; nil without one.
	inStep atomic.Pointer[folderState]
}

// Option is what a program may have beside its configuration.
type Option func(*App)

// WithTelemetry has r measure what the program does. One Recorder is of one program.
func WithTelemetry(r *telemetry.Recorder) Option { return func(a *App) { a.Telemetry = r } }

// Open opens the stores. Where one of them is in the data directory, the directory is this process's
// alone, a new one is filled first, and holder says what uses it, for others that want to. Close
// must be called at the end. A book whose embedding space has no embedder, or a collection that is
// not its own, is refused.
func Open(
	ctx context.Context, c config.Config, log *slog.Logger, holder string, options ...Option,
) (*App, error) {
	a, err := OpenToMend(ctx, c, log, holder, options...)
	if err != nil {
		return nil, err
	}
	if err := a.checkSpace(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// OpenToMend is Open for those who mend a book that Open refuses.
func OpenToMend(
	ctx context.Context, c config.Config, log *slog.Logger, holder string, options ...Option,
) (_ *App, err error) {
	if err := Faults(c).Err(); err != nil {
		return nil, err
	}
	a := &App{Config: c, Log: log, AuditInterval: time.Hour, often: askOften, seldom: askSeldom}
	for _, option := range options {
		option(a)
	}
	a.reembedding.status = httpapi.Reembedding{State: httpapi.ReembedIdle, Dropped: []string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.tracing, err = openTracing(ctx, log); err != nil {
		return nil, err
	}
	if c.NeedsDataDir() {
		if a.dir, err = openDataDir(ctx, c.DataDir, holder, lockWait); err != nil {
			return nil, err
		}
	}
	if a.Store, err = openStore(ctx, c, a.Telemetry, &a.certificates); err != nil {
		return nil, err
	}
	a.pools = poolsOf(a.Store)
	a.Store = a.traceStore(a.Store)
	if err = a.holdIndex(ctx); err != nil {
		return nil, err
	}
	identity, err := a.Store.Identity(ctx)
	if err != nil {
		return nil, err
	}
	if a.Index, err = openIndex(c, identity, a.Telemetry, &a.certificates); err != nil {
		return nil, err
	}
	a.Index = a.traceIndex(a.Index)
	var chosen book.Space
	if chosen, err = a.openEmbedders(c); err != nil {
		return nil, err
	}
	if err = a.openSpace(ctx, chosen); err != nil {
		return nil, err
	}
	if a.Usage, err = a.openUsage(); err != nil {
		return nil, err
	}
	if err = a.openModels(llm.DefaultPolicy()); err != nil {
		return nil, err
	}
	a.limiter = openLimiter(a.Store)
	a.wire()
	if a.Auth, a.Local, err = openAuth(ctx, a.Store, c, log, a.Telemetry); err != nil {
		return nil, err
	}
	// A process that was killed may have left points that nothing refers to. They can wait, when
	// they must: on a full disk the book is still to be read.
	brief, cancel := a.whileStarting(ctx)
	defer cancel()
	if _, err := a.Reconcile.Drain(brief); err != nil {
		log.WarnContext(ctx, "what an earlier run left is not settled yet", "error", err)
	}
	return a, nil
}

// startPatience is how long a start waits for a Qdrant server with each of two things: with what an
// earlier run left, and with the collection of the active space. A server does both later, too.
const startPatience = 5 * time.Second

// whileStarting bounds what a start does with a server that may hang.
func (a *App) whileStarting(ctx context.Context) (context.Context, context.CancelFunc) {
	if a.Config.QdrantURL == "" {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, startPatience)
}

func (a *App) wire() {
	a.Ingest = ingest.New(a.Store, a.Index, a.embedders)
	a.Retrieve = retrieve.New(a.Store, a.Index, a.embedders)
	a.Answer = answer.New(a.Retrieve, a.Models, a.Config.OffLimits)
	a.Ingest.Telemetry, a.Retrieve.Telemetry = a.Telemetry, a.Telemetry
	a.Answer.Telemetry = a.Telemetry
	a.Reconcile = reconcile.New(a.Store, a.Index, a.Ingest)
	a.Telemetry.Publish(a.sources()...)
	a.published = true
}

// handler serves everything that Lectern serves, and logs to log.
func (a *App) handler(log *slog.Logger) (http.Handler, error) {
	proxies, err := httpapi.NewProxies(a.Config.TrustedProxies, a.Config.ForwardedHeader == "forwarded")
	if err != nil {
		return nil, err
	}
	origins, err := httpapi.ParseOrigins(a.Config.CORSOrigins)
	if err != nil {
		return nil, err
	}
	answers := a.Usage.Answers(a.Answer)
	return httpapi.New(httpapi.Deps{
		Proxies: proxies, Origins: origins, Limits: limitsOf(a.Config), Limiter: a.limiter,
		Accounts: a.Auth, Access: auth.Access(a.Config.Access), Documents: a.Store, Requests: a.Store,
		Ingest: a.Ingest, Search: a.Retrieve, Answers: answers, Backup: a.backUp, Reembed: a,
		Conversations: a.Store, Feedback: a.Store,
		Continue: conversation.New(a.Store, answers, a.Log),
		Log:      log, LogQuestions: a.Config.LogQuestions, Telemetry: a.Telemetry, Tracing: a.tracing,
		Stopping: a.stopping, Gates: gates(a.Config, a.Telemetry),
		Checks: map[string]func(context.Context) error{
			"database": a.Store.Ping, "vectors": a.checkIndex, "docs": a.checkFolder,
		},
	})
}

// limitsOf are the limits that the configuration names.
func limitsOf(c config.Config) httpapi.Limits {
	return httpapi.Limits{
		Requests: c.RateLimit, Writes: 10 * c.RateLimit, Answers: c.AnswerRateLimit,
		SignIns: c.SignInRateLimit,
	}
}

// openLimiter returns token buckets that every process over the relational store shares.
func openLimiter(s store.Store) httpapi.Limiter {
	if shared, ok := s.(store.Limits); ok {
		return limit.NewShared(shared)
	}
	return limit.NewLocal()
}

// checkIndex looks for the server and for the collection of the active space, and that it is this
// book's. Which that is, a database that is down cannot say; that is its own fault and not the index's.
func (a *App) checkIndex(ctx context.Context) error {
	if err := a.Index.Ping(ctx); err != nil {
		return err
	}
	if a.ensured.Load() == nil {
		return book.Errorf(book.Unavailable, "the index has not been looked at yet")
	}
	space, err := a.Store.ActiveSpace(ctx)
	if err != nil {
		return nil //nolint:nilerr // as said above
	}
	_, err = a.Index.Count(ctx, space.ID())
	return err
}

// checkFolder makes a server ready only when it has seen its folder once.
func (a *App) checkFolder(context.Context) error {
	if a.catchingUp.Load() {
		return book.Errorf(book.Unavailable, "the folder of --docs is being ingested")
	}
	return nil
}

// OpenAPI returns the OpenAPI document of the HTTP API as YAML.
func OpenAPI() ([]byte, error) { return httpapi.OpenAPI() }

// Close releases everything. It may be called after a failed or repeated Close.
func (a *App) Close() error {
	if a.published { // scrapes must not ask stores that are closed
		a.Telemetry.Publish()
		a.published = false
	}
	a.reembedding.close()
	a.hold.release()
	if a.Auth != nil {
		a.Auth.Close()
	}
	var errs []error
	if a.Index != nil {
		errs = append(errs, a.Index.Close())
	}
	if a.Store != nil {
		errs = append(errs, a.Store.Close())
	}
	if a.dir != nil {
		errs = append(errs, a.dir.close())
	}
	errs = append(errs, a.tracing.Close())
	a.Index, a.Store, a.dir, a.tracing = nil, nil, nil, nil
	return errors.Join(errs...)
}
