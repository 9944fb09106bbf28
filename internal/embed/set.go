package embed

import "github.com/lectern-project/lectern/internal/book"

// Set holds the embedders that the configuration gives, by the id of their space.
type Set map[string]Embedder

// NewSet returns the set of these embedders.
func NewSet(embedders ...Embedder) Set {
	set := make(Set, len(embedders))
	for _, e := range embedders {
		set[e.Space().ID()] = e
	}
	return set
}

// For returns the embedder of a space; Unavailable when the configuration gives none.
func (s Set) For(space book.Space) (Embedder, error) {
	if e, ok := s[space.ID()]; ok {
		return e, nil
	}
	return nil, book.Errorf(book.Unavailable, "the documents are embedded with %s, and no such "+
		"embedder is configured; configure it again, or move to another one with reembed",
		space.ID())
}
