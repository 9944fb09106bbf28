package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/provider"
)

// CheckedModel is what a check found out about one configured model.
type CheckedModel struct {
	Name   string // provider and model
	Served []llm.Served
	// ListError is why the provider's list could not be read; Error is why the model did not answer a
	// short question. Nil when all is well.
	ListError error
	Error     error
	Words     string // what the provider said about that
	Answers   string // the model that answered
	Took      time.Duration
	// Shutdown is when the model goes away, as its provider's list says or else its announcements; zero
	// when neither does.
	Shutdown time.Time
}

// shutdown returns when a model goes away and what is offered in its place; zeros when not known.
func shutdown(c config.Config, name string, served []llm.Served) (at time.Time, successor string) {
	provider, id, _ := strings.Cut(name, "/")
	announced, _ := c.RetirementOf(provider, id)
	if s, ok := find(id, served); ok && !s.Shutdown.IsZero() {
		return s.Shutdown, announced.Successor
	}
	return announced.Shutdown, announced.Successor
}

// find looks a model up in what a provider serves. Ollama adds the version that a bare name means.
func find(id string, served []llm.Served) (llm.Served, bool) {
	for _, s := range served {
		if s.ID == id || s.ID == id+":latest" {
			return s, true
		}
	}
	return llm.Served{}, false
}

// checkTimeout bounds each call of a check.
const checkTimeout = 30 * time.Second

// CheckModels asks the provider of each configured model what it serves, and each model a short
// question.
func CheckModels(ctx context.Context, c config.Config) ([]CheckedModel, error) {
	if err := c.Faults().Err(); err != nil {
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
		found := checkModel(ctx, m)
		found.Shutdown, _ = shutdown(c, found.Name, found.Served)
		checked = append(checked, found)
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
	if report, ok := errors.AsType[*provider.Report](err); ok {
		found.Words = report.Words
	}
	return found
}

// checkTokens leaves room for a model that thinks before it answers.
const checkTokens = 256

// nearShutdown is how long before its end a model is warned of.
const nearShutdown = 60 * 24 * time.Hour

// logModels says which models answer.
func (a *App) logModels(ctx context.Context) {
	a.Log.InfoContext(ctx, "models that answer, in order", "models", a.Models.Models(),
		"not_configured", a.Config.LeftOutModels())
	if name := a.Config.AnswersByEmbeddingKey(); name != "" {
		a.Log.InfoContext(ctx, "the provider of the embeddings answers as well, as it has the same "+
			"key; name the models that are to answer with LECTERN_MODELS", "provider", name)
	}
}

// watchModels warns of models that go away soon, and of those that their provider does not serve.
// A provider that does not tell is asked again the next day.
func (a *App) watchModels(ctx context.Context) error {
	for _, m := range a.listers {
		listing, cancel := context.WithTimeout(ctx, checkTimeout)
		served, err := m.ListModels(listing)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, id, _ := strings.Cut(m.Name(), "/")
		if _, ok := find(id, served); err == nil && !ok {
			a.Log.WarnContext(ctx, "the provider does not list this model as served; `lectern models "+
				"--all` shows what it serves", "model", m.Name())
		}
		if err != nil {
			a.Log.DebugContext(ctx, "a provider did not say what it serves", "model", m.Name(), "error", err)
		}
		a.warnOfShutdown(ctx, m.Name(), served)
	}
	active, err := a.Store.ActiveSpace(ctx)
	if err != nil {
		return err
	}
	a.warnOfShutdown(ctx, active.Provider+"/"+active.Model, nil)
	return nil
}

func (a *App) warnOfShutdown(
	ctx context.Context, model string, served []llm.Served,
) {
	at, successor := shutdown(a.Config, model, served)
	if at.IsZero() || time.Until(at) > nearShutdown {
		return
	}
	a.Log.WarnContext(ctx, "a model goes away soon; configure another", "model", model,
		"shutdown", at.Format(time.DateOnly), "successor", successor)
}
