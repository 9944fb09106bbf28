package ingest

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/vector"
)

// maxAttempts is how often an ingest starts over when other writes overtake it.
const maxAttempts = 8

// Status says what an ingest did.
type Status string

// The outcomes of an ingest.
const (
	Created   Status = "created"
	Updated   Status = "updated"
	Unchanged Status = "unchanged"
)

// Result is the outcome of an ingest. Ingested chunks were written anew, kept ones were there.
type Result struct {
	Status         Status `json:"status"`
	DocID          string `json:"doc_id"`
	ChunksIngested int    `json:"chunks_ingested"`
	ChunksKept     int    `json:"chunks_kept"`
	ChunksRemoved  int    `json:"chunks_removed"`
	Revision       int64  `json:"revision"`
}

// Ingest makes the document as the request says, wholly or not at all. Errors: Invalid and
// TooLarge for what can never be ingested; Conflict when another account owns the doc_id, another
// source holds it, or other writes kept overtaking this one; those of the stores and the embedder.
func (s *Service) Ingest(ctx context.Context, r Request) (_ Result, err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.Ingest)
	defer end(&err)
	result, err := s.ingest(ctx, r)
	if err != nil {
		s.Telemetry.IngestFailed(err)
		return result, err
	}
	s.Telemetry.Ingested(string(result.Status), result.ChunksIngested, result.ChunksKept,
		result.ChunksRemoved, len(r.Text))
	return result, nil
}

func (s *Service) ingest(ctx context.Context, r Request) (Result, error) {
	doc, err := s.prepare(ctx, r)
	if err != nil {
		return Result{}, err
	}
	for attempt := 1; ; attempt++ {
		result, err := s.ingestOnce(ctx, doc)
		if !overtaken(err) {
			return result, err
		}
		if attempt == maxAttempts && book.CodeOf(err) != book.Conflict {
			return Result{}, err
		}
		if attempt == maxAttempts {
			return Result{}, book.Wrap(book.Conflict, err, "%q kept changing while it was being "+
				"ingested; try again", r.DocID)
		}
		pause := time.Duration(rand.Int64N(int64(attempt) * int64(20*time.Millisecond)))
		select {
		case <-ctx.Done():
			return Result{}, ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (s *Service) ingestOnce(ctx context.Context, doc prepared) (Result, error) {
	space, err := s.store.ActiveSpace(ctx)
	if err != nil {
		return Result{}, err
	}
	base, err := s.store.Baseline(ctx, doc.DocID, space.ID())
	if err != nil {
		return Result{}, err
	}
	if err := doc.accept(base); err != nil {
		return Result{}, err
	}
	result := Result{DocID: doc.DocID, Revision: base.Revision, Status: Updated}
	complete := base.Chunks == len(base.ChunkIDs)
	if doc.Fingerprint == base.Fingerprint && doc.Document.Visibility == base.Visibility && complete {
		result.Status, result.ChunksKept = Unchanged, base.Chunks
		return result, nil
	}
	if base.Revision == 0 {
		result.Status = Created
	}
	write, points, err := s.plan(ctx, space.Space, base, doc)
	if err != nil {
		return Result{}, err
	}
	var done store.Committed
	err = s.write(ctx, space.ID(), points, func(ctx context.Context, late bool) (err error) {
		ctx, end := s.Telemetry.Stage(ctx, telemetry.Commit)
		defer end(&err)
		write.Late = late
		done, err = s.store.CommitDocument(ctx, write)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	s.settleNow(ctx, done.Released)
	if base.Revision != 0 && base.Visibility != doc.Document.Visibility {
		s.rescopeNow(ctx, space.Space, doc.DocID)
	}
	result.Revision = done.Revision
	result.ChunksIngested = len(points)
	result.ChunksKept = len(write.Chunks) - len(points)
	result.ChunksRemoved = done.Removed
	return result, nil
}

// plan embeds what is new and says what CommitDocument is to write.
func (s *Service) plan(
	ctx context.Context, space book.Space, base store.Baseline, doc prepared,
) (store.DocumentWrite, []vector.Point, error) {
	there := make(map[uuid.UUID]bool, len(base.ChunkIDs))
	for _, id := range base.ChunkIDs {
		there[id] = true
	}
	var fresh []int
	var texts []embed.Text
	for i, c := range doc.Chunks {
		if !there[c.ChunkID] {
			fresh, texts = append(fresh, i), append(texts, doc.embedText(c))
		}
	}
	scope := book.ScopeOf(doc.Document.Visibility, doc.Document.OwnerID)
	points, err := s.newPoints(ctx, space, texts, func(i int) vector.Point {
		return vector.Point{
			DocID: doc.DocID, ChunkID: doc.Chunks[fresh[i]].ChunkID, Scope: scope,
		}
	})
	if err != nil {
		return store.DocumentWrite{}, nil, err
	}
	write := store.DocumentWrite{
		SpaceID: space.ID(), BaseRevision: base.Revision, Document: doc.Document,
		Fingerprint: doc.Fingerprint, Text: doc.Text,
		Chunks: make([]store.ChunkWrite, len(doc.Chunks)),
	}
	for i, c := range doc.Chunks {
		write.Chunks[i] = store.ChunkWrite{Chunk: c}
	}
	for i, p := range points {
		write.Chunks[fresh[i]].VectorID = p.ID
		write.Chunks[fresh[i]].Terms = terms(texts[i])
	}
	return write, points, nil
}

// Update changes a document's visibility or owner. The change holds for readers when Update
// returns; points whose scope it makes wrong are rewritten at once or by Drain. NotFound when there is
// none, or it is another's than owner's; uuid.Nil is anybody's.
func (s *Service) Update(
	ctx context.Context, docID string, owner uuid.UUID, change store.DocumentChange,
) (book.Document, error) {
	doc, err := s.store.UpdateDocument(ctx, docID, owner, change)
	if err != nil {
		return book.Document{}, err
	}
	failpoint.Hit("update.afterCommit")
	if space, err := s.store.ActiveSpace(ctx); err == nil {
		s.rescopeNow(ctx, space.Space, docID)
	}
	return doc, nil
}

// Delete removes a document; NotFound as for Update.
func (s *Service) Delete(ctx context.Context, docID string, owner uuid.UUID) error {
	released, err := s.store.DeleteDocument(ctx, docID, owner)
	if err != nil {
		return err
	}
	failpoint.Hit("delete.afterCommit")
	s.Telemetry.Ingested("deleted", 0, 0, 0, 0)
	s.settleNow(ctx, released)
	return nil
}
