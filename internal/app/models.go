package app

import (
	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/claude"
	"github.com/lectern-project/lectern/internal/llm/extractive"
	"github.com/lectern-project/lectern/internal/llm/gemini"
	"github.com/lectern-project/lectern/internal/llm/openai"
)

// openModels opens the configured models, as one that asks them in order. It calls nobody.
func (a *App) openModels(policy llm.Policy) error {
	var models []llm.Model
	var last llm.Model
	a.listers = nil
	for _, name := range a.Config.AnsweringModels() {
		if name == config.Extractive {
			last = answer.Quote(extractive.New())
			continue
		}
		m, err := openModel(a.Config, name)
		if err != nil {
			return err
		}
		a.listers = append(a.listers, m)
		models = append(models, answer.Teach(a.Usage.Measure(observeModel(m, a.Telemetry))))
	}
	a.Models = llm.NewChain(a.Log, policy, last, models...)
	return nil
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
