package app

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
	"github.com/lectern-project/lectern/internal/usage"
)

// TestBudget: when the day's budget is used up, the book's own sentences answer, and the answer says
// why. The second server over the same book knows what the first has spent.
func TestBudget(t *testing.T) {
	stub := llmtest.NewServer(t, openaitest.Wire{})
	stub.Play(llmtest.Script{Text: []string{"It measures the rate of rotation [1]."}})
	c := config.Config{
		DataDir: t.TempDir(), Access: "public", OpenAIBaseURL: stub.URL,
		Models:  config.Models{Order: config.DefaultOrder, OpenAIModel: "o"},
		Budgets: config.Budgets{ModelPrices: "o=1000/1000", DailyUserCost: 0.001},
	}
	ask := func() answer.Answer {
		t.Helper()
		a, err := Open(t.Context(), c, slog.New(slog.DiscardHandler), "command")
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		own, err := a.Client()
		if err != nil {
			t.Fatal(err)
		}
		text := "# Gyroscopes\n\nA gyroscope measures the rate of rotation about its axes."
		if _, err := own.Put(t.Context(), ingest.Request{DocID: "imu", Text: text}); err != nil {
			t.Fatal(err)
		}
		got, err := own.Ask(t.Context(), client.Question{Question: "What does a gyroscope measure?"})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := ask()
	if first.Model != "o" || first.Usage.Cost < 0.001 || len(first.Usage.Models) != 1 ||
		first.Usage.Models[0].Model != "openai/o" || first.Usage.InputTokens == 0 {
		t.Errorf("%q with %+v", first.Model, first.Usage)
	}
	later := ask()
	want := []llm.Attempt{{Model: "openai/o", Class: llm.OverBudget}}
	if later.Model != "extractive" || len(later.Citations) == 0 || !slices.Equal(later.Attempts, want) ||
		!slices.Contains(later.Degraded, usage.DegradedBudget) || len(later.Usage.Models) != 0 {
		t.Errorf("%q: %+v, %v, %+v", later.Model, later.Attempts, later.Degraded, later.Usage)
	}
}
