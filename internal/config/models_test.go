package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
)

const standard = "gemini,gemini-strong,openai,claude,extractive"

func TestAnsweringModels(t *testing.T) {
	order := Models{Order: standard}
	for _, test := range []struct {
		config Config
		want   string
	}{
		{Config{Models: order}, "extractive"},
		{Config{}, "extractive"},
		{Config{Models: order, GeminiAPIKey: "k"}.Embedded(), "extractive"},
		{Config{Models: order, GeminiAPIKey: "k"}, "gemini gemini-strong extractive"},
		{
			Config{Models: Models{Order: standard, ClaudeAPIKey: "k"}, OpenAIBaseURL: "u"},
			"openai claude extractive",
		},
		{
			Config{Models: Models{Order: " claude , openai", ClaudeBaseURL: "u"}, OpenAIAPIKey: "k"},
			"claude openai",
		},
	} {
		got := strings.Join(test.config.AnsweringModels(), " ")
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v: %s", test.config, diff)
		}
	}
}

func TestValidateModels(t *testing.T) {
	for _, test := range []struct {
		models Models
		names  string // what the error must name; empty for none
	}{
		{Models{Order: standard}, ""},
		{Models{}, ""},
		{Models{Order: "gemini,gpt"}, `"gpt"`},
		{Models{Order: "extractive,gemini"}, "last"},
		{Models{Order: "openai,openai"}, "twice"},
		{Models{GeminiModel: "gemini-1.5-flash"}, "gemini-3.8-flash"},
		{Models{GeminiModel: "models/gemini-1.5-pro"}, "gemini-pro-latest"},
		{Models{GeminiStrongModel: "gemini-1.5-pro"}, "gemini-pro-latest"},
		{Models{ClaudeAPIKey: "k"}, "LECTERN_CLAUDE_MODEL"},
		{Models{ClaudeBaseURL: "u", ClaudeAPIKey: "k"}, ""},
	} {
		err := test.models.Validate()
		if test.names == "" && err == nil {
			continue
		}
		if book.CodeOf(err) != book.Invalid || !strings.Contains(book.MessageOf(err), test.names) {
			t.Errorf("%+v: %v", test.models, err)
		}
	}
}
