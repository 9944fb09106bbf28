// Package claudetest speaks Anthropic's Messages API as a server, for tests.
// https://docs.anthropic.com/en/api/messages
package claudetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
)

// Wire is the wire format.
type Wire struct{}

var _ llmtest.Wire = Wire{}

type (
	object map[string]any
	list   []any
)

type request struct {
	Model     string    `json:"model"`
	Stream    bool      `json:"stream"`
	MaxTokens int       `json:"max_tokens"`
	System    []block   `json:"system"`
	Messages  []message `json:"messages"`
	Tools     []struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		InputSchema json.RawMessage `json:"input_schema"`
	} `json:"tools"`
}

type message struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

type block struct {
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	ToolUseID string          `json:"tool_use_id"`
	Content   string          `json:"content"`
}

// Decode implements [llmtest.Wire].
func (Wire) Decode(r *http.Request, body []byte) (llmtest.Call, error) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/messages" {
		return llmtest.Call{}, fmt.Errorf("%s %s is not there", r.Method, r.URL.Path)
	}
	var in request
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return llmtest.Call{}, fmt.Errorf("the body: %w", err)
	}
	if !in.Stream || in.MaxTokens < 1 || r.Header.Get("Anthropic-Version") == "" {
		return llmtest.Call{}, errors.New("no stream, no max_tokens or no version")
	}
	call := llmtest.Call{
		Model: in.Model, MaxTokens: in.MaxTokens, Key: r.Header.Get("X-Api-Key"),
	}
	for _, b := range in.System {
		call.System += b.Text
	}
	for _, tool := range in.Tools {
		call.Tools = append(call.Tools, llm.Tool{
			Name: tool.Name, Description: tool.Description, Parameters: tool.InputSchema,
		})
	}
	return call, decodeMessages(in.Messages, &call)
}

// decodeMessages checks that each tool call has its result in the next message.
func decodeMessages(messages []message, call *llmtest.Call) error {
	open := map[string]bool{}
	for _, m := range messages {
		out := llm.Message{Role: llm.MessageRole(m.Role)}
		var results []llm.Message
		asked := map[string]bool{}
		for _, b := range m.Content {
			switch b.Type {
			case "text":
				out.Text += b.Text
			case "tool_use":
				asked[b.ID] = true
				out.ToolCalls = append(out.ToolCalls, llm.ToolCall{ID: b.ID, Name: b.Name, Arguments: b.Input})
			case "tool_result":
				if !open[b.ToolUseID] {
					return fmt.Errorf("there is no tool call %q", b.ToolUseID)
				}
				delete(open, b.ToolUseID)
				results = append(results, llm.Message{
					Role: llm.RoleTool, ToolCallID: b.ToolUseID, Text: b.Content,
				})
			default:
				return fmt.Errorf("there is no block of type %q", b.Type)
			}
		}
		if len(open) > 0 {
			return fmt.Errorf("%d tool calls have no result in the next message", len(open))
		}
		open = asked
		call.Messages = append(call.Messages, results...)
		if len(results) == 0 {
			call.Messages = append(call.Messages, out)
		}
	}
	return nil
}

// Frames implements [llmtest.Wire].
func (Wire) Frames(call llmtest.Call, s llmtest.Script) llmtest.Frames {
	model := s.Model
	if model == "" {
		model = call.Model
	}
	f := llmtest.Frames{Head: []string{
		event("message_start", object{"message": object{
			"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": list{},
			"stop_reason": nil, "stop_sequence": nil,
			"usage": object{"input_tokens": s.Usage.InputTokens, "output_tokens": 1},
		}}),
		event("ping", object{}),
		event("content_block_start", object{
			"index": 0, "content_block": object{"type": "text", "text": ""},
		}),
	}}
	for _, text := range s.Text {
		f.Text = append(f.Text, event("content_block_delta", object{
			"index": 0, "delta": object{"type": "text_delta", "text": text},
		}))
	}
	f.Tail = append(f.Tail, event("content_block_stop", object{"index": 0}))
	for i, c := range s.Calls {
		f.Tail = append(f.Tail, toolUse(i+1, c)...)
	}
	f.Tail = append(f.Tail, event("message_delta", object{
		"delta": object{"stop_reason": stopReason(s), "stop_sequence": nil},
		"usage": object{"output_tokens": s.Usage.OutputTokens},
	}), event("message_stop", object{}))
	return f
}

// toolUse is a tool call whose arguments come in two pieces.
func toolUse(index int, c llm.ToolCall) []string {
	half := len(c.Arguments) / 2
	piece := func(text []byte) string {
		return event("content_block_delta", object{
			"index": index, "delta": object{"type": "input_json_delta", "partial_json": string(text)},
		})
	}
	return []string{
		event("content_block_start", object{"index": index, "content_block": object{
			"type": "tool_use", "id": c.ID, "name": c.Name, "input": object{},
		}}),
		piece(c.Arguments[:half]), piece(c.Arguments[half:]),
		event("content_block_stop", object{"index": index}),
	}
}

func event(kind string, body object) string {
	body["type"] = kind
	return llmtest.Event(kind, body)
}

func stopReason(s llmtest.Script) string {
	switch {
	case s.Finish == llm.FinishBlocked:
		return "refusal"
	case s.Finish == llm.FinishLength:
		return "max_tokens"
	case len(s.Calls) > 0:
		return "tool_use"
	}
	return "end_turn"
}

// Refuse implements [llmtest.Wire].
func (Wire) Refuse(w http.ResponseWriter, s llmtest.Script) bool {
	refuse := func(status int, kind, message string) bool {
		llmtest.JSON(w, status, object{
			"type": "error", "error": object{"type": kind, "message": message}, "request_id": "req_1",
		})
		return true
	}
	switch s.Fault {
	case llmtest.RateLimited:
		if s.Delay > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(s.Delay.Seconds())))
		}
		return refuse(http.StatusTooManyRequests, "rate_limit_error", "Slow down.")
	case llmtest.Billing:
		return refuse(http.StatusTooManyRequests, "enforced_spend_limit_reached", "Pay.")
	case llmtest.BadKey:
		return refuse(http.StatusUnauthorized, "authentication_error", "invalid "+llmtest.Key)
	case llmtest.NoModel:
		return refuse(http.StatusNotFound, "not_found_error", "model: stub-1")
	case llmtest.Overloaded:
		return refuse(529, "overloaded_error", "Overloaded")
	case llmtest.BadRequest:
		return refuse(http.StatusBadRequest, "invalid_request_error", "prompt is too long")
	case llmtest.PlainText: // as Claude Code Router reports a provider that is down
		http.Error(w, "Error: fetch failed\n    at node:internal", http.StatusInternalServerError)
		return true
	}
	return false
}

// ErrorEvent implements [llmtest.Wire].
func (Wire) ErrorEvent() string {
	return event("error", object{"error": object{"type": "overloaded_error", "message": "Overloaded"}})
}

// Models implements [llmtest.Wire].
func (Wire) Models() (path, body string) {
	return "/v1/models", `{"data":[
		{"type":"model","id":"stub-1","display_name":"Stub 1","created_at":"2026-02-19T00:00:00Z"},
		{"type":"model","id":"stub-0","display_name":"Stub 0","created_at":"2025-02-19T00:00:00Z"}],
		"has_more":false,"first_id":"stub-1","last_id":"stub-0"}`
}
