package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
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
) (book.Document, string, error) {
	row, err := s.read.DocumentWithText(ctx, postgresdb.DocumentWithTextParams{
		DocID: docID, ReaderID: view.UserID, SeeAll: view.All,
	})
	if err != nil {
		return book.Document{}, "", s.translate(ctx, missing(err, docID))
	}
	doc, err := documentOf(postgresdb.DocumentRow{
		Document: row.Document, Username: row.Username, Chunks: row.Chunks,
	})
	return doc, row.Text, err
}

// ListDocuments implements store.Documents.
func (s *Store) ListDocuments(
	ctx context.Context, q store.DocumentQuery,
) ([]book.Document, error) {
	rows, err := s.read.ListDocuments(ctx, postgresdb.ListDocumentsParams{
		After:    q.After,
		ReaderID: q.View.UserID,
		SeeAll:   q.View.All,
		Source:   q.Source,
		Chapter:  q.Chapter,
		AnyOwner: q.OwnerID == uuid.Nil,
		OwnerID:  q.OwnerID,
		RowLimit: int64(q.Limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	docs := make([]book.Document, len(rows))
	for i, row := range rows {
		if docs[i], err = documentOf(postgresdb.DocumentRow(row)); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// ListChunks implements store.Documents.
func (s *Store) ListChunks(
	ctx context.Context, docID string, view book.View, afterIndex, limit int,
) (chunks []book.Chunk, err error) {
	err = s.view(ctx, func(q *postgresdb.Queries) error {
		if _, err := findDocument(ctx, q, docID, view); err != nil {
			return err
		}
		rows, err := q.ListChunks(ctx, postgresdb.ListChunksParams{
			DocID: docID, After: int64(afterIndex), RowLimit: int64(limit),
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
	ids, err := s.read.ChapterDocuments(ctx, postgresdb.ChapterDocumentsParams{
		Chapter: chapter, ReaderID: view.UserID, SeeAll: view.All,
	})
	return ids, s.translate(ctx, err)
}

// Baseline implements store.Documents.
func (s *Store) Baseline(ctx context.Context, docID, spaceID string) (store.Baseline, error) {
	row, err := s.read.Baseline(ctx, postgresdb.BaselineParams{DocID: docID, SpaceID: spaceID})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.Baseline{}, nil
	}
	if err != nil {
		return store.Baseline{}, s.translate(ctx, err)
	}
	return store.Baseline{
		Revision:    row.Revision,
		OwnerID:     row.OwnerID,
		Source:      row.Source,
		Visibility:  book.Visibility(row.Visibility),
		Fingerprint: row.Fingerprint,
		ChunkIDs:    row.ChunkIds,
		Chunks:      int(row.Chunks),
	}, nil
}

func findDocument(
	ctx context.Context, q *postgresdb.Queries, docID string, view book.View,
) (postgresdb.DocumentRow, error) {
	row, err := q.Document(ctx, postgresdb.DocumentParams{
		DocID: docID, ReaderID: view.UserID, SeeAll: view.All,
	})
	return row, missing(err, docID)
}

// missing turns no row into the contract's error.
func missing(err error, docID string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return book.Errorf(book.NotFound, "there is no document %q", docID)
	}
	return err
}

func documentOf(row postgresdb.DocumentRow) (book.Document, error) {
	metadata, err := decode[map[string]any](row.Document.Metadata)
	return book.Document{
		DocID:      row.Document.DocID,
		Title:      row.Document.Title,
		Chapter:    row.Document.Chapter,
		URL:        row.Document.Url,
		Metadata:   metadata,
		Source:     row.Document.Source,
		OwnerID:    row.Document.OwnerID,
		Owner:      row.Username,
		Visibility: book.Visibility(row.Document.Visibility),
		Revision:   row.Document.Revision,
		Chunks:     int(row.Chunks),
		CreatedAt:  row.Document.CreatedAt,
		UpdatedAt:  row.Document.UpdatedAt,
	}, err
}

func chunkOf(row postgresdb.ListChunksRow) (book.Chunk, error) {
	headings, err := decode[[]string](row.HeadingPath)
	if err != nil {
		return book.Chunk{}, err
	}
	anchors, err := decodeAnchors(row.Anchors)
	return book.Chunk{
		ChunkID:     row.ChunkID,
		Index:       int(row.ChunkIndex),
		CharStart:   int(row.CharStart),
		CharEnd:     int(row.CharEnd),
		Text:        row.Text,
		HeadingPath: headings,
		Anchor:      row.Anchor,
		Anchors:     anchors,
	}, err
}
