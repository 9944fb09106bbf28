package httpapi

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// Document is a document; a list leaves Text out.
type Document struct {
	DocID      string          `json:"doc_id" example:"module1/what-is-physical-ai" doc:"The document's name."`
	Title      string          `json:"title" example:"What is physical AI?" doc:"The page's title."`
	Chapter    string          `json:"chapter" example:"Module 1" doc:"The part of the book that it belongs to."`
	URL        string          `json:"url" example:"/docs/module1/what-is-physical-ai" doc:"The page's address, without anchor; empty when there is none."`
	Metadata   map[string]any  `json:"metadata" doc:"Whatever was given at ingest."`
	Source     string          `json:"source" example:"robotics-book" doc:"The folder that it is synchronised from, or api."`
	Owner      string          `json:"owner" example:"ada" doc:"User name of the account that owns it."`
	Visibility book.Visibility `json:"visibility" enum:"public,private" example:"public" doc:"private documents exist only for their owner, and for administrators who list, show or delete."`
	Revision   int64           `json:"revision" example:"7" doc:"Grows with every change; never used twice."`
	Chunks     int             `json:"chunks" example:"12" doc:"Number of chunks."`
	CreatedAt  time.Time       `json:"created_at" doc:"When it was first ingested."`
	UpdatedAt  time.Time       `json:"updated_at" doc:"When it was last changed."`
	Text       *string         `json:"text,omitempty" doc:"The canonical text. A list leaves it out, but where it is asked for one doc_id."`
}

// DocumentList is one page of documents.
type DocumentList struct {
	Items      []Document `json:"items" doc:"By doc_id."`
	NextCursor *string    `json:"next_cursor" doc:"For the next page; null on the last."`
}

// Chunk is a span of a document's text.
type Chunk struct {
	ChunkID     uuid.UUID `json:"chunk_id" format:"uuid" doc:"Stays when the page around the chunk changes."`
	ChunkIndex  int       `json:"chunk_index" example:"0" doc:"Position in the document, from 0."`
	CharStart   int       `json:"char_start" example:"0" doc:"First code point of the canonical text."`
	CharEnd     int       `json:"char_end" example:"1180" doc:"The code point after the last."`
	Text        string    `json:"text" doc:"Exactly the canonical text between the two."`
	HeadingPath []string  `json:"heading_path" doc:"Headings above it, from the top."`
	URL         string    `json:"url" doc:"The page's address with the nearest heading's anchor; empty when there is none."`
}

// ChunkList is one page of a document's chunks.
type ChunkList struct {
	DocID      string  `json:"doc_id" doc:"The document's name."`
	Revision   int64   `json:"revision" doc:"The revision that all these chunks belong to."`
	Items      []Chunk `json:"items" doc:"In the order of the text."`
	NextCursor *string `json:"next_cursor" doc:"For the next page; null on the last."`
}

// DocumentUpdateRequest changes a document. What is left out, or null, stays.
type DocumentUpdateRequest struct {
	Visibility *book.Visibility `json:"visibility,omitempty" enum:"public,private" example:"private" doc:"Who may find and read it. For its owner."`
	Owner      *string          `json:"owner,omitempty" minLength:"1" maxLength:"64" example:"grace" doc:"User name of the account to hand it over to, for administrators."`
}

// DocIDPath names a document in a path; exported for the reason that PageQuery is.
type DocIDPath struct {
	DocID string `path:"doc_id" maxLength:"512" example:"module1/what-is-physical-ai" doc:"The document's name as one segment: / is written %2F."`
}

type (
	documentsInput struct {
		PageQuery
		DocID   string `query:"doc_id" maxLength:"512" doc:"Only this document, with its text: for clients behind proxies that decode %2F."`
		Source  string `query:"source" maxLength:"1024" doc:"Only documents from this source."`
		Chapter string `query:"chapter" maxLength:"1024" doc:"Only documents of this chapter."`
		Mine    bool   `query:"mine" doc:"Only the caller's own documents."`
	}
	chunksInput struct {
		DocIDPath
		PageQuery
	}
	documentUpdateInput struct {
		DocIDPath
		Body DocumentUpdateRequest
	}
	documentsOutput struct{ Body DocumentList }
	documentOutput  struct{ Body Document }
	chunksOutput    struct{ Body ChunkList }
)

