package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
)

const standard = DefaultOrder

func TestDefaultOrder(t *testing.T) {
	field, _ := reflect.TypeFor[Models]().FieldByName("Order")
	if field.Tag.Get("default") != DefaultOrder {
		t.Errorf("the flag's default is %q", field.Tag.Get("default"))
	}
}

// TestAnswersByEmbeddingKey: a key that was given for embeddings lets its provider answer, unless the
// order of models is said.
func TestAnswersByEmbeddingKey(t *testing.T) {
	order := Models{Order: DefaultOrder}
	for _, test := range []struct {
		config Config
		want   string
	}{
		{Config{Models: order, Embedder: Gemini, GeminiAPIKey: "k"}, Gemini},
		{Config{Models: order, Embedder: OpenAI, OpenAIBaseURL: "u"}, OpenAI},
		{Config{Models: order, Embedder: OpenAI, EmbeddingBaseURL: "u", OpenAIAPIKey: "k"}, ""},
		{Config{Models: order, Embedder: OpenAI, EmbeddingAPIKey: "k"}, ""},
		{Config{Models: order, GeminiAPIKey: "k"}, ""},
		{Config{Models: Models{Order: "gemini"}, Embedder: Gemini, GeminiAPIKey: "k"}, ""},
		{Config{Models: Models{Order: "extractive"}, Embedder: Gemini, GeminiAPIKey: "k"}, ""},
	} {
		if got := test.config.AnswersByEmbeddingKey(); got != test.want {
			t.Errorf("%+v: %q, want %q", test.config, got, test.want)
		}
	}
}

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
		{Models{ClaudeAPIKey: "k"}, "LECTERN_CLAUDE_MODEL"},
		{Models{ClaudeBaseURL: "u", ClaudeAPIKey: "k"}, ""},
	} {
		var faults Faults
		test.models.check(&faults)
		err := faults.Err()
		if test.names == "" && err == nil {
			continue
		}
		if book.CodeOf(err) != book.Invalid || !strings.Contains(book.MessageOf(err), test.names) {
			t.Errorf("%+v: %v", test.models, err)
		}
	}
}
