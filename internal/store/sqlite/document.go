package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// Document implements store.Documents.
func (s *Store) Document(
	ctx context.Context, docID string, view book.View,
) (book.Document, error) {
	row, err := findDocument(ctx, s.read, docID, view)
	if err != nil {
		return book.Document{}, s.translate(ctx, err)
	}
	return documentOf(row)
}

// Text implements store.Documents.
func (s *Store) Text(
	ctx context.Context, docID string, view book.View,
) (doc book.Document, text string, err error) {
	err = s.view(ctx, func(q *sqlitedb.Queries) error {
		row, err := findDocument(ctx, q, docID, view)
		if err != nil {
			return err
		}
		if text, err = q.DocumentText(ctx, row.Document.ID); err != nil {
			return err
		}
		doc, err = documentOf(row)
		return err
	})
	return doc, text, err
}

// ListDocuments implements store.Documents.
func (s *Store) ListDocuments(
	ctx context.Context, q store.DocumentQuery,
) ([]book.Document, error) {
	rows, err := s.read.ListDocuments(ctx, sqlitedb.ListDocumentsParams{
		After:    q.After,
		ReaderID: sqlitedb.UUID(q.View.UserID),
		SeeAll:   q.View.All,
		Source:   q.Source,
		Chapter:  q.Chapter,
		AnyOwner: q.OwnerID == uuid.Nil,
		OwnerID:  sqlitedb.UUID(q.OwnerID),
		Limit:    int64(q.Limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	docs := make([]book.Document, len(rows))
	for i, row := range rows {
		if docs[i], err = documentOf(sqlitedb.DocumentRow(row)); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// ListChunks implements store.Documents.
func (s *Store) ListChunks(
	ctx context.Context, docID string, view book.View, afterIndex, limit int,
) ([]book.Chunk, error) {
	var chunks []book.Chunk
	err := s.view(ctx, func(q *sqlitedb.Queries) error {
		doc, err := findDocument(ctx, q, docID, view)
		if err != nil {
			return err
		}
		rows, err := q.ListChunks(ctx, sqlitedb.ListChunksParams{
			Document: doc.Document.ID, ChunkIndex: int64(afterIndex), Limit: int64(limit),
		})
		if err != nil {
			return err
		}
		chunks = make([]book.Chunk, len(rows))
		for i, row := range rows {
			if chunks[i], err = chunkOf(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return chunks, nil
}

// ChapterDocuments implements store.Passages.
func (s *Store) ChapterDocuments(
	ctx context.Context, chapter string, view book.View,
) ([]string, error) {
	ids, err := s.read.ChapterDocuments(ctx, sqlitedb.ChapterDocumentsParams{
		Chapter: chapter, OwnerID: sqlitedb.UUID(view.UserID), SeeAll: view.All,
	})
	return ids, s.translate(ctx, err)
}

// Baseline implements store.Documents.
func (s *Store) Baseline(
	ctx context.Context, docID, spaceID string,
) (base store.Baseline, err error) {
	err = s.view(ctx, func(q *sqlitedb.Queries) error {
		row, err := q.DocumentByDocID(ctx, docID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		base = store.Baseline{
			Revision:    row.Revision,
			OwnerID:     uuid.UUID(row.OwnerID),
			Source:      row.Source,
			Visibility:  book.Visibility(row.Visibility),
			Fingerprint: row.Fingerprint,
		}
		ids, err := q.EmbeddedChunkIDs(ctx, sqlitedb.EmbeddedChunkIDsParams{
			Document: row.ID, SpaceID: spaceID,
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			base.ChunkIDs = append(base.ChunkIDs, uuid.UUID(id))
		}
		count, err := q.CountDocumentChunks(ctx, row.ID)
		base.Chunks = int(count)
		return err
	})
	if err != nil {
		return store.Baseline{}, err
	}
	return base, nil
}

func findDocument(
	ctx context.Context, q *sqlitedb.Queries, docID string, view book.View,
) (sqlitedb.DocumentRow, error) {
	row, err := q.Document(ctx, sqlitedb.DocumentParams{
		DocID: docID, OwnerID: sqlitedb.UUID(view.UserID), SeeAll: view.All,
	})
	if errors.Is(err, sql.ErrNoRows) {
		return row, book.Errorf(book.NotFound, "there is no document %q", docID)
	}
	return row, err
}

func noOwner() error {
	return book.Errorf(book.Invalid, "the owner is no account; name one that is there")
}

func documentOf(row sqlitedb.DocumentRow) (book.Document, error) {
	metadata, err := decode[map[string]any](row.Document.Metadata)
	return book.Document{
		DocID:      row.Document.DocID,
		Title:      row.Document.Title,
		Chapter:    row.Document.Chapter,
		URL:        row.Document.Url,
		Metadata:   metadata,
		Source:     row.Document.Source,
		OwnerID:    uuid.UUID(row.Document.OwnerID),
		Owner:      row.Username,
		Visibility: book.Visibility(row.Document.Visibility),
		Revision:   row.Document.Revision,
		Chunks:     int(row.Chunks),
		CreatedAt:  time.Time(row.Document.CreatedAt),
		UpdatedAt:  time.Time(row.Document.UpdatedAt),
	}, err
}

func chunkOf(row sqlitedb.Chunk) (book.Chunk, error) {
	headings, err := decode[[]string](row.HeadingPath)
	if err != nil {
		return book.Chunk{}, err
	}
	anchors, err := decodeAnchors(row.Anchors)
	return book.Chunk{
		ChunkID:     uuid.UUID(row.ChunkID),
		Index:       int(row.ChunkIndex),
		CharStart:   int(row.CharStart),
		CharEnd:     int(row.CharEnd),
		Text:        row.Text,
		HeadingPath: headings,
		Anchor:      row.Anchor,
		Anchors:     anchors,
	}, err
}
