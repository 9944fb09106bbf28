package httpapi

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
)

// library is the documents, searches and answers of the tests: each line of a text is a chunk, and
// a search finds the chunks that hold the question.
type library struct {
	mu       sync.Mutex
	books    map[string]volume
	names    map[uuid.UUID]string
	revision int64
	fail     error            // what every call returns, if not nil
	failLate error            // what Ask returns after the first token
	asked    retrieve.Request // the last search
	// conversation is what came with the last question.
	conversation []answer.Turn
	taken        func(ctx context.Context) // called by Ask, if not nil
	found        func()                    // happens after a document was looked up, if not nil
	moving       Reembedding
	degraded     []string // what every search had to do without
}

type volume struct {
	book.Document
	text string
}

func newLibrary() *library {
	return &library{
		books: map[string]volume{}, names: map[uuid.UUID]string{},
		moving: Reembedding{State: ReembedIdle, Dropped: []string{}},
	}
}

func absent(docID string) error {
	return book.Errorf(book.NotFound, "there is no document %q", docID)
}

func sees(v book.View, d book.Document) bool {
	return v.All || d.Visibility == book.Public || d.OwnerID == v.UserID
}

func (l *library) Text(
	_ context.Context, docID string, view book.View,
) (book.Document, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := l.books[docID]
	if l.fail != nil {
		return book.Document{}, "", l.fail
	}
	if !ok || !sees(view, v.Document) {
		return book.Document{}, "", absent(docID)
	}
	return v.Document, v.text, nil
}

func (l *library) Document(
	ctx context.Context, docID string, view book.View,
) (book.Document, error) {
	d, _, err := l.Text(ctx, docID, view)
	if l.found != nil {
		l.found()
	}
	return d, err
}

func (l *library) ListDocuments(
	_ context.Context, q store.DocumentQuery,
) ([]book.Document, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []book.Document
	for _, v := range l.books {
		if sees(q.View, v.Document) && v.DocID > q.After &&
			(q.Source == "" || q.Source == v.Source) && (q.Chapter == "" || q.Chapter == v.Chapter) &&
			(q.OwnerID == uuid.Nil || q.OwnerID == v.OwnerID) {
			found = append(found, v.Document)
		}
	}
	slices.SortFunc(found, func(a, b book.Document) int { return cmp.Compare(a.DocID, b.DocID) })
	return found[:min(len(found), q.Limit)], l.fail
}

func (l *library) ListChunks(
	ctx context.Context, docID string, view book.View, after, limit int,
) ([]book.Chunk, error) {
	_, text, err := l.Text(ctx, docID, view)
	chunks := chunksOf(text)
	start := min(len(chunks), after+1)
	return chunks[start:min(len(chunks), start+limit)], err
}

func chunksOf(text string) []book.Chunk {
	var chunks []book.Chunk
	start := 0
	for i, line := range strings.Split(text, "\n") {
		end := start + len([]rune(line))
		chunks = append(chunks, book.Chunk{
			ChunkID: uuid.NewSHA1(uuid.Nil, []byte(line)), Index: i, CharStart: start, CharEnd: end,
			Text: line, Anchor: "here",
		})
		start = end + 1
	}
	return chunks
}

func (l *library) Ingest(_ context.Context, r ingest.Request) (ingest.Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old, there := l.books[r.DocID]
	status := ingest.Created
	switch {
	case l.fail != nil:
		return ingest.Result{}, l.fail
	case book.ValidateDocID(r.DocID) != nil:
		return ingest.Result{}, book.ValidateDocID(r.DocID)
	case there && old.OwnerID != r.OwnerID:
		return ingest.Result{}, book.Errorf(book.Conflict, "%q belongs to another account", r.DocID)
	case there && old.text == r.Text:
		return ingest.Result{Status: ingest.Unchanged, DocID: r.DocID, Revision: old.Revision}, nil
	case there:
		status = ingest.Updated
	}
	l.revision++
	d := book.Document{
		DocID: r.DocID, Title: r.Title, URL: r.URL, Chapter: r.Chapter, Metadata: r.Metadata,
		OwnerID: r.OwnerID, Owner: l.names[r.OwnerID], Revision: l.revision,
		Source: cmp.Or(r.Source, book.SourceAPI), Visibility: cmp.Or(r.Visibility, book.Public),
		Chunks: len(chunksOf(r.Text)), CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(2, 0),
	}
	l.books[r.DocID] = volume{d, r.Text}
	return ingest.Result{
		Status: status, DocID: r.DocID, ChunksIngested: d.Chunks, Revision: d.Revision,
	}, nil
}

