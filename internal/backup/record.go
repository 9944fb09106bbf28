package backup

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// What the manifest of every archive says, and the newest version that this program knows.
const (
	format  = "lectern backup"
	version = 2
)

// manifest is the first entry of an archive.
type manifest struct {
	Format    string    `json:"format"`
	Version   int       `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	Space     *space    `json:"space"` // of the vectors; null where there was none yet
	Documents int       `json:"documents"`
}

type space struct {
	ID             string  `json:"id"`
	Provider       string  `json:"provider"`
	Model          string  `json:"model"`
	Dimensions     int     `json:"dimensions"`
	PrefixVersion  int     `json:"prefix_version"`
	LexicalVersion int     `json:"lexical_version"`
	DenseWeight    float64 `json:"dense_weight"`
}

func spaceOf(s book.Space) *space {
	return &space{
		s.ID(), s.Provider, s.Model, s.Dimensions, s.PrefixVersion, s.LexicalVersion, s.DenseWeight,
	}
}

type account struct {
	ID           uuid.UUID `json:"id"`
	Username     string    `json:"username"`
	Email        string    `json:"email"`
	PasswordHash string    `json:"password_hash"`
	Role         book.Role `json:"role"`
	Disabled     bool      `json:"disabled"`
	TokenVersion int       `json:"token_version"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

type key struct {
	ID         uuid.UUID       `json:"id"`
	UserID     uuid.UUID       `json:"user_id"`
	Prefix     string          `json:"prefix"`
	Hash       []byte          `json:"hash"`
	Permission book.Permission `json:"permission"`
	ExpiresAt  time.Time       `json:"expires_at,omitzero"`
	RevokedAt  time.Time       `json:"revoked_at,omitzero"`
	CreatedAt  time.Time       `json:"created_at"`
	UsedAt     time.Time       `json:"used_at,omitzero"`
}

// conversation is one with all its messages, by number from 1.
type conversation struct {
	ID        uuid.UUID `json:"id"`
	UserID    uuid.UUID `json:"user_id"`
	Title     string    `json:"title"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Messages  []message `json:"messages"`
}

type message struct {
	ID        uuid.UUID        `json:"id"`
	Role      book.MessageRole `json:"role"`
	Text      string           `json:"text"`
	CreatedAt time.Time        `json:"created_at"`
	Complete  bool             `json:"complete"`
	Refused   bool             `json:"refused"`
	Citations []book.Citation  `json:"citations"`
	Model     string           `json:"model"`
	Degraded  []string         `json:"degraded"`
	Usage     book.Usage       `json:"usage"`
	Rating    int              `json:"rating"`
	Comment   string           `json:"comment"`
	RatedAt   time.Time        `json:"rated_at,omitzero"`
}

func conversationOf(whole store.WholeConversation) conversation {
	c := conversation{
		ID: whole.ID, UserID: whole.UserID, Title: whole.Title, CreatedAt: whole.CreatedAt,
		UpdatedAt: whole.UpdatedAt, Messages: make([]message, len(whole.Messages)),
	}
	for i, m := range whole.Messages {
		c.Messages[i] = message{
			ID: m.ID, Role: m.Role, Text: m.Text, CreatedAt: m.CreatedAt, Complete: m.Complete,
			Refused: m.Refused, Citations: m.Citations, Model: m.Model, Degraded: m.Degraded,
			Usage: m.Usage, Rating: m.Feedback.Rating, Comment: m.Feedback.Comment,
			RatedAt: m.Feedback.At,
		}
	}
	return c
}

// whole returns the conversation as a store takes it.
func (c conversation) whole() store.WholeConversation {
	whole := store.WholeConversation{Conversation: book.Conversation{
		ID: c.ID, UserID: c.UserID, Title: c.Title, Length: len(c.Messages),
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}}
	for i, m := range c.Messages {
		whole.Messages = append(whole.Messages, book.Message{
			ID: m.ID, ConversationID: c.ID, Number: i + 1, Role: m.Role, Text: m.Text,
			CreatedAt: m.CreatedAt, Complete: m.Complete, Refused: m.Refused,
			Citations: m.Citations, Model: m.Model, Degraded: m.Degraded, Usage: m.Usage,
			Feedback: book.Feedback{Rating: m.Rating, Comment: m.Comment, At: m.RatedAt},
		})
	}
	return whole
}

type document struct {
	DocID       string          `json:"doc_id"`
	Title       string          `json:"title"`
	Chapter     string          `json:"chapter"`
	URL         string          `json:"url"`
	Metadata    map[string]any  `json:"metadata"`
	Source      string          `json:"source"`
	OwnerID     uuid.UUID       `json:"owner_id"`
	Visibility  book.Visibility `json:"visibility"`
	Revision    int64           `json:"revision"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
	Fingerprint string          `json:"fingerprint"`
	Text        string          `json:"text"`
	Chunks      []chunk         `json:"chunks"`
}

// chunk is a span of the document's text, which holds its words. Vectors is null where the index
// had the chunk's point no longer.
type chunk struct {
	ChunkID     uuid.UUID     `json:"chunk_id"`
	CharStart   int           `json:"char_start"`
	CharEnd     int           `json:"char_end"`
	HeadingPath []string      `json:"heading_path"`
	Anchor      string        `json:"anchor"`
	Anchors     []book.Anchor `json:"anchors,omitempty"`
	Vectors     *vectors      `json:"vectors"`
}

// vectors holds numbers of four bytes, little endian.
type vectors struct {
	Dense   []byte `json:"dense,omitempty"`   // float32
	Indices []byte `json:"indices,omitempty"` // uint32
	Values  []byte `json:"values,omitempty"`  // float32
}

func documentOf(whole store.WholeDocument, points map[uuid.UUID]vector.Point) document {
	d := document{
		DocID: whole.DocID, Title: whole.Title, Chapter: whole.Chapter, URL: whole.URL,
		Metadata: whole.Metadata, Source: whole.Source, OwnerID: whole.OwnerID,
		Visibility: whole.Visibility, Revision: whole.Revision, CreatedAt: whole.CreatedAt,
		UpdatedAt: whole.UpdatedAt, Fingerprint: whole.Fingerprint, Text: whole.Text,
		Chunks: make([]chunk, len(whole.Chunks)),
	}
	for i, c := range whole.Chunks {
		d.Chunks[i] = chunk{
			ChunkID: c.ChunkID, CharStart: c.CharStart, CharEnd: c.CharEnd,
			HeadingPath: c.HeadingPath, Anchor: c.Anchor, Anchors: c.Anchors,
		}
		if p, there := points[c.VectorID]; there {
			d.Chunks[i].Vectors = vectorsOf(p)
		}
	}
	return d
}

// whole returns the document as a store takes it, and the points of its chunks that have vectors.
// The document has been checked.
func (d document) whole() (store.WholeDocument, map[uuid.UUID]vector.Point) {
	whole := store.WholeDocument{
		Document: book.Document{
			DocID: d.DocID, Title: d.Title, Chapter: d.Chapter, URL: d.URL, Metadata: d.Metadata,
			Source: d.Source, OwnerID: d.OwnerID, Visibility: d.Visibility, Revision: d.Revision,
			Chunks: len(d.Chunks), CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
		},
		Fingerprint: d.Fingerprint, Text: d.Text,
	}
	points := map[uuid.UUID]vector.Point{}
	texts, _ := d.cut()
	for i, c := range d.Chunks {
		whole.Chunks = append(whole.Chunks, store.PlacedChunk{Chunk: book.Chunk{
			ChunkID: c.ChunkID, Index: i, CharStart: c.CharStart, CharEnd: c.CharEnd,
			Text: texts[i], HeadingPath: c.HeadingPath, Anchor: c.Anchor, Anchors: c.Anchors,
		}})
		if c.Vectors != nil {
			points[c.ChunkID] = c.Vectors.point()
		}
	}
	return whole, points
}

func vectorsOf(p vector.Point) *vectors {
	return &vectors{
		Dense:   floatBytes(p.Dense),
		Indices: numberBytes(p.Sparse.Indices),
		Values:  floatBytes(p.Sparse.Values),
	}
}

// point is a point without an id and a payload.
func (v vectors) point() vector.Point {
	return vector.Point{
		Dense:  floats(v.Dense),
		Sparse: book.SparseVector{Indices: numbers(v.Indices), Values: floats(v.Values)},
	}
}

func floatBytes(values []float32) []byte {
	var b []byte
	for _, x := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func numberBytes(values []uint32) []byte {
	var b []byte
	for _, n := range values {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// numbers reads whole numbers; nil for none.
func numbers(b []byte) []uint32 {
	if len(b) == 0 {
		return nil
	}
	values := make([]uint32, len(b)/4)
	for i := range values {
		values[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return values
}

// floats reads numbers; nil for none.
func floats(b []byte) []float32 {
	if len(b) == 0 {
		return nil
	}
	values := make([]float32, len(b)/4)
	for i, n := range numbers(b) {
		values[i] = math.Float32frombits(n)
	}
	return values
}
