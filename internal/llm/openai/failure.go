package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/lectern-project/lectern/internal/llm"
)

// failure classifies what the client returned:
// https://platform.openai.com/docs/guides/error-codes
func failure(ctx context.Context, err error) llm.Failure {
	if ctx.Err() != nil {
		return llm.TransportFailure(ctx, err)
	}
	if e, ok := errors.AsType[*openai.Error](err); ok {
		class := classOf(e.StatusCode, e.Code, e.Type)
		return llm.Failure{
			Class: class, Delay: llm.RetryAfter(e.Response.Header),
			Err: llm.StatusError(class, e.StatusCode, e.Code, e.Message),
		}
	}
	if e, ok := errors.AsType[*ssestream.StreamError](err); ok {
		return streamFailure(e)
	}
	if malformed(err) {
		return llm.Failure{Class: llm.Malformed, Err: fmt.Errorf("%.200s", err.Error())}
	}
	return llm.TransportFailure(ctx, err)
}

// streamFailure is that of an event with an error in the middle of a stream.
func streamFailure(e *ssestream.StreamError) llm.Failure {
	var event struct {
		Error struct {
			Code    any    `json:"code"`
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(e.Event.Data, &event) // an error of another shape is one without a code
	code, _ := event.Error.Code.(string)
	status, _ := event.Error.Code.(float64)
	class := classOf(int(status), code, event.Error.Type)
	if class == llm.Malformed {
		class = llm.CutStream
	}
	return llm.Failure{
		Class: class, Err: llm.StatusError(class, int(status), code, event.Error.Message),
	}
}

func malformed(err error) bool {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	return syntax || kind
}

// classOf looks at the code and the type first: 429 says both "wait" and "pay".
func classOf(status int, code, kind string) llm.Class {
	for _, name := range []string{code, kind} {
		switch {
		case name == "insufficient_quota", name == "credit_balance_exhausted",
			name == "billing_hard_limit_reached",
			strings.HasSuffix(name, "_spend_limit_exceeded"),
			strings.HasSuffix(name, "_usage_limit_exceeded"):
			return llm.Billing
		case name == "rate_limit_exceeded", name == "slow_down":
			return llm.RateLimited
		case name == "server_is_overloaded", name == "server_error":
			return llm.Overloaded
		case name == "model_not_found":
			return llm.NoModel
		case name == "invalid_api_key":
			return llm.BadKey
		case name == "content_filter", name == "content_policy_violation":
			return llm.Blocked
		}
	}
	return llm.StatusClass(status)
}
