package gemini

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/genai"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/provider"
	"github.com/lectern-project/lectern/internal/provider/geminiapi"
)

// failure classifies what the client returned.
func failure(ctx context.Context, err error) llm.Failure {
	if ctx.Err() != nil {
		return llm.TransportFailure(ctx, err)
	}
	if response, ok := errors.AsType[*provider.StatusError](err); ok {
		return geminiapi.Failure(response)
	}
	if e, ok := errors.AsType[genai.APIError](err); ok {
		return geminiapi.StreamFailure(e)
	}
	if bad := provider.BadJSON(err); bad != nil {
		return llm.Failure{Class: llm.Malformed, Err: bad}
	}
	if strings.Contains(err.Error(), invalidChunk) {
		return llm.Failure{Class: llm.Malformed, Err: errors.New(invalidChunk)}
	}
	return llm.TransportFailure(ctx, err)
}

// invalidChunk is in the client's error for a line that is no event; it has no type, and the line,
// which the model wrote, behind it.
const invalidChunk = "invalid stream chunk"