func (s *server) listDocuments(ctx context.Context, in *documentsInput) (*documentsOutput, error) {
	p := caller(ctx)
	if in.Mine {
		if err := auth.Require(p, book.Reader); err != nil {
			return nil, err
		}
	}
	if in.DocID != "" {
		return s.listOneDocument(ctx, in)
	}
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	if !isText(in.Source) || !isText(in.Chapter) {
		return nil, book.Errorf(book.Invalid, "source and chapter must be UTF-8 without NUL")
	}
	query := store.DocumentQuery{
		View: p.AdminView(), Source: in.Source, Chapter: in.Chapter, After: after,
		Limit: in.Limit + 1,
	}
	if in.Mine {
		query.OwnerID = p.UserID
	}
	documents, err := s.Documents.ListDocuments(ctx, query)
	if err != nil {
		return nil, err
	}
	page, more := cutPage(documents, in.Limit)
	list := DocumentList{Items: make([]Document, len(page))}
	for i, d := range page {
		list.Items[i] = documentOf(d)
		list.NextCursor = nextCursor(more, d.DocID)
	}
	return &documentsOutput{Body: list}, nil
}

// listOneDocument lists the document asked for with its text, or nothing.
func (s *server) listOneDocument(
	ctx context.Context, in *documentsInput,
) (*documentsOutput, error) {
	list := DocumentList{Items: []Document{}}
	document, err := s.getDocument(ctx, &DocIDPath{DocID: in.DocID})
	switch {
	case book.CodeOf(err) == book.NotFound:
	case err != nil:
		return nil, err
	case in.Source != "" && in.Source != document.Body.Source:
	case in.Chapter != "" && in.Chapter != document.Body.Chapter:
	case in.Mine && document.Body.Owner != caller(ctx).Username:
	default:
		list.Items = append(list.Items, document.Body)
	}
	return &documentsOutput{Body: list}, nil
}

func (s *server) getDocument(ctx context.Context, in *DocIDPath) (*documentOutput, error) {
	if err := book.ValidateDocID(in.DocID); err != nil {
		return nil, err
	}
	d, text, err := s.Documents.Text(ctx, in.DocID, caller(ctx).AdminView())
	if err != nil {
		return nil, err
	}
	out := &documentOutput{Body: documentOf(d)}
	out.Body.Text = &text
	return out, nil
}

func (s *server) updateDocument(
	ctx context.Context, in *documentUpdateInput,
) (*documentOutput, error) {
	d, err := s.document(ctx, in.DocID)
	if err != nil {
		return nil, err
	}
	p := caller(ctx)
	change, err := s.documentChange(ctx, d, in.Body)
	if err != nil {
		return nil, err
	}
	ctx = auth.Audited(
		ctx, p, book.DocumentUpdate, book.DocumentTarget(in.DocID), describeChange(in.Body))
	if _, err := s.Ingest.Update(ctx, in.DocID, d.OwnerID, change); err != nil {
		return nil, err
	}
	return s.getDocument(ctx, &in.DocIDPath)
}

// documentChange is what r asks for, as far as the caller may.
func (s *server) documentChange(
	ctx context.Context, d book.Document, r DocumentUpdateRequest,
) (store.DocumentChange, error) {
	p, change := caller(ctx), store.DocumentChange{Visibility: r.Visibility}
	if r.Visibility != nil || r.Owner == nil {
		if err := auth.MaySetVisibility(p, d); err != nil {
			return change, err
		}
	}
	if r.Owner == nil {
		return change, nil
	}
	if err := auth.MayHandOver(p); err != nil {
		return change, err
	}
	owner, err := s.Accounts.OwnerNamed(ctx, p, *r.Owner)
	if err != nil {
		return change, err
	}
	change.OwnerID = &owner.ID
	return change, nil
}

