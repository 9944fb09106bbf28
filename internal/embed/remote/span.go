package remote

import (
	"context"
	"errors"

	semconv "go.opentelemetry.io/otel/semconv/v1.41.0" // the last with those of models

	"github.com/lectern-project/lectern/internal/provider"
	"github.com/lectern-project/lectern/internal/tracing"
)

// startCall begins the span of one request.
// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/#embeddings
func (e *Embedder) startCall(ctx context.Context) (context.Context, tracing.Span) {
	ctx, span := tracing.Start(ctx, "embeddings "+e.space.Model, tracing.Client)
	if !span.Records() {
		return ctx, span
	}
	name := semconv.GenAIProviderNameKey.String(e.space.Provider)
	if e.space.Provider == "gemini" {
		name = semconv.GenAIProviderNameGCPGemini
	}
	span.Set(semconv.GenAIOperationNameEmbeddings, name, semconv.GenAIRequestModel(e.space.Model),
		semconv.GenAIEmbeddingsDimensionCount(e.space.Dimensions))
	return ctx, span
}

func endCall(span tracing.Span, err error) {
	if f, ok := errors.AsType[*provider.Failure](err); ok {
		span.Fail(string(f.Class))
		err = nil
	}
	span.End(err)
}
