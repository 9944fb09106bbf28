package static

import (
	"context"
	_ "embed" // for the model
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
)

//go:embed lectern-static-en.bin
var file []byte

const (
	modelName = "lectern-static-en"
	// prefixVersion numbers the form that document gives a text.
	prefixVersion = 1
	// denseWeight did best beside BM25 on the model's development sets (SciFact, the questions of
	// the Rust quiz, chunking_evaluation).
	denseWeight = 0.2
)

// Embedder is the built-in model. It is safe for concurrent use.
type Embedder struct {
	model *model
	space book.Space
}

var _ embed.Embedder = (*Embedder)(nil)

// New checks and opens the built-in model, in a few milliseconds. lexicalVersion is that of the
// sparse vectors which share the model's space. The error is Internal: the binary is damaged.
func New(lexicalVersion int) (*Embedder, error) {
	m, err := newModel(file)
	if err != nil {
		return nil, err
	}
	return &Embedder{m, book.Space{
		Provider:       "static",
		Model:          modelName,
		Dimensions:     m.dims,
		PrefixVersion:  prefixVersion,
		LexicalVersion: lexicalVersion,
		DenseWeight:    denseWeight,
	}}, nil
}

// Space implements [embed.Embedder].
func (e *Embedder) Space() book.Space { return e.space }

// EmbedDocuments implements [embed.Embedder]. It uses one core; call it from several goroutines to
// use more.
func (e *Embedder) EmbedDocuments(ctx context.Context, texts []embed.Text) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		vectors[i] = e.model.vector(e.model.tokenize(document(text)))
	}
	return vectors, nil
}

// EmbedQuery implements [embed.Embedder].
func (e *Embedder) EmbedQuery(ctx context.Context, question string) ([]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return e.model.vector(e.model.tokenize(question)), nil
}

// document is the text that stands for t. Changing it means a new prefixVersion.
func document(t embed.Text) string {
	return t.Title + "\n" + strings.Join(t.HeadingPath, " > ") + "\n\n" + t.Text
}
