package app

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/vector"
)

// Adapters know nothing of telemetry: what they do is observed from outside.

// observeIndex returns x as one whose calls are recorded.
func observeIndex(x vector.Index, t *telemetry.Recorder) vector.Index {
	if t == nil {
		return x
	}
	return observedIndex{x, t}
}

type observedIndex struct {
	vector.Index

	telemetry *telemetry.Recorder
}

func (x observedIndex) Ensure(ctx context.Context, space book.Space) (err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "ensure")
	defer end(&err)
	return x.Index.Ensure(ctx, space)
}

func (x observedIndex) Drop(ctx context.Context, spaceID string) (err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "drop")
	defer end(&err)
	return x.Index.Drop(ctx, spaceID)
}

func (x observedIndex) Collections(ctx context.Context) (_ []string, err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "collections")
	defer end(&err)
	return x.Index.Collections(ctx)
}

func (x observedIndex) Upsert(
	ctx context.Context, spaceID string, points []vector.Point,
) (err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "upsert")
	defer end(&err)
	return x.Index.Upsert(ctx, spaceID, points)
}

func (x observedIndex) Delete(ctx context.Context, spaceID string, ids []uuid.UUID) (err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "delete")
	defer end(&err)
	return x.Index.Delete(ctx, spaceID, ids)
}

func (x observedIndex) Search(
	ctx context.Context, spaceID string, q vector.Query,
) (_ vector.Hits, err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "search")
	defer end(&err)
	return x.Index.Search(ctx, spaceID, q)
}

func (x observedIndex) Fetch(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) (_ []vector.Point, err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "fetch")
	defer end(&err)
	return x.Index.Fetch(ctx, spaceID, ids)
}

func (x observedIndex) Scan(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) (_ []vector.Ref, err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "scan")
	defer end(&err)
	return x.Index.Scan(ctx, spaceID, after, limit)
}

func (x observedIndex) Count(ctx context.Context, spaceID string) (_ int, err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "count")
	defer end(&err)
	return x.Index.Count(ctx, spaceID)
}

func (x observedIndex) Ping(ctx context.Context) (err error) {
	ctx, end := x.telemetry.IndexCall(ctx, "ping")
	defer end(&err)
	return x.Index.Ping(ctx)
}

// PointAlias is that of an index that has one name; see reconcile.Reconciler.PointAlias.
func (x observedIndex) PointAlias(ctx context.Context, spaceID string) (err error) {
	index, ok := x.Index.(interface {
		PointAlias(ctx context.Context, spaceID string) error
	})
	if !ok {
		return nil
	}
	ctx, end := x.telemetry.IndexCall(ctx, "point_alias")
	defer end(&err)
	return index.PointAlias(ctx, spaceID)
}

// observing makes a PostgreSQL store record its statements.
func observing(t *telemetry.Recorder, handshake func(tls.ConnectionState)) []postgres.Option {
	if t == nil {
		return nil
	}
	return []postgres.Option{postgres.WithTracer(statements{t}), postgres.WithHandshake(handshake)}
}

// statements records statements of PostgreSQL.
type statements struct{ telemetry *telemetry.Recorder }

type statementKey struct{}

// TraceQueryStart implements pgx.QueryTracer.
func (s statements) TraceQueryStart(
	ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData,
) context.Context {
	ctx, end := s.telemetry.Statement(ctx, statementName(data.SQL))
	return context.WithValue(ctx, statementKey{}, end)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s statements) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if end, ok := ctx.Value(statementKey{}).(func(string)); ok {
		end(failureClass(data.Err))
	}
}

// statementName is the name that sqlc gives a statement, begin, commit or rollback, or other.
func statementName(sql string) string {
	if name, ok := strings.CutPrefix(sql, "-- name: "); ok {
		name, _, _ = strings.Cut(name, " ")
		return name
	}
	word, _, _ := strings.Cut(sql, " ")
	switch word {
	case "begin", "commit", "rollback":
		return word
	}
	return "other"
}

// failureClass is the class of the SQLSTATE that a statement failed with, or another word for why.
func failureClass(err error) string {
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok && len(failed.Code) == 5 {
		return failed.Code[:2]
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	}
	return "connection"
}

// observeModel returns m as one whose calls are recorded.
func observeModel(m llm.Model, t *telemetry.Recorder) llm.Model {
	if t == nil {
		return m
	}
	return observedModel{m, t}
}

type observedModel struct {
	llm.Model

	telemetry *telemetry.Recorder
}

// Generate implements [llm.Model].
func (m observedModel) Generate(
	ctx context.Context, r llm.Request, emit func(text string) error,
) (llm.Response, error) {
	ctx, call := m.telemetry.ModelCall(ctx, telemetry.Chat, m.Name())
	response, err := m.Model.Generate(ctx, r, func(text string) error {
		call.FirstText()
		if emit == nil {
			return nil
		}
		return emit(text)
	})
	class := ""
	switch {
	case err != nil:
		class = string(classOf(ctx, err))
	case response.Finish == llm.FinishBlocked:
		class = string(llm.Blocked)
	}
	call.End(response.Usage.InputTokens, response.Usage.OutputTokens, class)
	return response, err
}

// classOf is why a call failed: who ended it says so, where somebody did.
func classOf(ctx context.Context, err error) llm.Class {
	if f, ok := errors.AsType[*llm.Failure](context.Cause(ctx)); ok {
		return f.Class
	}
	return llm.FailureOf(err).Class
}

// observeEmbedder returns e as one whose calls are recorded.
func observeEmbedder(e embed.Embedder, t *telemetry.Recorder) embed.Embedder {
	if t == nil {
		return e
	}
	return observedEmbedder{e, t}
}

type observedEmbedder struct {
	embed.Embedder

	telemetry *telemetry.Recorder
}

func (e observedEmbedder) name() string { return e.Space().Provider + "/" + e.Space().Model }

// EmbedDocuments implements [embed.Embedder].
func (e observedEmbedder) EmbedDocuments(
	ctx context.Context, texts []embed.Text,
) ([][]float32, error) {
	ctx, call := e.telemetry.ModelCall(ctx, telemetry.Embeddings, e.name())
	vectors, err := e.Embedder.EmbedDocuments(ctx, texts)
	call.End(0, 0, embeddingClass(err))
	return vectors, err
}

// EmbedQuery implements [embed.Embedder].
func (e observedEmbedder) EmbedQuery(ctx context.Context, question string) ([]float32, error) {
	ctx, call := e.telemetry.ModelCall(ctx, telemetry.Embeddings, e.name())
	vector, err := e.Embedder.EmbedQuery(ctx, question)
	call.End(0, 0, embeddingClass(err))
	return vector, err
}

func embeddingClass(err error) string {
	if err == nil {
		return ""
	}
	return string(llm.FailureOf(err).Class)
}
