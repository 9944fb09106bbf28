package ingest

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// Restore writes a document that another installation had: its text, chunks, owner, visibility,
// fingerprint and times as they are, under a new revision and with fresh points in space, which
// must be the active one. points holds vectors of that space by chunk; chunks that are not in it
// are embedded. Conflict when there is such a document, or the space is not active any more; other
// errors as of Ingest.
func (s *Service) Restore(
	ctx context.Context, space book.Space, doc store.WholeDocument,
	points map[uuid.UUID]vector.Point,
) error {
	for attempt := 1; ; attempt++ {
		err := s.restoreOnce(ctx, space, doc, points)
		if attempt == maxAttempts || !overtaken(err) {
			return err
		}
	}
}

func (s *Service) restoreOnce(
	ctx context.Context, space book.Space, doc store.WholeDocument,
	old map[uuid.UUID]vector.Point,
) error {
	base, err := s.store.Baseline(ctx, doc.DocID, space.ID())
	if err != nil {
		return err
	}
	if base.Revision != 0 {
		return book.Errorf(book.Conflict, "document %q was written by somebody else while it was "+
			"being restored; stop what writes to this book, and begin with an empty one", doc.DocID)
	}
	bases := make([]store.PointBase, len(doc.Chunks))
	for i, c := range doc.Chunks {
		bases[i] = store.PointBase{
			ChunkID: c.ChunkID, DocID: doc.DocID, Title: doc.Title, HeadingPath: c.HeadingPath,
			Text: c.Text, Scope: book.ScopeOf(doc.Visibility, doc.OwnerID),
		}
	}
	points, err := s.freshPoints(ctx, space, bases, old)
	if err != nil {
		return err
	}
	write := store.DocumentWrite{
		SpaceID: space.ID(), Document: doc.Document, Fingerprint: doc.Fingerprint, Text: doc.Text,
		Chunks: make([]store.ChunkWrite, len(doc.Chunks)),
	}
	for i, c := range doc.Chunks {
		write.Chunks[i] = store.ChunkWrite{
			Chunk: c.Chunk, VectorID: points[i].ID,
			Terms: terms(embedText(doc.Title, c.HeadingPath, c.Text)),
		}
	}
	var done store.Committed
	err = s.write(ctx, space.ID(), points, func(ctx context.Context, late bool) (err error) {
		write.Late = late
		done, err = s.store.CommitDocument(ctx, write)
		return err
	})
	if err != nil {
		return err
	}
	s.settleNow(ctx, done.Released)
	return nil
}
