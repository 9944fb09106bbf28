package static

import (
	"context"
	_ "embed" // for the model
	"strings"
	"sync"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
)

//go:embed lectern-static-en.bin
var file []byte

// builtIn is the model of all Embedders.
var builtIn = sync.OnceValues(func() (*model, error) { return newModel(file) })

const (
	modelName = "lectern-static-en"
	// denseWeight did best beside BM25 on the model's development sets (SciFact, the questions of
	// the Rust quiz, chunking_evaluation).
	denseWeight = 0.2
)

// Prefix versions: how a chunk's title and headings stand in front of its text. A version never
// changes; another form is another version, and so another embedding space.
const (
	// PrefixOnce has them once. It is what a new book gets.
	PrefixOnce = 1
	// PrefixTwice has them twice, so that they weigh more in a long chunk. Beside BM25 it measures
	// the same or up to 0.005 nDCG@10 better, which is within the noise of the question sets and not
	// worth embedding every book anew.
	PrefixTwice = 2
)

// Embedder is the built-in model. It is safe for concurrent use.
type Embedder struct {
	model *model
	space book.Space
}

var _ embed.Embedder = (*Embedder)(nil)

// New checks and opens the built-in model, in a few milliseconds, with one of the prefix versions.
// lexicalVersion is that of the sparse vectors which share the model's space. The error is Internal:
// the binary is damaged, or there is no such prefix version.
func New(lexicalVersion, prefixVersion int) (*Embedder, error) {
	if prefixVersion != PrefixOnce && prefixVersion != PrefixTwice {
		return nil, book.Errorf(book.Internal, "the built-in embedding model has no prefix version %d",
			prefixVersion)
	}
	m, err := builtIn()
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
		vectors[i] = e.model.vector(e.model.tokenize(e.document(text)))
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

// document is the text that stands for t.
func (e *Embedder) document(t embed.Text) string {
	headings := strings.Join(t.HeadingPath, " > ")
	if e.space.PrefixVersion == PrefixTwice {
		headings = strings.Join(t.HeadingPath, "\n")
		headings += "\n" + t.Title + "\n" + headings
	}
	return t.Title + "\n" + headings + "\n\n" + t.Text
}
