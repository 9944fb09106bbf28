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

// firstToken asks, and measures the time to the first token.
func firstToken(b *testing.B, m llm.Model) {
	b.Helper()
	var total time.Duration
	for b.Loop() {
		start := time.Now()
		_, err := m.Generate(context.Background(), llm.Request{Question: "q"}, func(string) error {
			if start != (time.Time{}) {
				total += time.Since(start)
				start = time.Time{}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(total.Microseconds())/float64(b.N)/1000, "ms/first-token")
}

// BenchmarkFirstToken compares a stub provider alone, the chain over it, and the chain over nothing.
func BenchmarkFirstToken(b *testing.B) {
	stub := llmtest.NewServer(b, openaitest.Wire{})
	m := openai.New(openai.Config{BaseURL: stub.URL, Model: "m"})
	b.Run("provider", func(b *testing.B) { firstToken(b, m) })
	b.Run("chain", func(b *testing.B) { firstToken(b, chain(m)) })
	b.Run("chain alone", func(b *testing.B) { firstToken(b, chain(instant{})) })
}

// BenchmarkFallback is what a provider costs that refuses connections, before and after its breaker
// opens.
func BenchmarkFallback(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	l.Close()
	dead := openai.New(openai.Config{BaseURL: address, Model: "m"})
	b.Run("refused", func(b *testing.B) {
		for b.Loop() {
			// A new chain each time: its breaker is closed.
			if _, err := chain(dead, instant{}).Generate(b.Context(), llm.Request{}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open breaker", func(b *testing.B) {
		c := chain(dead, instant{})
		for range 20 {
			_, _ = c.Generate(b.Context(), llm.Request{}, nil)
		}
		for b.Loop() {
			if _, err := c.Generate(b.Context(), llm.Request{}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
