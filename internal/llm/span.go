package llm

import (
	"context"
	"encoding/json"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0" // the last with those of models

	"github.com/lectern-project/lectern/internal/tracing"
)

// startCall begins the span of one call of a model.
// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
func startCall(ctx context.Context, m Model, r Request) (context.Context, tracing.Span) {
	provider, model, found := strings.Cut(m.Name(), "/")
	if !found { // one of our own
		provider, model = "lectern", m.Name()
	}
	ctx, span := tracing.Start(ctx, "chat "+model, tracing.Client)
	if !span.Records() {
		return ctx, span
	}
	span.Set(semconv.GenAIOperationNameChat, providerNamed(provider),
		semconv.GenAIRequestModel(model), semconv.GenAIRequestMaxTokens(r.MaxTokens))
	if tracing.Texts(ctx) {
		span.Set(semconv.GenAISystemInstructionsKey.String(encoded([]part{textPart(r.System)})),
			semconv.GenAIInputMessagesKey.String(encoded(messagesOf(r))))
	}
	return ctx, span
}

// providerNamed is a provider as the conventions name it.
func providerNamed(name string) attribute.KeyValue {
	switch name {
	case "gemini":
		return semconv.GenAIProviderNameGCPGemini
	case "claude":
		return semconv.GenAIProviderNameAnthropic
	}
	return semconv.GenAIProviderNameKey.String(name)
}

// endCall ends the span of a call. A refusal of the provider is an answer.
func endCall(ctx context.Context, span tracing.Span, response Response, err error) {
	if !span.Records() {
		return
	}
	if err != nil {
		span.Fail(string(FailureOf(err).Class))
		span.End(nil)
		return
	}
	span.Set(semconv.GenAIResponseModel(response.Model),
		semconv.GenAIResponseFinishReasons(string(response.Finish)),
		semconv.GenAIUsageInputTokens(response.Usage.InputTokens),
		semconv.GenAIUsageOutputTokens(response.Usage.OutputTokens))
	if tracing.Texts(ctx) {
		said := messageOf(Message{
			Role: RoleAssistant, Text: response.Text, ToolCalls: response.ToolCalls,
		})
		said.Finish = string(response.Finish)
		span.Set(semconv.GenAIOutputMessagesKey.String(encoded([]message{said})))
	}
	span.End(nil)
}

// message and part are as the conventions' JSON schemas want them.
type (
	message struct {
		Role   string `json:"role"`
		Parts  []part `json:"parts"`
		Finish string `json:"finish_reason,omitempty"`
	}
	part struct {
		Type      string          `json:"type"`
		Content   string          `json:"content,omitempty"`
		ID        string          `json:"id,omitempty"`
		Name      string          `json:"name,omitempty"`
		Arguments json.RawMessage `json:"arguments,omitempty"`
		Response  string          `json:"response,omitempty"`
	}
)

func textPart(text string) part { return part{Type: "text", Content: text} }

func messagesOf(r Request) []message {
	var all []message
	for _, m := range r.Conversation() {
		all = append(all, messageOf(m))
	}
	return all
}

func messageOf(m Message) message {
	out := message{Role: string(m.Role), Parts: []part{}}
	switch {
	case m.Role == RoleTool:
		out.Parts = append(out.Parts, part{
			Type: "tool_call_response", ID: m.ToolCallID, Response: m.Text,
		})
	case m.Text != "":
		out.Parts = append(out.Parts, textPart(m.Text))
	}
	for _, call := range m.ToolCalls {
		out.Parts = append(out.Parts, part{
			Type: "tool_call", ID: call.ID, Name: call.Name, Arguments: call.Arguments,
		})
	}
	return out
}

func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // of a model that calls with what is no JSON
		return "[]"
	}
	return string(text)
}
