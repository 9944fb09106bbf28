// Package geminitest speaks the native Gemini API as a server, for tests.
// https://ai.google.dev/api/generate-content
package geminitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

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
	SystemInstruction content   `json:"systemInstruction"`
	Contents          []content `json:"contents"`
	GenerationConfig  struct {
		MaxOutputTokens int `json:"maxOutputTokens"`
		ThinkingConfig  struct {
			ThinkingLevel string `json:"thinkingLevel"`
		} `json:"thinkingConfig"`
	} `json:"generationConfig"`
	Tools []struct {
		FunctionDeclarations []struct {
			Name                 string          `json:"name"`
			Description          string          `json:"description"`
			ParametersJSONSchema json.RawMessage `json:"parametersJsonSchema"`
		} `json:"functionDeclarations"`
	} `json:"tools"`
}

type content struct {
	Role  string `json:"role"`
	Parts []part `json:"parts"`
}

type part struct {
	Text             string `json:"text"`
	ThoughtSignature []byte `json:"thoughtSignature"`
	FunctionCall     *struct {
		ID   string          `json:"id"`
		Name string          `json:"name"`
		Args json.RawMessage `json:"args"`
	} `json:"functionCall"`
	FunctionResponse *struct {
		ID       string            `json:"id"`
		Name     string            `json:"name"`
		Response map[string]string `json:"response"`
	} `json:"functionResponse"`
}

const (
	pathStart = "/v1beta/models/"
	pathEnd   = ":streamGenerateContent"
)

// signature is what the stub puts on its calls and wants back.
var signature = []byte("signed by the stub")

// Decode implements [llmtest.Wire].
func (Wire) Decode(r *http.Request, body []byte) (llmtest.Call, error) {
	model, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, pathStart), pathEnd)
	if r.Method != http.MethodPost || !ok || r.URL.Query().Get("alt") != "sse" ||
		r.URL.Query().Has("key") {
		return llmtest.Call{}, fmt.Errorf("%s %s is not there", r.Method, r.URL)
	}
	var in request
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return llmtest.Call{}, fmt.Errorf("the body: %w", err)
	}
	call := llmtest.Call{
		Model: model, MaxTokens: in.GenerationConfig.MaxOutputTokens,
		Key: r.Header.Get("X-Goog-Api-Key"),
	}
	for _, p := range in.SystemInstruction.Parts {
		call.System += p.Text
	}
	for _, tool := range in.Tools {
		for _, f := range tool.FunctionDeclarations {
			call.Tools = append(call.Tools, llm.Tool{
				Name: f.Name, Description: f.Description, Parameters: f.ParametersJSONSchema,
			})
		}
	}
	return call, decodeContents(in.Contents, &call)
}

// decodeContents checks that calls are signed, and that each has its result in the next content.
func decodeContents(contents []content, call *llmtest.Call) error {
	open := map[string]string{} // the name of each call without a result
	for _, c := range contents {
		out := llm.Message{Role: llm.RoleUser}
		if c.Role == "model" {
			out.Role = llm.RoleAssistant
		}
		var results []llm.Message
		asked := map[string]string{}
		for _, p := range c.Parts {
			out.Text += p.Text
			if f := p.FunctionCall; f != nil {
				if len(asked) == 0 && len(p.ThoughtSignature) == 0 {
					return fmt.Errorf("the call of %s has no thought signature", f.Name)
				}
				asked[f.ID] = f.Name
				called := llm.ToolCall{ID: f.ID, Name: f.Name, Arguments: f.Args}
				called.Signature = p.ThoughtSignature
				out.ToolCalls = append(out.ToolCalls, called)
			}
			if f := p.FunctionResponse; f != nil {
				if open[f.ID] != f.Name || f.Name == "" {
					return fmt.Errorf("there is no call %q of %q", f.ID, f.Name)
				}
				delete(open, f.ID)
				results = append(results, llm.Message{
					Role: llm.RoleTool, ToolCallID: f.ID, Text: f.Response["result"],
				})
			}
		}
		if len(open) > 0 {
			return fmt.Errorf("%d calls have no result in the next content", len(open))
		}
		open = asked
		call.Messages = append(call.Messages, results...)
		if len(results) == 0 {
			call.Messages = append(call.Messages, out)
		}
	}
	return nil
}

