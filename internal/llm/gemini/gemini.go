// Package gemini answers with Google's models over the native Gemini API.
// https://ai.google.dev/api/generate-content
package gemini

import (
	"context"
	"strings"

	"google.golang.org/genai"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/provider/geminiapi"
)

// Config says which model to ask. An empty BaseURL is Google's.
type Config struct {
	BaseURL string
	APIKey  string
	Model   string
}

// Model is one model of the Gemini API.
type Model struct {
	name   string
	model  string
	client *genai.Client
}

var _ llm.Lister = (*Model)(nil)

// New returns the model. It calls nobody. Invalid without a key.
func New(c Config) (*Model, error) {
	client, err := geminiapi.NewClient(c.BaseURL, c.APIKey)
	if err != nil {
		return nil, err
	}
	return &Model{name: "gemini/" + c.Model, model: c.Model, client: client}, nil
}

// Name implements [llm.Model].
func (m *Model) Name() string { return m.name }

// Generate implements [llm.Model]. It always streams. The finish marker is a candidate's
// finishReason; an answer without any candidate is blocked.
func (m *Model) Generate(
	ctx context.Context, r llm.Request, emit func(text string) error,
) (llm.Response, error) {
	if err := ctx.Err(); err != nil {
		return llm.Response{}, llm.Fail(m.name, llm.TransportFailure(ctx, err))
	}
	contents, config := m.request(r)
	a := answer{Reply: llm.NewReply(emit)}
	stream := m.client.Models.GenerateContentStream(ctx, m.model, contents, config)
	for chunk, err := range stream {
		if err != nil && !a.finished() {
			return a.Partial(), llm.Fail(m.name, failure(ctx, err))
		}
		if err != nil {
			break
		}
		if err := a.add(chunk); err != nil {
			return a.Partial(), err
		}
	}
	if ctx.Err() != nil && !a.finished() {
		return a.Partial(), llm.Fail(m.name, llm.TransportFailure(ctx, ctx.Err()))
	}
	if a.fault != nil {
		return a.Partial(), llm.Fail(m.name, llm.Failure{Class: llm.Malformed, Err: a.fault})
	}
	if !a.finished() {
		return a.Partial(), llm.Fail(m.name, llm.Failure{Class: llm.CutStream})
	}
	return a.Done(m.name)
}

// ListModels implements [llm.Lister].
func (m *Model) ListModels(ctx context.Context) ([]llm.Served, error) {
	var served []llm.Served
	for model, err := range m.client.Models.All(ctx) {
		if err != nil {
			return nil, llm.Fail(m.name, failure(ctx, err))
		}
		served = append(served, llm.Served{ID: strings.TrimPrefix(model.Name, "models/")})
	}
	return served, nil
}
