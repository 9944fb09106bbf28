package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/claude"
	"github.com/lectern-project/lectern/internal/llm/extractive"
	"github.com/lectern-project/lectern/internal/llm/gemini"
	"github.com/lectern-project/lectern/internal/llm/openai"
)

// openModels returns the configured models as one that asks them in order. It calls nobody.
func openModels(c config.Config, log *slog.Logger) (*llm.Chain, error) {
	var models []llm.Model
	var last llm.Model
	for _, name := range c.AnsweringModels() {
		if name == config.Extractive {
			last = extractive.New()
			continue
		}
		m, err := openModel(c, name)
		if err != nil {
			return nil, err
		}
		models = append(models, answer.Teach(m))
	}
	return llm.NewChain(log, llm.DefaultPolicy(), last, models...), nil
}

func openModel(c config.Config, name string) (llm.Lister, error) {
	switch name {
	case config.OpenAI:
		return openai.New(openai.Config{
			BaseURL: c.OpenAIBaseURL, APIKey: c.OpenAIAPIKey, Model: c.Models.OpenAIModel,
		}), nil
	case config.Claude:
		return claude.New(claude.Config{
			BaseURL: c.Models.ClaudeBaseURL, APIKey: c.Models.ClaudeAPIKey, Model: c.Models.Claude(),
		}), nil
	}
	model := c.Models.GeminiModel
	if name == config.GeminiStrong {
		model = c.Models.GeminiStrongModel
	}
	return gemini.New(gemini.Config{BaseURL: c.GeminiBaseURL, APIKey: c.GeminiAPIKey, Model: model})
}

// CheckedModel is what a check found out about one configured model.
type CheckedModel struct {
	Name   string // provider and model
	Served []llm.Served
	// ListError is why the provider's list could not be read; Error is why the model did not answer a
	// short question. Nil when all is well.
	ListError error
	Error     error
	Answers   string // the model that answered
	Took      time.Duration
}

// Shutdown is when the provider says that the model goes away; zero when it does not say.
func (m CheckedModel) Shutdown() time.Time {
	_, id, _ := strings.Cut(m.Name, "/")
	for _, served := range m.Served {
		if served.ID == id {
			return served.Shutdown
		}
	}
	return time.Time{}
}

// checkTimeout bounds each call of a check.
const checkTimeout = 30 * time.Second

// CheckModels asks the provider of each configured model what it serves, and each model a short
// question.
func CheckModels(ctx context.Context, c config.Config) ([]CheckedModel, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var checked []CheckedModel
	for _, name := range c.AnsweringModels() {
		if name == config.Extractive {
			continue
		}
		m, err := openModel(c, name)
		if err != nil {
			return nil, err
		}
		checked = append(checked, checkModel(ctx, m))
	}
	return checked, ctx.Err()
}

func checkModel(ctx context.Context, m llm.Lister) CheckedModel {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	found := CheckedModel{Name: m.Name()}
	found.Served, found.ListError = m.ListModels(ctx)
	start := time.Now()
	response, err := m.Generate(ctx, llm.Request{
		Question: "Answer with the word yes.", MaxTokens: checkTokens,
	}, nil)
	found.Answers, found.Error, found.Took = response.Model, err, time.Since(start)
	return found
}

// checkTokens leaves room for a model that thinks before it answers.
const checkTokens = 256
