package extractive_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/extractive"
)

// BenchmarkGenerate answers from eight passages of about 1,200 characters.
func BenchmarkGenerate(b *testing.B) {
	const text = "A biped keeps its balance by moving the *centre of pressure* under its feet. See the " +
		"[chapter on sensors](sensors.md) for what it measures. Call `reset(x)` first.\n\n" +
		"- The ankle turns.\n- The hip bends.\n\n```go\nreset(1)\n```\n\nThe robot walks, e.g. on grass. "
	var passages []book.Passage
	for range 8 {
		passages = append(passages, book.Passage{Title: "Balance", Text: strings.Repeat(text, 4)})
	}
	r := llm.Request{Question: "How does a biped robot keep its balance on grass?", Passages: passages}
	for b.Loop() {
		if _, err := extractive.New().Generate(context.Background(), r, nil); err != nil {
			b.Fatal(err)
		}
	}
}
