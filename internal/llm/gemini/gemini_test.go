package gemini

import (
	"strings"
	"testing"

	"google.golang.org/genai"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/gemini/geminitest"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
)

func open(t testing.TB, url, key, model string) *Model {
	t.Helper()
	m, err := New(Config{BaseURL: url, APIKey: key, Model: model})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestContract(t *testing.T) {
	llmtest.RunProvider(t, llmtest.Provider{
		Wire: geminitest.Wire{},
		Open: func(t testing.TB, url, key, model string) llm.Lister { return open(t, url, key, model) },
	})
}

// TestCallsOfAnotherModel: a conversation that another provider began is taken over, although its
// tool calls have no signature.
func TestCallsOfAnotherModel(t *testing.T) {
	stub := llmtest.NewServer(t, geminitest.Wire{})
	r := llm.Request{Messages: []llm.Message{
		{Role: llm.RoleUser, Text: "q"},
		{Role: llm.RoleAssistant, ToolCalls: []llm.ToolCall{
			{ID: "a", Name: "search_book", Arguments: []byte(`{"query":"x"}`)},
		}},
		{Role: llm.RoleTool, ToolCallID: "a", Text: "nothing"},
	}}
	if _, err := open(t, stub.URL, "k", "m").Generate(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
}

// TestFinishReasons: refusals are blocked, and what is no answer is no answer.
func TestFinishReasons(t *testing.T) {
	for reason, want := range map[genai.FinishReason]llm.Finish{
		genai.FinishReasonStop: llm.FinishStop, genai.FinishReasonMaxTokens: llm.FinishLength,
		genai.FinishReasonSafety: llm.FinishBlocked, genai.FinishReasonRecitation: llm.FinishBlocked,
		genai.FinishReasonBlocklist: llm.FinishBlocked, genai.FinishReasonSPII: llm.FinishBlocked,
		genai.FinishReasonProhibitedContent: llm.FinishBlocked, genai.FinishReasonOther: "",
	} {
		a := answer{Reply: llm.NewReply(nil)}
		a.finish(reason)
		if a.Response.Finish != want || (a.fault != nil) != (want == "") {
			t.Errorf("%s: %q, %v", reason, a.Response.Finish, a.fault)
		}
	}
}

// TestThinking: models that think do it little, so that the first word comes soon.
func TestThinking(t *testing.T) {
	for name, want := range map[string]bool{"gemini-flash-latest": true, "gemma-4": false} {
		_, config := open(t, "http://x", "k", name).request(llm.Request{Question: "q"})
		if (config.ThinkingConfig != nil) != want {
			t.Errorf("%s: %+v", name, config.ThinkingConfig)
		}
	}
}

func TestKeyIsNeeded(t *testing.T) {
	t.Setenv("GEMINI_API_KEY", "of-another-program")
	_, err := New(Config{Model: "m"})
	if book.CodeOf(err) != book.Invalid || strings.Contains(err.Error(), "another") {
		t.Error(err)
	}
}
