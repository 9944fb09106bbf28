package config

import (
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// TestRetiredModels: a name is taken until the day its model goes, then refused with the next one's.
func TestRetiredModels(t *testing.T) {
	openai := func(model string) Config { return Config{Models: Models{OpenAIModel: model}} }
	other := openai("gpt-4o")
	other.OpenAIBaseURL = "http://127.0.0.1:1/v1"
	for _, test := range []struct {
		config Config
		day    time.Time
		names  string // what the error must name; empty for none
	}{
		{Config{Models: Models{GeminiModel: "gemini-1.5-flash"}}, day(2026, 11, 27), "gemini-3.8-flash"},
		{Config{Models: Models{GeminiModel: "models/gemini-1.5-pro"}}, day(2026, 11, 27), "gemini-pro-latest"},
		{Config{Models: Models{GeminiStrongModel: "gemini-1.5-pro-002"}}, day(2026, 11, 27), "gemini-strong-model"},
		{Config{Models: Models{GeminiModel: "gemini-2.0-flash-lite"}}, day(2026, 11, 27), "gemini-3.8-flash"},
		{Config{Models: Models{GeminiModel: "gemini-2.5-flash"}}, day(2026, 11, 30), ""},
		{Config{Models: Models{GeminiModel: "gemini-2.5-flash"}}, day(2026, 12, 1), "2026-12-01"},
		{Config{Models: Models{GeminiModel: "gemini-flash-latest"}}, day(2030, 1, 1), ""},
		{Config{Embedder: Gemini, EmbeddingModel: "text-embedding-004"}, day(2026, 11, 27), "embedding-model"},
		{Config{EmbeddingModel: "text-embedding-004"}, day(2026, 11, 27), ""},
		{openai("gpt-4o"), day(2027, 1, 13), ""},
		{openai("gpt-4o-2024-08-06"), day(2027, 1, 14), "gpt-6-luna"},
		{openai("gpt-5-mini"), day(2026, 12, 11), "openai-model"},
		{openai("gpt-5.6-luna"), day(2030, 1, 1), ""},
		{other, day(2030, 1, 1), ""},
	} {
		var faults Faults
		test.config.checkServed(&faults, test.day)
		err := faults.Err()
		if test.names == "" && err == nil {
			continue
		}
		if book.CodeOf(err) != book.Invalid || !strings.Contains(book.MessageOf(err), test.names) {
			t.Errorf("%+v on %v: %v", test.config.Models, test.day, err)
		}
	}
}

// TestSuccessors: none is itself to go.
func TestSuccessors(t *testing.T) {
	for _, r := range retirements {
		if _, retired := retirementOf(r.Provider, r.Successor); retired || r.Successor == "" {
			t.Errorf("the successor of %s is %q", r.Model, r.Successor)
		}
	}
}
