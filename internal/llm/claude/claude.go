// Package claude answers with models behind Anthropic's Messages API: Anthropic itself, or Claude
// Code Router, which speaks it and passes calls on to any provider.
// https://docs.anthropic.com/en/api/messages
package claude

import (
	"context"
	"encoding/json"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/provider"
)

// DefaultBaseURL is Anthropic itself.
const DefaultBaseURL = "https://api.anthropic.com"

// maxTokens bounds an answer where the request does not: the API wants a bound.
const maxTokens = 4096

// Config says which model to ask where. An empty BaseURL is DefaultBaseURL.
type Config struct {
	BaseURL string
	APIKey  string
	Model   string
}

// Model is one model of a provider.
type Model struct {
	name     string
	model    string
	messages anthropic.MessageService
	models   anthropic.ModelService
}

var _ llm.Lister = (*Model)(nil)

// New returns the model. It calls nobody.
func New(c Config) *Model {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	// The services are made without the client, which would take settings from ANTHROPIC_... variables.
	options := []option.RequestOption{
		option.WithBaseURL(c.BaseURL), option.WithHTTPClient(provider.NewHTTPClient()),
		option.WithMaxRetries(0),
	}
	if c.APIKey != "" {
		options = append(options, option.WithAPIKey(c.APIKey))
	}
	return &Model{
		name: "claude/" + c.Model, model: c.Model,
		messages: anthropic.NewMessageService(options...),
		models:   anthropic.NewModelService(options...),
	}
}

// Name implements [llm.Model].
func (m *Model) Name() string { return m.name }

// Generate implements [llm.Model]. It always streams. The finish marker is message_stop.
func (m *Model) Generate(
	ctx context.Context, r llm.Request, emit func(text string) error,
) (llm.Response, error) {
	if err := ctx.Err(); err != nil {
		return llm.Response{}, llm.Fail(m.name, llm.TransportFailure(ctx, err))
	}
	stream := m.messages.NewStreaming(ctx, m.params(r))
	defer stream.Close() //nolint:errcheck // it was only read
	a := answer{Reply: llm.NewReply(emit)}
	for !a.stopped && stream.Next() {
		event := stream.Current()
		if err := a.add(event); err != nil {
			return a.Partial(), err
		}
	}
	if err := stream.Err(); err != nil && !a.stopped {
		return a.Partial(), llm.Fail(m.name, failure(ctx, err))
	}
	if !a.stopped {
		return a.Partial(), llm.Fail(m.name, llm.Failure{Class: llm.CutStream})
	}
	return a.Done(m.name)
}

// ListModels implements [llm.Lister]. Claude Code Router has no such list and answers NoModel.
func (m *Model) ListModels(ctx context.Context) ([]llm.Served, error) {
	page, err := m.models.List(ctx, anthropic.ModelListParams{Limit: anthropic.Int(1000)})
	if err != nil {
		return nil, llm.Fail(m.name, failure(ctx, err))
	}
	served := make([]llm.Served, 0, len(page.Data))
	for _, model := range page.Data {
		served = append(served, llm.Served{ID: model.ID})
	}
	return served, nil
}

func (m *Model) params(r llm.Request) anthropic.MessageNewParams {
	params := anthropic.MessageNewParams{
		Model: m.model, MaxTokens: maxTokens, Messages: messages(r),
	}
	if r.MaxTokens > 0 {
		params.MaxTokens = int64(r.MaxTokens)
	}
	if r.System != "" {
		params.System = []anthropic.TextBlockParam{{Text: r.System}}
	}
	for _, tool := range r.Tools {
		var schema anthropic.ToolInputSchemaParam
		_ = json.Unmarshal(tool.Parameters, &schema) // tools are ours; one without has no parameters
		params.Tools = append(params.Tools, anthropic.ToolUnionParam{OfTool: &anthropic.ToolParam{
			Name: tool.Name, Description: anthropic.String(tool.Description), InputSchema: schema,
		}})
	}
	return params
}

// messages puts the results of one turn's tools into one message, as the API wants them.
func messages(r llm.Request) []anthropic.MessageParam {
	var out []anthropic.MessageParam
	results := false
	for _, message := range r.Conversation() {
		switch message.Role {
		case llm.RoleAssistant:
			out = append(out, assistant(message))
		case llm.RoleTool:
			block := toolResult(message)
			if results {
				last := &out[len(out)-1]
				last.Content = append(last.Content, block)
			} else {
				out = append(out, anthropic.NewUserMessage(block))
			}
		default:
			out = append(out, anthropic.NewUserMessage(anthropic.NewTextBlock(message.Text)))
		}
		results = message.Role == llm.RoleTool
	}
	return out
}

// toolResult has the text as it is: of a list of blocks, which the client would make, Claude Code
// Router gives its provider the JSON.
func toolResult(message llm.Message) anthropic.ContentBlockParamUnion {
	result := &anthropic.ToolResultBlockParam{ToolUseID: message.ToolCallID}
	result.SetExtraFields(map[string]any{"content": message.Text})
	return anthropic.ContentBlockParamUnion{OfToolResult: result}
}

func assistant(message llm.Message) anthropic.MessageParam {
	var blocks []anthropic.ContentBlockParamUnion
	if message.Text != "" {
		blocks = append(blocks, anthropic.NewTextBlock(message.Text))
	}
	for _, call := range message.ToolCalls {
		blocks = append(blocks, anthropic.NewToolUseBlock(call.ID, call.Arguments, call.Name))
	}
	return anthropic.NewAssistantMessage(blocks...)
}
