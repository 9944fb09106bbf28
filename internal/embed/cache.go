package embed

import (
	"context"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Cache remembers the vectors of the questions that were asked last, of any number of embedders. It
// is safe for concurrent use.
type Cache struct{ vectors *lru.Cache[asked, []float32] }

type asked struct{ spaceID, question string }

// NewCache returns a Cache of at most size questions, one at least.
func NewCache(size int) *Cache {
	vectors, err := lru.New[asked, []float32](size)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &Cache{vectors}
}

// Wrap returns e with its questions remembered, by embedding space and text. What failed is not
// remembered, and documents are not.
func (c *Cache) Wrap(e Embedder) Embedder { return &cached{e, c} }

type cached struct {
	Embedder

	cache *Cache
}

// EmbedQuery implements [Embedder].
func (e *cached) EmbedQuery(ctx context.Context, question string) ([]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key := asked{e.Space().ID(), question}
	if vector, ok := e.cache.vectors.Get(key); ok {
		return slices.Clone(vector), nil
	}
	vector, err := e.Embedder.EmbedQuery(ctx, question)
	if err == nil {
		e.cache.vectors.Add(key, slices.Clone(vector))
	}
	return vector, err
}
