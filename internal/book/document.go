package book

import (
	"time"

	"github.com/google/uuid"
)

// Visibility says who may find and read a document.
type Visibility string

// The two visibilities.
const (
	Public  Visibility = "public"  // everyone
	Private Visibility = "private" // its owner; administrators may list, show and delete it
)

// SourceAPI is the source of documents that came in through the API one by one.
const SourceAPI = "api"

// Document is one page of the book without its text.
type Document struct {
	DocID    string
	Title    string
	Chapter  string // label of the part of the book that the page belongs to
	URL      string // of the page, without anchor; empty when there is none
	Metadata map[string]any
	Source   string // the synchronised folder's name, or SourceAPI
	// OwnerID and Owner are the account's id and, when read from the store, its username.
	OwnerID    uuid.UUID
	Owner      string
	Visibility Visibility
	// Revision is never used twice, not even after the document was deleted and created anew.
	Revision  int64
	Chunks    int // number of chunks
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Chunk is a span of a document's canonical text. Text == canonical[CharStart:CharEnd], counted
// in Unicode code points.
type Chunk struct {
	ChunkID     uuid.UUID
	Index       int // position in the document, from 0
	CharStart   int
	CharEnd     int
	Text        string
	HeadingPath []string // from the top-level heading down
	Anchor      string   // of the nearest heading that has one; without "#"
	// Anchors are those of the headings within the chunk, after its start, ascending.
	Anchors []Anchor
}

// Anchor says from where on a heading's anchor is the nearest.
type Anchor struct {
	Start int    `json:"start"` // of the heading in the canonical text, in code points
	ID    string `json:"id"`    // without "#"
}

// Passage is a chunk, or several neighbouring ones joined, as search and answers use it.
type Passage struct {
	DocID       string    `json:"doc_id"`
	Title       string    `json:"title"`
	Chapter     string    `json:"chapter"`
	HeadingPath []string  `json:"heading_path"`
	URL         string    `json:"url"` // with the heading's anchor; empty when there is none
	ChunkID     uuid.UUID `json:"chunk_id"`
	ChunkIndex  int       `json:"chunk_index"`
	CharStart   int       `json:"char_start"`
	CharEnd     int       `json:"char_end"`
	Text        string    `json:"text"`
	Revision    int64     `json:"revision"`
	Score       float64   `json:"score"`
	Scores      LegScores `json:"scores"`
	// Anchors are those of the headings within the passage; see Chunk.
	Anchors []Anchor `json:"-"`
	// Parts are the neighbouring chunks that were joined to this passage, in order; nil for a
	// single chunk. Their texts, one after the other, are Text.
	Parts []Passage `json:"-"`
}

// LegScores are the raw scores of a passage in each leg; nil where a leg did not find it.
type LegScores struct {
	Dense  *float64 `json:"dense"`
	Sparse *float64 `json:"sparse"`
}

// Citation ties a marker in an answer to words of the book. Quote is verbatim the canonical text
// between CharStart and CharEnd (code points) of the named revision.
type Citation struct {
	Marker     int    `json:"marker"`
	DocID      string `json:"doc_id"`
	Title      string `json:"title"`
	Chapter    string `json:"chapter"`
	URL        string `json:"url"`
	ChunkIndex int    `json:"chunk_index"`
	CharStart  int    `json:"char_start"`
	CharEnd    int    `json:"char_end"`
	Quote      string `json:"quote"`
	Revision   int64  `json:"revision"`
}
