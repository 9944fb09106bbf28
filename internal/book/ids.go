package book

import (
	"crypto/sha256"
	"strconv"

	"github.com/google/uuid"
)

// chunkNamespace is the UUIDv5 namespace of chunk ids. Changing it changes every chunk_id.
var chunkNamespace = uuid.MustParse("6d1f2a0e-6f0b-5b0c-9b7e-0f7c1d5a9e42")

// ChunkIDs names the chunks of one document: for each text that is embedded (title and headings in
// front), in the document's order, the UUIDv5 of doc_id, the text's SHA-256 and the chunk's number
// among equal texts of the document. An unchanged chunk keeps its id when the page around it
// changes.
func ChunkIDs(docID string, embedded []string) []uuid.UUID {
	ids := make([]uuid.UUID, len(embedded))
	seen := make(map[[sha256.Size]byte]int, len(embedded))
	for i, text := range embedded {
		sum := sha256.Sum256([]byte(text))
		name := docID + "\x00" + string(sum[:]) + "\x00" + strconv.Itoa(seen[sum])
		ids[i] = uuid.NewSHA1(chunkNamespace, []byte(name))
		seen[sum]++
	}
	return ids
}

// NewVectorID returns a fresh id for a point: a UUIDv7, never used before and never used again.
func NewVectorID() uuid.UUID {
	return uuid.Must(uuid.NewV7())
}
