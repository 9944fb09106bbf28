// Package embed is the contract of embedding models. embedtest is its conformance suite.
package embed

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
)

// Text is what is embedded of a chunk. How title, headings and text are put together is the
// embedder's affair and versioned by its space.
type Text struct {
	Title       string
	HeadingPath []string
	Text        string
}

// Embedder turns texts into dense vectors of its space. Implementations are safe for concurrent
// use and stop early when ctx ends.
type Embedder interface {
	// Space names the embedding space. It never changes during the life of the Embedder.
	Space() book.Space

	// EmbedDocuments returns one vector for each text, in order: Space().Dimensions finite numbers
	// of length 1 (within 1e-3), or nil for a text in which the model knows nothing; never a vector
	// of zeros. Blank texts have none. Equal texts get equal vectors, in every call and process. The
	// vectors are the caller's to change. No texts give no vectors. Errors: Unavailable when
	// the model cannot be reached, RateLimited with RetryAfter, Deadline, Canceled, Invalid for a
	// text that the model refuses. On error nothing is returned.
	EmbedDocuments(ctx context.Context, texts []Text) ([][]float32, error)

	// EmbedQuery returns the vector of a question, with the same promises; nil when the model
	// knows no word of it.
	EmbedQuery(ctx context.Context, question string) ([]float32, error)
}
