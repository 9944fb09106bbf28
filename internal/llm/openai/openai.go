// Package openai answers with models behind OpenAI's Chat Completions API: OpenAI itself and the
// servers that speak it, such as Ollama and vLLM.
// https://platform.openai.com/docs/api-reference/chat
package openai

import (
	"context"
	"encoding/json"

	"github.com/openai/openai-go/v3"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/provider/openaiapi"
)

// Config says which model to ask where. An empty BaseURL is OpenAI itself; some servers need no
// key.
type Config struct {
	BaseURL string
	APIKey  string
	Model   string
}

// Model is one model of a provider.
type Model struct {
	name   string
	model  string
	chat   openai.ChatCompletionService
	models openai.ModelService
}

var _ llm.Lister = (*Model)(nil)

// New returns the model. It calls nobody.
func New(c Config) *Model {
	options := openaiapi.Options(c.BaseURL, c.APIKey)
	return &Model{
		name: "openai/" + c.Model, model: c.Model,
		chat: openai.NewChatCompletionService(options...), models: openai.NewModelService(options...),
	}
}

// Name implements [llm.Model].
func (m *Model) Name() string { return m.name }

// Generate implements [llm.Model]. It always streams. The finish marker is a choice's
// finish_reason.
func (m *Model) Generate(
	ctx context.Context, r llm.Request, emit func(text string) error,
) (llm.Response, error) {
	if err := ctx.Err(); err != nil {
		return llm.Response{}, llm.Fail(m.name, llm.TransportFailure(ctx, err))
	}
	stream := m.chat.NewStreaming(ctx, m.params(r))
	defer stream.Close() //nolint:errcheck // it was only read
	a := answer{Reply: llm.NewReply(emit)}
	for !a.whole() && stream.Next() {
		chunk := stream.Current()
		if err := a.add(chunk); err != nil {
			return a.Partial(), err
		}
	}
	if err := stream.Err(); err != nil && a.Response.Finish == "" {
		f := failure(ctx, err)
		if f.Class == llm.Blocked {
			a.Response.Finish = llm.FinishBlocked
			return a.Partial(), nil
		}
		return a.Partial(), llm.Fail(m.name, f)
	}
	if a.Response.Finish == "" {
		return a.Partial(), llm.Fail(m.name, llm.Failure{Class: llm.CutStream})
	}
	return a.Done(m.name)
}

// ListModels implements [llm.Lister].
func (m *Model) ListModels(ctx context.Context) ([]llm.Served, error) {
	page, err := m.models.List(ctx)
	if err != nil {
		return nil, llm.Fail(m.name, failure(ctx, err))
	}
	served := make([]llm.Served, 0, len(page.Data))
	for _, model := range page.Data {
		var more struct {
			Shutdown llm.Date `json:"shutdown_date"`
		}
		_ = json.Unmarshal([]byte(model.RawJSON()), &more) // servers but OpenAI do not tell
		served = append(served, llm.Served{ID: model.ID, Shutdown: more.Shutdown.Time})
	}
	return served, nil
}
