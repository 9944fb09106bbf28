package llm_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
)

// instant answers at once.
type instant struct{}

func (instant) Name() string { return "instant" }

func (instant) Generate(
	_ context.Context, _ llm.Request, emit func(string) error,
) (llm.Response, error) {
	return llm.Response{Text: "Yes.", Finish: llm.FinishStop}, emit("Yes.")
}

func chain(models ...llm.Model) *llm.Chain {
	log := slog.New(slog.DiscardHandler)
	return llm.NewChain(log, llm.DefaultPolicy(), nil, models...)
}

// BenchmarkFallback is what it costs until the next model is asked: of a provider that refuses
// connections, of one that hangs (beyond the deadline of the first token), and of one whose breaker is
// open.
func BenchmarkFallback(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	l.Close()
	dead := openai.New(openai.Config{BaseURL: address, Model: "m"})
	ask := func(b *testing.B, c *llm.Chain, want llm.Class) {
		b.Helper()
		r, err := c.Generate(b.Context(), llm.Request{Question: "q"}, func(string) error { return nil })
		if err != nil || len(r.Attempts) != 1 || r.Attempts[0].Class != want {
			b.Fatal(r.Attempts, err)
		}
	}
	b.Run("refused", func(b *testing.B) {
		for b.Loop() { // a new chain each time: its breaker is closed
			ask(b, chain(dead, instant{}), llm.NotConnected)
		}
	})
	b.Run("hanging", func(b *testing.B) {
		stub := llmtest.NewServer(b, openaitest.Wire{})
		stub.Play(llmtest.Script{Text: llmtest.Tokens(2), Fault: llmtest.Silence})
		hanging := openai.New(openai.Config{BaseURL: stub.URL, Model: "m"})
		for b.Loop() {
			ask(b, chain(hanging, instant{}), llm.NoFirstToken)
		}
		beyond := b.Elapsed()/time.Duration(b.N) - llm.DefaultPolicy().FirstToken
		b.ReportMetric(float64(beyond.Microseconds())/1000, "ms-beyond-deadline")
	})
	b.Run("open breaker", func(b *testing.B) {
		c := chain(dead, instant{})
		for range 20 {
			_, _ = c.Generate(b.Context(), llm.Request{}, nil)
		}
		for b.Loop() {
			ask(b, c, llm.BreakerOpen)
		}
	})
}
