package claude

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/anthropics/anthropic-sdk-go"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/provider"
)

// failure classifies what the client returned: https://docs.anthropic.com/en/api/errors
func failure(ctx context.Context, err error) llm.Failure {
	if ctx.Err() != nil {
		return llm.TransportFailure(ctx, err)
	}
	if response, ok := errors.AsType[*provider.StatusError](err); ok {
		f := reported(response.Status, response.Body)
		f.Delay = provider.RetryAfter(response.Header)
		return f
	}
	if e, ok := errors.AsType[*anthropic.Error](err); ok { // an event in the middle of a stream
		return reported(e.StatusCode, []byte(e.RawJSON()))
	}
	if bad := provider.BadJSON(err); bad != nil {
		return llm.Failure{Class: llm.Malformed, Err: bad}
	}
	return llm.TransportFailure(ctx, err)
}

// reported is what the provider said. A router answers some errors as plain text.
func reported(status int, report []byte) llm.Failure {
	var body struct {
		Error struct {
			Type    string `json:"type"`
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(report, &body) != nil {
		body.Error.Message = string(report)
	}
	class := classOf(status, body.Error.Type, body.Error.Code)
	return llm.Failure{
		Class: class, Err: provider.Reported(class, status, body.Error.Type, body.Error.Message),
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
	return provider.StatusClass(status)
}

// spendLimit comes with status 429, but no waiting helps.
const spendLimit = "enforced_spend_limit_reached"
