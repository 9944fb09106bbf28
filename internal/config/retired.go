package config

import (
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// Retirement says when a provider stops to serve a model, and which it offers in its place.
type Retirement struct {
	Provider  string // Gemini or OpenAI
	Model     string // with its versions: names that begin with it and "-"
	Shutdown  time.Time
	Successor string
}

// retirements are those that the providers have announced:
// https://ai.google.dev/gemini-api/docs/deprecations
// https://developers.openai.com/api/docs/deprecations
var retirements = []Retirement{
	{Gemini, "gemini-1.5-flash", day(2025, time.September, 29), "gemini-3.8-flash"},
	{Gemini, "gemini-1.5-pro", day(2025, time.September, 29), "gemini-pro-latest"},
	{Gemini, "gemini-2.0-flash", day(2026, time.June, 1), "gemini-3.8-flash"},
	{Gemini, "gemini-2.5-flash", day(2026, time.December, 1), "gemini-3.8-flash"},
	{Gemini, "gemini-2.5-pro", day(2026, time.December, 1), "gemini-pro-latest"},
	{Gemini, "embedding-001", day(2025, time.October, 30), "gemini-embedding-2"},
	{Gemini, "gemini-embedding-exp", day(2025, time.October, 30), "gemini-embedding-2"},
	{Gemini, "text-embedding-004", day(2026, time.January, 14), "gemini-embedding-2"},

	{OpenAI, "gpt-3.5-turbo", day(2026, time.October, 23), "gpt-6-luna"},
	{OpenAI, "gpt-4", day(2026, time.October, 23), "gpt-6-luna"},
	{OpenAI, "gpt-4.1-nano", day(2026, time.October, 23), "gpt-6-luna"},
	{OpenAI, "gpt-5", day(2026, time.December, 11), "gpt-6-luna"},
	{OpenAI, "gpt-4o", day(2027, time.January, 14), "gpt-6-luna"},
	{OpenAI, "gpt-4.1", day(2027, time.January, 14), "gpt-6-luna"},
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func retirementOf(provider, model string) (Retirement, bool) {
	model = strings.TrimPrefix(model, "models/")
	for _, r := range retirements {
		if r.Provider == provider && (model == r.Model || strings.HasPrefix(model, r.Model+"-")) {
			return r, true
		}
	}
	return Retirement{}, false
}

// RetirementOf returns the announced retirement of a provider's model; false for none. Other servers
// than OpenAI's may use its names as they like.
func (c Config) RetirementOf(provider, model string) (Retirement, bool) {
	if provider == OpenAI && c.OpenAIBaseURL != "" {
		return Retirement{}, false
	}
	return retirementOf(provider, model)
}

// CheckServed returns an Invalid error for a model that its provider has ceased to serve.
func (c Config) CheckServed(provider, model string, now time.Time) error {
	r, known := c.RetirementOf(provider, model)
	if !known || now.Before(r.Shutdown) {
		return nil
	}
	return book.Errorf(book.Invalid, "%s has not served the model %s since %s; its successor is %s",
		companies[provider], model, r.Shutdown.Format(time.DateOnly), r.Successor)
}

var companies = map[string]string{Gemini: "Google", OpenAI: "OpenAI"}

// checkServed finds configured models that are gone.
func (c Config) checkServed(f *Faults, now time.Time) {
	for _, check := range []struct{ setting, provider, model string }{
		{"gemini-model", Gemini, c.Models.GeminiModel},
		{"gemini-strong-model", Gemini, c.Models.GeminiStrongModel},
		{"openai-model", OpenAI, c.Models.OpenAIModel},
		{"embedding-model", c.Embedder, c.EmbeddingModel},
	} {
		if err := c.CheckServed(check.provider, check.model, now); err != nil {
			f.Addf(check.setting, "the setting %s cannot be: %s", check.setting, book.MessageOf(err))
		}
	}
}
