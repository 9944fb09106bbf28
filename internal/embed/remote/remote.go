// Package remote is what embedders behind an HTTP API share: how much is sent together, what is
// tried again and how long, and what is refused of an answer. The provider's own API is a [Model].
package remote

import (
	"context"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/provider"
)

// DenseWeight is the fusion weight of a remote model's space, unless the configuration says
// otherwise. It is a starting value; `lectern reembed --queries` measures.
const DenseWeight = 0.4

// Kind says what a text is to a model that embeds questions and documents in different ways.
type Kind int

// The kinds of text.
const (
	Document Kind = iota
	Question
)

// Model is one model behind one provider's API.
type Model interface {
	// Document is the text that stands for a chunk. It is versioned by the space.
	Document(t embed.Text) string
	// Question is the text that stands for a question. It is versioned by the space.
	Question(question string) string
	// Embed makes one request, over a client of [provider.NewHTTPClient], and returns the vectors of texts
	// in their order, as the provider sent them. It tries nothing again.
	Embed(ctx context.Context, kind Kind, texts []string) ([][]float32, error)
	// Classify says what the provider means by a response other than success.
	Classify(response *provider.StatusError) provider.Failure
}

// Limits bound one request.
type Limits struct {
	Texts int
	Bytes int // of the request's body
}

const (
	// questionTimeout is for all attempts together. A reader waits: without a vector the question is
	// answered from its words.
	questionTimeout = 4 * time.Second
	// documentTimeout is for one attempt.
	documentTimeout = time.Minute
)

// Embedder embeds with a remote model. It is safe for concurrent use.
type Embedder struct {
	model  Model
	space  book.Space
	limits Limits
	// breaker spares readers the wait for a model that failed half of at least ten questions.
	breaker circuitbreaker.CircuitBreaker[[][]float32]
	// budget and closure are for questions and documents together: the provider counts them together.
	budget          provider.Budget
	closure         provider.Closure
	questionTimeout time.Duration
	documentTimeout time.Duration
}

var _ embed.Embedder = (*Embedder)(nil)

// New returns the embedder of a model. It calls nobody.
func New(model Model, space book.Space, limits Limits) *Embedder {
	return &Embedder{
		model: model, space: space, limits: limits, breaker: newBreaker(),
		questionTimeout: questionTimeout, documentTimeout: documentTimeout,
	}
}

// Space implements [embed.Embedder].
func (e *Embedder) Space() book.Space { return e.space }

// EmbedDocuments implements [embed.Embedder]. Requests are made one after the other.
func (e *Embedder) EmbedDocuments(ctx context.Context, texts []embed.Text) ([][]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(texts))
	var places []int
	var joined []string
	for i, t := range texts {
		if !blank(t) {
			places = append(places, i)
			joined = append(joined, e.model.Document(t))
		}
	}
	for _, batch := range batches(joined, e.limits) {
		embedded, err := e.documents(ctx, batch)
		if err != nil {
			return nil, err
		}
		for i, vector := range embedded {
			vectors[places[i]] = vector
		}
		places = places[len(batch):]
	}
	return vectors, nil
}

// EmbedQuery implements [embed.Embedder].
func (e *Embedder) EmbedQuery(ctx context.Context, question string) ([]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if strings.TrimSpace(question) == "" {
		return nil, nil
	}
	vectors, err := e.question(ctx, e.model.Question(question))
	if err != nil {
		return nil, err
	}
	return vectors[0], nil
}

func blank(t embed.Text) bool {
	return strings.TrimSpace(t.Title+strings.Join(t.HeadingPath, "")+t.Text) == ""
}
