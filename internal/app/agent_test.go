package app

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/claude/claudetest"
	"github.com/lectern-project/lectern/internal/llm/gemini/geminitest"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
)

// providers are stub servers of all vendors, and a book of two pages that is answered by some of them.
func providers(t *testing.T, order string) (a *App, stubs map[string]*llmtest.Server) {
	t.Helper()
	stubs = map[string]*llmtest.Server{
		config.Gemini: llmtest.NewServer(t, geminitest.Wire{}),
		config.OpenAI: llmtest.NewServer(t, openaitest.Wire{}),
		config.Claude: llmtest.NewServer(t, claudetest.Wire{}),
	}
	a, err := Open(t.Context(), config.Config{
		DataDir: t.TempDir(), Access: "public",
		Models: config.Models{
			Order: order, GeminiModel: "g", OpenAIModel: "o", ClaudeBaseURL: stubs[config.Claude].URL,
		},
		GeminiAPIKey: llmtest.Key, GeminiBaseURL: stubs[config.Gemini].URL,
		OpenAIBaseURL: stubs[config.OpenAI].URL,
	}, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	for docID, text := range map[string]string{
		"imu":   "# Gyroscopes\n\nA gyroscope measures the rate of rotation about its axes.",
		"drift": "# Drift\n\nSmall errors add up over time, which engineers call drift.",
	} {
		_, err := a.Ingest.Ingest(t.Context(), ingest.Request{
			DocID: docID, Title: docID, Text: text, OwnerID: a.Local.UserID,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return a, stubs
}

var searchCall = []llm.ToolCall{{
	ID: "call_a", Name: "search_book", Arguments: json.RawMessage(`{"query":"small errors add up","top_k":1}`),
}}

// TestProvidersSearchAgain: over each vendor's wire the model searches, reads and cites what it
// found.
func TestProvidersSearchAgain(t *testing.T) {
	for _, name := range []string{config.Gemini, config.OpenAI, config.Claude} {
		t.Run(name, func(t *testing.T) {
			a, stubs := providers(t, name)
			stubs[name].Play(llmtest.Script{Calls: searchCall},
				llmtest.Script{Text: []string{"It drifts ", "[2", "]."}})
			got, searches := askStreamed(t, a)
			if got.Answer != "It drifts [1]." || len(got.Citations) != 1 ||
				got.Citations[0].DocID != "drift" || len(searches) != 1 {
				t.Errorf("%+v, searched for %q", got, searches)
			}
			calls, faults := stubs[name].Calls()
			if len(calls) != 2 || len(faults) > 0 {
				t.Fatalf("%d calls, which the vendor would not take: %v", len(calls), faults)
			}
			messages := calls[1].Messages
			if len(messages) != 3 || messages[2].ToolCallID != messages[1].ToolCalls[0].ID ||
				!strings.Contains(messages[2].Text, "engineers call drift") {
				t.Errorf("%+v", messages)
			}
		})
	}
}

// TestProvidersGoOnWithEachOther: one fails behind a search that its model asked for, and the next has
// that search in its messages, whatever the vendor's own notes on it.
func TestProvidersGoOnWithEachOther(t *testing.T) {
	order := []string{config.Gemini, config.OpenAI, config.Claude}
	for _, first := range order {
		for _, next := range order {
			if first != next {
				t.Run(first+" to "+next, func(t *testing.T) { testGoOn(t, first, next) })
			}
		}
	}
}

func testGoOn(t *testing.T, first, next string) {
	a, stubs := providers(t, first+","+next)
	stubs[first].Play(llmtest.Script{Calls: searchCall}, llmtest.Script{Fault: llmtest.NoModel})
	stubs[next].Play(llmtest.Script{Text: []string{"It drifts [2]."}})
	got, _ := askStreamed(t, a)
	if got.Answer != "It drifts [1]." || len(got.Citations) != 1 || got.Citations[0].DocID != "drift" ||
		len(got.Attempts) != 1 || got.Attempts[0].Class != llm.NoModel {
		t.Errorf("%+v", got)
	}
	calls, faults := stubs[next].Calls()
	if len(calls) != 1 || len(calls[0].Messages) != 3 || len(faults) > 0 {
		t.Errorf("%+v, which the vendor would not take: %v", calls, faults)
	}
}

// askStreamed asks as a reader does who sees the answer come.
func askStreamed(t *testing.T, a *App) (got answer.Answer, searches []string) {
	t.Helper()
	var streamed strings.Builder
	got, err := a.Answer.Ask(t.Context(), answer.Request{
		Question: "What does a gyroscope measure?", TopK: 1,
	}, answer.Events{
		Search: func(query string) error { searches = append(searches, query); return nil },
		Token:  func(text string) error { streamed.WriteString(text); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if streamed.String() != got.Answer {
		t.Errorf("streamed %q, answered %q", streamed.String(), got.Answer)
	}
	return got, searches
}
