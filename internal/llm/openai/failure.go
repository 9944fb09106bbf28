package openai

import (
	"context"
	"errors"

	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/provider"
	"github.com/lectern-project/lectern/internal/provider/openaiapi"
)

// failure classifies what the client returned.
func failure(ctx context.Context, err error) llm.Failure {
	if ctx.Err() != nil {
		return llm.TransportFailure(ctx, err)
	}
	if response, ok := errors.AsType[*provider.StatusError](err); ok {
		return openaiapi.Failure(response)
	}
	if e, ok := errors.AsType[*ssestream.StreamError](err); ok {
		return openaiapi.StreamFailure(e.Event.Data)
	}
	if bad := provider.BadJSON(err); bad != nil {
		return llm.Failure{Class: llm.Malformed, Err: bad}
	}
	return llm.TransportFailure(ctx, err)
}
