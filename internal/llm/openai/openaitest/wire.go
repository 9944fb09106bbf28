// Package openaitest speaks OpenAI's Chat Completions API as a server, for tests.
// https://platform.openai.com/docs/api-reference/chat
package openaitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
)

// Wire is the wire format.
type Wire struct {
	// Older says that callers are of an older version, as Claude Code Router is: they name the bound
	// of an answer max_tokens, and do not ask for the usage.
	Older bool
}

var _ llmtest.Wire = Wire{}

type (
	object map[string]any
	list   []any
)

type request struct {
	Model         string `json:"model"`
	Stream        bool   `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	MaxCompletionTokens int       `json:"max_completion_tokens"`
	MaxTokens           int       `json:"max_tokens"` // of older callers
	Messages            []message `json:"messages"`
	Tools               []struct {
		Type     string `json:"type"`
		Function struct {
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Parameters  json.RawMessage `json:"parameters"`
		} `json:"function"`
	} `json:"tools"`
}

type message struct {
	Role       string     `json:"role"`
	Content    content    `json:"content"`
	ToolCallID string     `json:"tool_call_id"`
	ToolCalls  []toolCall `json:"tool_calls"`
}

// content is a text, or the texts of a list of parts.
type content string

// UnmarshalJSON implements [json.Unmarshaler].
func (c *content) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*c = content(text)
		return nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return fmt.Errorf("the content of a message: %w", err)
	}
	for _, p := range parts {
		if p.Type != "text" {
			return fmt.Errorf("there is no part of type %q", p.Type)
		}
		*c += content(p.Text)
	}
	return nil
}

type toolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// Decode implements [llmtest.Wire].
func (wire Wire) Decode(r *http.Request, body []byte) (llmtest.Call, error) {
	if r.Method != http.MethodPost || r.URL.Path != "/chat/completions" {
		return llmtest.Call{}, fmt.Errorf("%s %s is not there", r.Method, r.URL.Path)
	}
	var in request
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return llmtest.Call{}, fmt.Errorf("the body: %w", err)
	}
	if !in.Stream || in.StreamOptions.IncludeUsage == wire.Older || (in.MaxTokens > 0) != wire.Older {
		return llmtest.Call{}, errors.New("no stream with usage was asked for, or max_tokens was given")
	}
	call := llmtest.Call{
		Model: in.Model, MaxTokens: in.MaxCompletionTokens + in.MaxTokens,
		Key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
	}
	for _, tool := range in.Tools {
		call.Tools = append(call.Tools, llm.Tool{
			Name: tool.Function.Name, Description: tool.Function.Description,
			Parameters: tool.Function.Parameters,
		})
	}
	return call, decodeMessages(in.Messages, &call)
}

// decodeMessages checks that each tool call is answered by the messages that follow it.
func decodeMessages(messages []message, call *llmtest.Call) error {
	open := map[string]bool{}
	for _, m := range messages {
		if m.Role != "tool" && len(open) > 0 {
			return fmt.Errorf("%d tool calls have no result", len(open))
		}
		if m.Role == "system" {
			call.System = string(m.Content)
			continue
		}
		out := llm.Message{Role: llm.MessageRole(m.Role), Text: string(m.Content), ToolCallID: m.ToolCallID}
		for _, c := range m.ToolCalls {
			open[c.ID] = true
			out.ToolCalls = append(out.ToolCalls, llm.ToolCall{
				ID: c.ID, Name: c.Function.Name, Arguments: json.RawMessage(c.Function.Arguments),
			})
		}
		if m.Role == "tool" && !open[m.ToolCallID] {
			return fmt.Errorf("there is no tool call %q", m.ToolCallID)
		}
		delete(open, m.ToolCallID)
		call.Messages = append(call.Messages, out)
	}
	return nil
}

// Frames implements [llmtest.Wire]. The arguments of a tool call come in two pieces.
func (Wire) Frames(call llmtest.Call, s llmtest.Script) llmtest.Frames {
	model := s.Model
	if model == "" {
		model = call.Model
	}
	chunk := func(delta object, finish any) string {
		return llmtest.Event("", object{
			"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model,
			"usage":   nil,
			"choices": list{object{"index": 0, "delta": delta, "finish_reason": finish}},
		})
	}
	f := llmtest.Frames{Head: []string{": a comment\n\n", chunk(object{"role": "assistant"}, nil)}}
	for _, text := range s.Text {
		f.Text = append(f.Text, chunk(object{"content": text}, nil))
	}
	for i, c := range s.Calls {
		half := len(c.Arguments) / 2
		f.Tail = append(f.Tail, chunk(object{"tool_calls": list{object{
			"index": i, "id": c.ID, "type": "function",
			"function": object{"name": c.Name, "arguments": string(c.Arguments[:half])},
		}}}, nil), chunk(object{"tool_calls": list{object{
			"index": i, "function": object{"arguments": string(c.Arguments[half:])},
		}}}, nil))
	}
	usage := llmtest.Event("", object{
		"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model,
		"choices": list{}, "usage": object{
			"prompt_tokens": s.Usage.InputTokens, "completion_tokens": s.Usage.OutputTokens,
			"total_tokens": s.Usage.InputTokens + s.Usage.OutputTokens,
		},
	})
	f.Tail = append(f.Tail, chunk(object{}, finishReason(s)), usage, "data: [DONE]\n\n")
	return f
}

func finishReason(s llmtest.Script) string {
	switch {
	case s.Finish == llm.FinishBlocked:
		return "content_filter"
	case s.Finish == llm.FinishLength:
		return "length"
	case len(s.Calls) > 0:
		return "tool_calls"
	}
	return "stop"
}

// Refuse implements [llmtest.Wire].
func (Wire) Refuse(w http.ResponseWriter, s llmtest.Script) bool {
	refuse := func(status int, kind, code, message string) bool {
		llmtest.JSON(w, status, object{"error": object{
			"message": message, "type": kind, "param": nil, "code": code,
		}})
		return true
	}
	switch s.Fault {
	case llmtest.RateLimited:
		if s.Delay > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(s.Delay.Seconds())))
		}
		return refuse(http.StatusTooManyRequests, "requests", "rate_limit_exceeded", "Slow down.")
	case llmtest.Billing:
		return refuse(http.StatusTooManyRequests, "insufficient_quota", "insufficient_quota", "Pay.")
	case llmtest.BadKey:
		return refuse(http.StatusUnauthorized, "invalid_request_error", "invalid_api_key",
			"Incorrect API key provided: "+llmtest.Key)
	case llmtest.NoModel:
		return refuse(http.StatusNotFound, "invalid_request_error", "model_not_found", "No model.")
	case llmtest.Overloaded:
		return refuse(http.StatusServiceUnavailable, "server_error", "server_is_overloaded", "Busy.")
	case llmtest.BadRequest:
		return refuse(http.StatusBadRequest, "invalid_request_error", "context_length_exceeded", "Long.")
	case llmtest.PlainText:
		http.Error(w, "upstream connect error", http.StatusInternalServerError)
		return true
	}
	return false
}

// ErrorEvent implements [llmtest.Wire].
func (Wire) ErrorEvent() string {
	return llmtest.Event("", object{"error": object{
		"message": "The server had an error.", "type": "server_error", "code": nil,
	}})
}

// Models implements [llmtest.Wire].
func (Wire) Models() (path, body string) {
	return "/models", `{"object":"list","data":[
		{"id":"stub-1","object":"model","created":1,"owned_by":"stub"},
		{"id":"stub-0","object":"model","created":1,"owned_by":"stub","shutdown_date":"2027-01-15"}]}`
}
