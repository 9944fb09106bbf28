// Package openaiapi says how OpenAI's API, and that of the servers that speak it, is called and what
// its errors mean. https://platform.openai.com/docs/guides/error-codes
package openaiapi

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/openai/openai-go/v3/option"

	"github.com/lectern-project/lectern/internal/provider"
)

// DefaultBaseURL is OpenAI itself.
const DefaultBaseURL = "https://api.openai.com/v1"

// Options are those of a service; an empty base URL is DefaultBaseURL, and some servers need no key.
// A service, other than a client, takes nothing from OPENAI_... variables.
func Options(baseURL, key string) []option.RequestOption {
	if baseURL == "" {
		baseURL = DefaultBaseURL
	}
	options := []option.RequestOption{
		option.WithBaseURL(baseURL), option.WithHTTPClient(provider.NewHTTPClient()),
		option.WithMaxRetries(0),
	}
	if key != "" {
		options = append(options, option.WithAPIKey(key))
	}
	return options
}

// report is what the servers say of an error: OpenAI, Ollama and newer vLLM put an object into
// "error", text-embeddings-inference a string, older vLLM has the message at the top.
type report struct {
	Error   json.RawMessage `json:"error"`
	Message string          `json:"message"`
}

type detail struct {
	Message string `json:"message"`
	Type    string `json:"type"`
	Code    any    `json:"code"` // a word, or the status as a number
}

// Failure is what a response other than success means.
func Failure(response *provider.StatusError) provider.Failure {
	f := detailOf(response.Body).failure(response.Status)
	f.Delay = provider.RetryAfter(response.Header)
	return f
}

// StreamFailure is what an event with an error in the middle of a stream means.
func StreamFailure(event []byte) provider.Failure {
	d := detailOf(event)
	status, _ := d.Code.(float64)
	f := d.failure(int(status))
	if f.Class == provider.Malformed { // the event has no code
		f.Class = provider.CutStream
	}
	return f
}

func detailOf(body []byte) detail {
	var r report
	var d detail
	switch {
	case json.Unmarshal(body, &r) != nil:
		d.Message = string(bytes.TrimSpace(body))
	case json.Unmarshal(r.Error, &d) == nil:
	case json.Unmarshal(r.Error, &d.Message) == nil:
	default:
		d.Message = r.Message
	}
	return d
}

func (d detail) failure(status int) provider.Failure {
	code, _ := d.Code.(string)
	class := classOf(status, code, d.Type)
	return provider.Failure{Class: class, Err: provider.Reported(class, status, code, d.Message)}
}

// classOf looks at the code and the type first: 429 says both "wait" and "pay".
func classOf(status int, code, kind string) provider.Class {
	for _, name := range []string{code, kind} {
		switch {
		case name == "insufficient_quota", name == "credit_balance_exhausted",
			name == "billing_hard_limit_reached",
			strings.HasSuffix(name, "_spend_limit_exceeded"),
			strings.HasSuffix(name, "_usage_limit_exceeded"):
			return provider.Billing
		case name == "rate_limit_exceeded", name == "slow_down":
			return provider.RateLimited
		case name == "server_is_overloaded", name == "server_error":
			return provider.Overloaded
		case name == "model_not_found":
			return provider.NoModel
		case name == "invalid_api_key":
			return provider.BadKey
		case name == "content_filter", name == "content_policy_violation":
			return provider.Blocked
		}
	}
	return provider.StatusClass(status)
}
