package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Documents reads and writes documents with their text and chunks.
type Documents interface {
	// Document returns the document, or NotFound when it is absent or not in view.
	Document(ctx context.Context, docID string, view book.View) (book.Document, error)

	// Text returns the document and its canonical text, of one revision; NotFound as above.
	Text(ctx context.Context, docID string, view book.View) (book.Document, string, error)

	// ListDocuments returns the documents in view by ascending doc_id (bytes), starting after
	// q.After.
	ListDocuments(ctx context.Context, q DocumentQuery) ([]book.Document, error)

	// ListChunks returns chunks of one document and one revision by index, starting after afterIndex
	// (-1 for the first); NotFound as above.
	ListChunks(
		ctx context.Context, docID string, view book.View, afterIndex, limit int,
	) ([]book.Chunk, error)

	// Baseline is what a write of docID starts from. A document that is absent has Revision 0 and
	// no error.
	Baseline(ctx context.Context, docID, spaceID string) (Baseline, error)

	// CommitDocument is transaction B of an ingest. With the document's row locked it checks that
	// the ids of w.Chunks are on the ledger as writing, that the chunks to be kept are there with
	// a point in the space, that the document has w.BaseRevision (0: is absent), and that the
	// space is the active one. Then the document, its text and its chunks are as in w under a new
	// revision; kept chunks keep their points; ids let go become due, also that of a chunk that
	// is there and gets another; ids written leave the ledger, or become due and late if w.Late.
	// A document that is there keeps its owner and creation time; one that is new gets the times in
	// w.Document, and the store's time for each that is zero.
	//
	// Errors: Conflict with ErrStale as described there; Conflict without it when another account
	// than w.Document.OwnerID owns the document; Invalid when there is no such account, or for
	// an empty doc_id, an unknown visibility, chunks whose Index is not their place, an id that
	// is there twice, or metadata that is not JSON. After each of these the document is as it
	// was, and those of w's ids are due that were on the ledger as writing, late if w.Late.
	CommitDocument(ctx context.Context, w DocumentWrite) (Committed, error)

	// UpdateDocument changes visibility or owner in one transaction under a new revision; from
	// then on the change holds for readers. Points keep their scope until they are rewritten, and
	// the fingerprint stays. A change to what is there already changes nothing, also not the
	// revision. owner is the account that the caller found to own it, or uuid.Nil for whichever does:
	// NotFound when the document is absent or another's by now, as when it was deleted and ingested
	// anew in between. Invalid for an unknown visibility.
	UpdateDocument(
		ctx context.Context, docID string, owner uuid.UUID, c DocumentChange,
	) (book.Document, error)

	// DeleteDocument removes the document with text and chunks and makes its ids due, in one
	// transaction. It returns those entries. NotFound when it is absent or another's than owner's, as
	// for UpdateDocument.
	DeleteDocument(ctx context.Context, docID string, owner uuid.UUID) ([]LedgerEntry, error)
}

// DocumentQuery selects documents. Empty fields do not restrict.
type DocumentQuery struct {
	View    book.View
	Source  string
	Chapter string
	// OwnerID, if not nil, selects the documents of this account only.
	OwnerID uuid.UUID
	After   string // doc_id
	Limit   int    // must be positive
}

// Baseline is a document's state as a write of it reads it.
type Baseline struct {
	Revision    int64 // 0: absent; then the rest is empty
	OwnerID     uuid.UUID
	Source      string
	Visibility  book.Visibility
	Fingerprint string
	// ChunkIDs are the document's chunks that have a point in the space.
	ChunkIDs []uuid.UUID
	// Chunks is the number of all chunks of the document.
	Chunks int
}

// DocumentWrite is what CommitDocument writes.
type DocumentWrite struct {
	SpaceID      string
	BaseRevision int64
	// Document without Revision and Chunks, which the store sets, and usually without times.
	Document book.Document
	// Fingerprint stands for all that is written but visibility and owner, which UpdateDocument
	// changes, too: where it and those are equal, there is nothing to write.
	Fingerprint string
	Text        string
	Chunks      []ChunkWrite // all chunks of the document, by Index from 0
	// Late says that an attempt to write the points may land again.
	Late bool
}

// ChunkWrite is one chunk of a write.
type ChunkWrite struct {
	book.Chunk
	// VectorID is the new point of the chunk, or uuid.Nil for a chunk that is there already,
	// keeps its row and its point, and gets only a new index, offsets, headings and anchor. A
	// chunk with a VectorID may have a row all the same, without a point in this space.
	VectorID uuid.UUID
	// Terms are the hashes of the chunk's stems in order of appearance, for lexical search without
	// the index. They are needed for new chunks only.
	Terms []uint32
}

// Committed is the outcome of CommitDocument.
type Committed struct {
	Revision int64
	Removed  int           // chunks that were there and are no longer
	Released []LedgerEntry // ids that became due, those written late too; to be settled at once
}

// DocumentChange holds what to change; nil leaves as it is.
type DocumentChange struct {
	Visibility *book.Visibility
	OwnerID    *uuid.UUID // Invalid when there is no such account
}