// describeChange says for the audit log what an update asks for.
func describeChange(r DocumentUpdateRequest) string {
	var parts []string
	if r.Visibility != nil {
		parts = append(parts, "visibility "+string(*r.Visibility))
	}
	if r.Owner != nil {
		parts = append(parts, "owner "+*r.Owner)
	}
	return strings.Join(parts, ", ")
}

func (s *server) deleteDocument(ctx context.Context, in *DocIDPath) (*nothing, error) {
	d, err := s.document(ctx, in.DocID)
	if err != nil {
		return nil, err
	}
	p := caller(ctx)
	if err := auth.MayDelete(p, d); err != nil {
		return nil, err
	}
	ctx = auth.Audited(ctx, p, book.DocumentDelete, book.DocumentTarget(in.DocID), "")
	return nil, s.Ingest.Delete(ctx, in.DocID, d.OwnerID)
}

func (s *server) document(ctx context.Context, docID string) (book.Document, error) {
	if err := book.ValidateDocID(docID); err != nil {
		return book.Document{}, err
	}
	return s.Documents.Document(ctx, docID, caller(ctx).AdminView())
}

// listChunks gives chunks of one revision: that of the first page, which the cursor carries.
func (s *server) listChunks(ctx context.Context, in *chunksInput) (*chunksOutput, error) {
	before, err := s.document(ctx, in.DocID)
	if err != nil {
		return nil, err
	}
	after, revision, err := in.afterChunk(before.Revision)
	if err != nil {
		return nil, err
	}
	chunks, err := s.Documents.ListChunks(
		ctx, in.DocID, caller(ctx).AdminView(), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	now, err := s.document(ctx, in.DocID)
	if err != nil {
		return nil, err
	}
	if now.Revision != revision {
		return nil, book.Errorf(book.Conflict, "%q was changed while its chunks were being listed; "+
			"start again without a cursor", in.DocID)
	}
	page, more := cutPage(chunks, in.Limit)
	list := ChunkList{DocID: now.DocID, Revision: revision, Items: make([]Chunk, len(page))}
	for i, c := range page {
		list.Items[i] = chunkOf(now, c)
		key := strconv.FormatInt(revision, 10) + " " + strconv.Itoa(c.Index)
		list.NextCursor = nextCursor(more, key)
	}
	return &chunksOutput{Body: list}, nil
}

// afterChunk returns the index that the page starts after and the revision that it must be of.
func (in *chunksInput) afterChunk(current int64) (index int, revision int64, err error) {
	key, err := in.after()
	if err != nil || key == "" {
		return -1, current, err
	}
	first, second, _ := strings.Cut(key, " ")
	revision, errRevision := strconv.ParseInt(first, 10, 64)
	index, errIndex := strconv.Atoi(second)
	if errRevision != nil || errIndex != nil || index < 0 {
		return 0, 0, errCursor()
	}
	return index, revision, nil
}

func documentOf(d book.Document) Document {
	metadata := d.Metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	return Document{
		DocID: d.DocID, Title: d.Title, Chapter: d.Chapter, URL: d.URL, Metadata: metadata,
		Source: d.Source, Owner: d.Owner, Visibility: d.Visibility, Revision: d.Revision,
		Chunks: d.Chunks, CreatedAt: d.CreatedAt.UTC(), UpdatedAt: d.UpdatedAt.UTC(),
	}
}

func chunkOf(d book.Document, c book.Chunk) Chunk {
	address := d.URL
	if address != "" && c.Anchor != "" {
		address += "#" + c.Anchor
	}
	return Chunk{
		ChunkID: c.ChunkID, ChunkIndex: c.Index, CharStart: c.CharStart, CharEnd: c.CharEnd,
		Text: c.Text, HeadingPath: orEmpty(c.HeadingPath), URL: address,
	}
}

// orEmpty is items, and [] rather than null in JSON when there are none.
func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
