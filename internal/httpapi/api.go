// Package httpapi is the HTTP API: one table of routes, one file for each resource, one table of
// errors. The OpenAPI document is made from the same table and types. What the API promises to a
// client stands in that document; this package promises that the two agree.
package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/tracing"
	"github.com/lectern-project/lectern/internal/web"
)

// Deps is what the API serves. All of it must be given but for what says otherwise.
type Deps struct {
	Accounts  *auth.Service
	Access    auth.Access // who may read
	Documents Documents
	// Requests remembers the answers to requests that carry an Idempotency-Key.
	Requests store.Idempotency
	Ingest   Ingester
	Search   Searcher
	Answers  Answerer
	// Continue answers questions of conversations, which Conversations keeps.
	Continue      Continuer
	Conversations store.Conversations
	Feedback      store.Feedback
	Reembed       Reembedder
	// Backup writes an archive of the book as it is now; see backup.Write. Conflict while another
	// is being written.
	Backup  func(ctx context.Context, w io.Writer) error
	Limits  Limits
	Limiter Limiter  // may be nil without Limits
	Gates   Gates    // of what is bounded
	Proxies Proxies  // whose word on a client's address is taken
	Origins []string // other origins whose scripts may call the API; see ParseOrigins
	// Stopping is closed when the server has been told to stop: it is not ready any more, and every
	// response ends its connection. May be nil.
	Stopping <-chan struct{}
	// Waiting, if not nil, is the answer to everything but health, readiness and pages, of a server
	// that has not opened its database yet. Of the rest, Checks and Log alone must be given then.
	Waiting *book.Error
	// Checks are the parts that readiness depends on, by name; each returns nil when its part works.
	Checks map[string]func(context.Context) error
	Log    *slog.Logger
	// Tracing makes spans of requests; nil makes none.
	Tracing *tracing.Tracing
	// Telemetry counts requests; nil counts none.
	Telemetry *telemetry.Recorder
	// LogQuestions says that the log tells what was asked.
	LogQuestions bool
}

// Documents reads documents; see store.Documents.
type Documents interface {
	Document(ctx context.Context, docID string, view book.View) (book.Document, error)
	Text(ctx context.Context, docID string, view book.View) (book.Document, string, error)
	ListDocuments(ctx context.Context, q store.DocumentQuery) ([]book.Document, error)
	ListChunks(
		ctx context.Context, docID string, view book.View, afterIndex, limit int,
	) ([]book.Chunk, error)
}

// Ingester writes documents; see ingest.Service.
type Ingester interface {
	Ingest(ctx context.Context, r ingest.Request) (ingest.Result, error)
	Update(
		ctx context.Context, docID string, owner uuid.UUID, c store.DocumentChange,
	) (book.Document, error)
	Delete(ctx context.Context, docID string, owner uuid.UUID) error
}

// Searcher finds passages; see retrieve.Service.
type Searcher interface {
	Search(ctx context.Context, r retrieve.Request) (retrieve.Result, error)
}

// Answerer answers questions; see answer.Service.
type Answerer interface {
	Ask(ctx context.Context, r answer.Request, e answer.Events) (answer.Answer, error)
}

// Continuer answers the next question of a conversation; see conversation.Service.
type Continuer interface {
	Ask(
		ctx context.Context, id uuid.UUID, r answer.Request, e answer.Events,
	) (answer.Answer, error)
}

// server holds the handlers.
type server struct {
	Deps

	wasReady atomic.Bool // once at least
}

// New returns the handler of everything that is served: the API, its OpenAPI document and the
// pages. The caller's http.Server should bound the time to read a request's header
// (ReadHeaderTimeout); all other times are bounded here.
func New(deps Deps) (http.Handler, error) {
	mux := http.NewServeMux()
	s := &server{Deps: deps}
	if err := serveDocument(mux, s.register(mux)); err != nil {
		return nil, err
	}
	web.Register(mux)
	return &outer{
		next: allowOrigins(deps.Origins, mux), proxies: deps.Proxies, log: deps.Log,
		logQuestions: deps.LogQuestions, telemetry: deps.Telemetry, tracing: deps.Tracing,
		stopping: deps.Stopping,
	}, nil
}

// register adds the routes to mux and returns huma's view of them.
func (s *server) register(mux *http.ServeMux) huma.API {
	api := humago.New(mux, newConfig())
	for _, r := range s.routes() {
		op := r.operation()
		op.Middlewares = huma.Middlewares{s.guard(r)}
		if r.once {
			s.rememberAnswers(&op)
		}
		r.bind(api, op)
	}
	// The one body that huma does not see, because a stream carries it too.
	api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[answer.Answer](), true, "")
	return api
}
