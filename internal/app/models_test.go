package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/claude/claudetest"
	"github.com/lectern-project/lectern/internal/llm/gemini/geminitest"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
)

// TestAnswersOfProviders: each takes over from the one before it, and the last resort from all.
func TestAnswersOfProviders(t *testing.T) {
	gemini := llmtest.NewServer(t, geminitest.Wire{})
	openai := llmtest.NewServer(t, openaitest.Wire{})
	claude := llmtest.NewServer(t, claudetest.Wire{})
	a, err := Open(t.Context(), config.Config{
		DataDir: t.TempDir(), Access: "public",
		Models: config.Models{
			Order:       "gemini,gemini-strong,openai,claude,extractive",
			GeminiModel: "g-fast", GeminiStrongModel: "g-strong", OpenAIModel: "o",
			ClaudeBaseURL: claude.URL,
		},
		GeminiAPIKey: llmtest.Key, GeminiBaseURL: gemini.URL, OpenAIBaseURL: openai.URL,
	}, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	c, err := a.Client()
	if err != nil {
		t.Fatal(err)
	}
	text := "# What does a gyroscope measure?\n\nA gyroscope measures the rate of rotation about its axes."
	if _, err := c.Put(t.Context(), ingest.Request{DocID: "imu", Text: text}); err != nil {
		t.Fatal(err)
	}
	question := a.SampleQuestion(t.Context())
	if calls, _ := gemini.Calls(); question != "What does a gyroscope measure?" || len(calls) > 0 {
		t.Errorf("the question to try is %q, for which a model was asked %d times", question, len(calls))
	}
	script := llmtest.Script{Text: []string{"It measures the rate of rotation [1]. ", "No [7]."}}
	for _, server := range []*llmtest.Server{gemini, openai, claude} {
		server.Play(script)
	}
	attempts := []llm.Attempt{}
	fail := llmtest.Script{Fault: llmtest.NoModel}
	for _, step := range []struct {
		model  string
		breaks *llmtest.Server
		adds   []string // to the attempts of the next step
	}{
		{"g-fast", gemini, []string{"gemini/g-fast", "gemini/g-strong"}},
		{"o", openai, []string{"openai/o"}},
		{"default", claude, []string{"claude/default"}},
		{"extractive", nil, nil},
	} {
		got, err := c.Ask(t.Context(), client.Question{Question: question})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(attempts, got.Attempts); diff != "" || got.Model != step.model {
			t.Errorf("%s answers %q; attempts (-want +got):\n%s", step.model, got.Model, diff)
		}
		if len(got.Citations) != 1 || !strings.Contains(text, got.Citations[0].Quote) ||
			strings.Contains(got.Answer, "[7]") {
			t.Errorf("%s: %q, %+v", step.model, got.Answer, got.Citations)
		}
		if step.breaks != nil {
			step.breaks.Play(fail)
		}
		for _, name := range step.adds {
			attempts = append(attempts, llm.Attempt{Model: name, Class: llm.NoModel})
		}
	}
}

// TestWatchModels: what goes away, or is not there, is said at the start; what a provider does not
// tell is not.
func TestWatchModels(t *testing.T) {
	openai := llmtest.NewServer(t, openaitest.Wire{})
	gemini := llmtest.NewServer(t, geminitest.Wire{})
	for name, test := range map[string]struct {
		openai, gemini, strong string
		want                   []string // what each warning names
	}{
		"well":          {"stub-1", "stub-1", "stub-1", nil},
		"goes away":     {"stub-0", "stub-1", "stub-1", []string{"openai/stub-0 shutdown=2027-01-15"}},
		"is not served": {"stub-1", "stub-1", "stub-9", []string{"model=gemini/stub-9"}},
	} {
		var log bytes.Buffer
		a, err := Open(t.Context(), config.Config{
			DataDir: t.TempDir(), Access: "public", Embedder: "gemini",
			Models: config.Models{
				Order: config.DefaultOrder, GeminiModel: test.gemini, GeminiStrongModel: test.strong,
				OpenAIModel: test.openai, ClaudeBaseURL: "http://127.0.0.1:1",
			},
			GeminiAPIKey: llmtest.Key, GeminiBaseURL: gemini.URL, OpenAIBaseURL: openai.URL,
		}, slog.New(slog.NewTextHandler(&log, nil)), "command")
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		log.Reset()
		if err := a.watchModels(t.Context()); err != nil {
			t.Error(err)
		}
		for _, want := range test.want {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%s: %q is not in %s", name, want, &log)
			}
		}
		if got := strings.Count(log.String(), "level=WARN"); got != len(test.want) {
			t.Errorf("%s: %d warnings: %s", name, got, &log)
		}
		log.Reset()
		a.logModels(t.Context())
		if !strings.Contains(log.String(), "provider=gemini") ||
			!strings.Contains(log.String(), "not_configured=[]") {
			t.Errorf("%s: %s", name, &log)
		}
	}
}
