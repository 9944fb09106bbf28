package memory

import (
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// chunk is a chunk of a document, with its terms.
type chunk struct {
	book.Chunk
	docID string
	terms []uint32
}

// putChunk writes a chunk of the document. One that is there keeps its text and its terms.
func (tx *transaction) putChunk(docID string, w store.ChunkWrite) {
	c := chunk{Chunk: w.Chunk, docID: docID, terms: slices.Clone(w.Terms)}
	c.HeadingPath = append([]string{}, w.HeadingPath...)
	c.Anchors = slices.Clone(w.Anchors)
	if old, there := tx.chunks[w.ChunkID]; there {
		c.Text, c.terms = old.Text, old.terms
	}
	tx.chunks[w.ChunkID] = c
}

// removeChunk removes a chunk, and makes its points of all spaces due.
func (tx *transaction) removeChunk(id uuid.UUID) (due []store.LedgerEntry) {
	for _, spaceID := range tx.spaceIDs() {
		due = append(due, tx.letGo(chunkSpace{id, spaceID})...)
	}
	delete(tx.chunks, id)
	return due
}
