package store

import (
	"context"
	"math"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Passages reads what searches need.
type Passages interface {
	// Resolve turns vector ids of the space into passages, in one query: those that a live chunk of
	// a document in view refers to. Other ids are missing from the result, and all are unless the
	// space is the active one and has been since it was read: while it was not, it lacked points,
	// and the index may have been asked then. Scores are zero. A URL
	// is the document's with the chunk's anchor behind "#", and empty when the document has none.
	Resolve(
		ctx context.Context, space ActiveSpace, ids []uuid.UUID, view book.View,
	) (map[uuid.UUID]book.Passage, error)

	// SearchTerms is lexical search without the vector index: chunks in view that share a term with
	// the query, best first by BM25 with k1 = 1.2, b = 0.75 and TermWeight, ties by (doc_id, chunk_id).
	// docIDs, if not nil, restricts it: an empty list finds nothing. Each passage's Scores.Sparse is
	// set to the score. Where terms are in thousands of chunks, of those that hold no rarer one some
	// may be left out; those that hold all terms are looked at first.
	SearchTerms(
		ctx context.Context, terms []uint32, view book.View, docIDs []string, limit int,
	) ([]book.Passage, error)

	// TermFrequencies returns how many chunks hold each term, and how many chunks there are, over
	// all documents whoever may see them. Terms in no chunk are missing from the map. Where there
	// are very many chunks, their number and that of frequent terms may be estimates.
	TermFrequencies(ctx context.Context, terms []uint32) (df map[uint32]int, chunks int, err error)

	// ChapterDocuments returns the doc_ids in view of a chapter, ascending; none is no error.
	ChapterDocuments(ctx context.Context, chapter string, view book.View) ([]string, error)
}

// leastWeight is what a term of at least half of the chunks weighs: it orders those that hold no other.
const leastWeight = 1e-6

// TermWeight is the inverse document frequency of a term that n of all chunks hold, as Robertson and
// Spärck Jones defined it (1976, Relevance weighting of search terms), but never less than nearly
// nothing. It is that of SQLite's FTS5, which cannot be told another.
func TermWeight(chunks, n int) float64 {
	weight := math.Log((float64(chunks-n) + 0.5) / (float64(n) + 0.5))
	if weight <= 0 {
		return leastWeight
	}
	return weight
}
