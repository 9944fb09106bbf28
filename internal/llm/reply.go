package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// Reply collects a provider's stream into a Response and passes its text on.
type Reply struct {
	Response Response

	text strings.Builder
	emit func(string) error
}

// NewReply returns an empty reply; emit may be nil.
func NewReply(emit func(string) error) *Reply { return &Reply{emit: emit} }

// Write adds a piece of text. It returns the error of emit.
func (r *Reply) Write(text string) error {
	if text == "" {
		return nil
	}
	r.text.WriteString(text)
	if r.emit == nil {
		return nil
	}
	return r.emit(text)
}

// Partial is what came so far.
func (r *Reply) Partial() Response {
	r.Response.Text = r.text.String()
	return r.Response
}

// Done judges a reply of the named model that ended with the provider's finish marker.
func (r *Reply) Done(model string) (Response, error) {
	got := r.Partial()
	if got.Finish == FinishBlocked {
		got.ToolCalls = nil
		return got, nil
	}
	for i, call := range got.ToolCalls {
		arguments, err := object(call.Arguments)
		if err != nil {
			return got, Fail(model, Failure{Class: Malformed, Err: err})
		}
		got.ToolCalls[i].Arguments = arguments
	}
	switch {
	case len(got.ToolCalls) > 0 && got.Finish == FinishStop:
		got.Finish = FinishToolCalls
	case got.Text != "" || len(got.ToolCalls) > 0:
	case got.Finish == FinishLength:
		return got, Fail(model, Failure{Class: Truncated})
	default:
		return got, Fail(model, Failure{Class: Malformed, Err: errors.New("the answer is empty")})
	}
	return got, nil
}

// object returns the arguments of a tool call, {} for none.
func object(arguments json.RawMessage) (json.RawMessage, error) {
	trimmed := bytes.TrimSpace(arguments)
	if len(trimmed) == 0 || bytes.Equal(trimmed, []byte("null")) {
		return json.RawMessage("{}"), nil
	}
	if trimmed[0] != '{' || !json.Valid(trimmed) {
		// What they are may be the reader's question, which is no affair of the log.
		return nil, errors.New("the arguments of a tool call are no JSON object")
	}
	return trimmed, nil
}