// Frames implements [llmtest.Wire]. A thought comes before the answer, and is no part of it.
func (Wire) Frames(call llmtest.Call, s llmtest.Script) llmtest.Frames {
	model := s.Model
	if model == "" {
		model = call.Model
	}
	if s.Finish == llm.FinishBlocked && len(s.Text) == 0 {
		return llmtest.Frames{Tail: []string{llmtest.Event("", object{
			"promptFeedback": object{"blockReason": "PROHIBITED_CONTENT"}, "modelVersion": model,
		})}}
	}
	chunk := func(finish string, parts ...any) string {
		candidate := object{"index": 0, "content": object{"role": "model", "parts": parts}}
		if finish != "" {
			candidate["finishReason"] = finish
		}
		return llmtest.Event("", object{
			"candidates": list{candidate}, "modelVersion": model, "responseId": "r1",
			"usageMetadata": object{
				"promptTokenCount": s.Usage.InputTokens, "candidatesTokenCount": s.Usage.OutputTokens,
			},
		})
	}
	f := llmtest.Frames{Head: []string{chunk("", object{"text": "Let me think.", "thought": true})}}
	for _, text := range s.Text {
		f.Text = append(f.Text, chunk("", object{"text": text}))
	}
	var calls list
	for i, c := range s.Calls {
		p := object{"functionCall": object{"id": c.ID, "name": c.Name, "args": arguments(c)}}
		if i == 0 {
			p["thoughtSignature"] = signature
		}
		calls = append(calls, p)
	}
	if len(calls) > 0 {
		f.Tail = append(f.Tail, chunk("", calls...))
	}
	finish := finishReason(s)
	if slices.ContainsFunc(s.Calls, broken) {
		finish = "MALFORMED_FUNCTION_CALL"
	}
	f.Tail = append(f.Tail, chunk(finish, object{"text": ""}))
	return f
}

func arguments(c llm.ToolCall) any {
	if len(c.Arguments) == 0 || broken(c) {
		return nil // as the API writes a call without arguments
	}
	return c.Arguments
}

// broken reports whether a call's arguments cannot be written: the API then has its own reason.
func broken(c llm.ToolCall) bool { return len(c.Arguments) > 0 && !json.Valid(c.Arguments) }

func finishReason(s llmtest.Script) string {
	switch s.Finish {
	case llm.FinishBlocked:
		return "SAFETY"
	case llm.FinishLength:
		return "MAX_TOKENS"
	}
	return "STOP"
}

// Refuse implements [llmtest.Wire].
func (Wire) Refuse(w http.ResponseWriter, s llmtest.Script) bool {
	refuse := func(code int, status, message string, details ...any) bool {
		llmtest.JSON(w, code, object{"error": object{
			"code": code, "message": message, "status": status, "details": details,
		}})
		return true
	}
	quota := func(id string) object {
		return object{
			"@type":      "type.googleapis.com/google.rpc.QuotaFailure",
			"violations": list{object{"quotaMetric": "m", "quotaId": id}},
		}
	}
	retry := func(delay string) object {
		return object{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
	}
	switch s.Fault {
	case llmtest.RateLimited:
		details := list{quota("GenerateRequestsPerMinutePerProjectPerModel")}
		if s.Delay > 0 {
			details = append(details, retry(fmt.Sprintf("%.1fs", s.Delay.Seconds()+0.1)))
		}
		return refuse(http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", "Quota.", details...)
	case llmtest.DailyQuota:
		return refuse(http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", "Quota.", retry("1.5s"),
			quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"))
	case llmtest.Billing:
		return refuse(http.StatusPaymentRequired, "FAILED_PRECONDITION", "Pay.")
	case llmtest.BadKey:
		return refuse(http.StatusBadRequest, "INVALID_ARGUMENT", "API key not valid: "+llmtest.Key,
			object{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"})
	case llmtest.NoModel:
		return refuse(http.StatusNotFound, "NOT_FOUND", "models/stub-1 is not found")
	case llmtest.Overloaded:
		return refuse(http.StatusServiceUnavailable, "UNAVAILABLE", "The model is overloaded.")
	case llmtest.BadRequest:
		return refuse(http.StatusBadRequest, "INVALID_ARGUMENT", "Too long.")
	case llmtest.PlainText:
		http.Error(w, "upstream connect error", http.StatusInternalServerError)
		return true
	}
	return false
}

// ErrorEvent implements [llmtest.Wire].
func (Wire) ErrorEvent() string {
	return llmtest.Event("", object{"error": object{
		"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE",
	}})
}

// Models implements [llmtest.Wire].
func (Wire) Models() (path, body string) {
	return "/v1beta/models", `{"models":[
		{"name":"models/stub-1","displayName":"Stub 1","version":"1"},
		{"name":"models/stub-0","displayName":"Stub 0","version":"0"}]}`
}