func (l *library) Update(
	ctx context.Context, docID string, owner uuid.UUID, c store.DocumentChange,
) (book.Document, error) {
	d, text, err := l.owned(ctx, docID, owner)
	if err != nil || c.Visibility == nil {
		return d, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.revision++
	d.Visibility, d.Revision = *c.Visibility, l.revision
	l.books[docID] = volume{d, text}
	return d, nil
}

// owned returns the document, if it is of this account.
func (l *library) owned(
	ctx context.Context, docID string, owner uuid.UUID,
) (book.Document, string, error) {
	d, text, err := l.Text(ctx, docID, book.View{All: true})
	if err == nil && owner != uuid.Nil && d.OwnerID != owner {
		err = book.Errorf(book.NotFound, "there is no document %q", docID)
	}
	return d, text, err
}

func (l *library) Delete(ctx context.Context, docID string, owner uuid.UUID) error {
	if _, _, err := l.owned(ctx, docID, owner); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.books, docID)
	return nil
}

func (l *library) Search(_ context.Context, r retrieve.Request) (retrieve.Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = r
	result := retrieve.Result{Degraded: l.degraded}
	for _, v := range l.books {
		for _, c := range chunksOf(v.text) {
			if sees(r.View, v.Document) && strings.Contains(c.Text, r.Question) {
				result.Passages = append(result.Passages, book.Passage{
					DocID: v.DocID, Text: c.Text, ChunkID: c.ChunkID, Revision: v.Revision,
				})
			}
		}
	}
	return result, l.fail
}

// searchesAgain is the question for which the answerer searches once more.
const searchesAgain = "robots see"

func (l *library) Ask(
	ctx context.Context, r answer.Request, e answer.Events,
) (answer.Answer, error) {
	if l.taken != nil {
		l.taken(ctx)
	}
	l.conversation = r.Conversation
	found, err := l.Search(ctx, retrieve.Request{
		Question: r.Question, TopK: r.TopK, Selection: r.Selection, View: r.View,
	})
	if err != nil {
		return answer.Answer{}, err
	}
	a := answer.Answer{
		RawChunks: found.Passages, Refused: len(found.Passages) == 0, Degraded: found.Degraded,
	}
	if e.Passages != nil {
		if err := e.Passages(found.Passages); err != nil {
			return a, err
		}
	}
	if e.Search != nil && r.Question == searchesAgain {
		if err := e.Search("more"); err != nil {
			return a, err
		}
	}
	for i, p := range found.Passages {
		a.Answer += p.Text + "\n"
		a.Citations = append(a.Citations, book.Citation{Marker: i + 1, Quote: p.Text})
		if e.Token == nil {
			continue
		}
		if err := e.Token(p.Text + "\n"); err != nil {
			return a, err
		}
	}
	return a, l.failLate
}

func (l *library) StartReembed(_ context.Context, r ReembedRequest) (Reembedding, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.moving.State == ReembedRunning {
		return Reembedding{}, book.Errorf(book.Conflict, "the book is being moved")
	}
	l.moving = Reembedding{State: ReembedRunning, To: r.To, Total: int(r.Rate), Dropped: []string{}}
	return l.moving, l.fail
}

func (l *library) ReembedStatus() Reembedding {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.moving
}
