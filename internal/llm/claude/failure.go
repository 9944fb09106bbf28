package claude

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/anthropics/anthropic-sdk-go"

	"github.com/lectern-project/lectern/internal/llm"
)

// failure classifies what the client returned: https://docs.anthropic.com/en/api/errors
func failure(ctx context.Context, err error) llm.Failure {
	if ctx.Err() != nil {
		return llm.TransportFailure(ctx, err)
	}
	if e, ok := errors.AsType[*anthropic.Error](err); ok {
		return reported(e)
	}
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	if syntax || kind {
		return llm.Failure{Class: llm.Malformed, Err: fmt.Errorf("%.200s", err.Error())}
	}
	return llm.TransportFailure(ctx, err)
}

// reported is what the provider said, with a status or as an event in the middle of a stream.
func reported(e *anthropic.Error) llm.Failure {
	var body struct {
		Error struct {
			Type    string `json:"type"`
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal([]byte(e.RawJSON()), &body) // a router answers some errors as plain text
	class := classOf(e.StatusCode, body.Error.Type, body.Error.Code)
	return llm.Failure{
		Class: class, Delay: llm.RetryAfter(e.Response.Header),
		Err: llm.StatusError(class, e.StatusCode, body.Error.Type, body.Error.Message),
	}
}

func classOf(status int, kind, code string) llm.Class {
	if kind == spendLimit || code == spendLimit {
		return llm.Billing
	}
	switch anthropic.ErrorType(kind) {
	case anthropic.ErrorTypeOverloadedError, anthropic.ErrorTypeTimeoutError:
		return llm.Overloaded
	case anthropic.ErrorTypeRateLimitError:
		return llm.RateLimited
	case anthropic.ErrorTypeBillingError:
		return llm.Billing
	case anthropic.ErrorTypeAuthenticationError, anthropic.ErrorTypePermissionError:
		return llm.BadKey
	case anthropic.ErrorTypeNotFoundError:
		return llm.NoModel
	case anthropic.ErrorTypeInvalidRequestError:
		return llm.Refused
	}
	if status == http.StatusOK { // an event of a stream that had begun
		return llm.CutStream
	}
	return llm.StatusClass(status)
}

// spendLimit comes with status 429, but no waiting helps.
const spendLimit = "enforced_spend_limit_reached"
