package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/provider"
	"github.com/lectern-project/lectern/internal/telemetry"
)

// recorded returns a recorder, and what tells whether a line is in its metrics.
func recorded(t *testing.T) (r *telemetry.Recorder, has func(line string)) {
	t.Helper()
	r = telemetry.New(telemetry.Build{})
	return r, func(line string) {
		t.Helper()
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		if text, _ := io.ReadAll(w.Body); !strings.Contains("\n"+string(text), "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

// failing fails for a reason, as an embedder and as a model.
type failing struct {
	embed.Embedder
	llm.Model

	err error
}

func (failing) Space() book.Space { return book.Space{Provider: "openai", Model: "e"} }

func (failing) Name() string { return "claude/c" }

func (f failing) EmbedQuery(context.Context, string) ([]float32, error) { return nil, f.err }

func (f failing) EmbedDocuments(context.Context, []embed.Text) ([][]float32, error) {
	return nil, f.err
}

func (f failing) Generate(context.Context, llm.Request, func(string) error) (llm.Response, error) {
	return llm.Response{}, f.err
}

func TestCallsOfEmbeddersAreRecorded(t *testing.T) {
	r, has := recorded(t)
	const count = `gen_ai_client_operation_duration_seconds_count{error_type="%",` +
		`gen_ai_operation_name="embeddings",gen_ai_provider_name="openai",gen_ai_request_model="e"} 1`
	_, _ = observeEmbedder(failing{}, r).EmbedQuery(t.Context(), "a")
	has(strings.Replace(count, "%", "", 1))
	limited := failing{err: llm.Fail("openai/e", provider.Failure{Class: provider.RateLimited})}
	_, _ = observeEmbedder(limited, r).EmbedDocuments(t.Context(), nil)
	has(strings.Replace(count, "%", "rate_limited", 1))
}

// TestWhoeverEndsACallSaysWhy: the chain ends a call of a silent model, which itself only sees that its
// context has ended.
func TestWhoeverEndsACallSaysWhy(t *testing.T) {
	r, has := recorded(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&llm.Failure{Class: llm.NoFirstToken})
	_, err := observeModel(failing{err: context.Canceled}, r).Generate(ctx, llm.Request{}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	has(`gen_ai_client_operation_duration_seconds_count{error_type="no_first_token",` +
		`gen_ai_operation_name="chat",gen_ai_provider_name="anthropic",gen_ai_request_model="c"} 1`)
}

func TestStatementNames(t *testing.T) {
	for sql, want := range map[string]string{
		"-- name: Resolve :many\nSELECT 1": "Resolve", "begin isolation level read committed": "begin",
		"commit": "commit", "rollback": "rollback", "SELECT 'hostile'": "other", "": "other",
	} {
		if got := statementName(sql); got != want {
			t.Errorf("%q is called %q, want %q", sql, got, want)
		}
	}
}

func TestFailureClasses(t *testing.T) {
	for want, err := range map[string]error{
		"": nil, "40": &pgconn.PgError{Code: "40001"}, "connection": io.EOF,
		"canceled": context.Canceled, "deadline": context.DeadlineExceeded,
	} {
		if got := failureClass(err); got != want {
			t.Errorf("%v is of class %q, want %q", err, got, want)
		}
	}
}
