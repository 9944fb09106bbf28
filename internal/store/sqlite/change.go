package sqlite

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// UpdateDocument implements store.Documents.
func (s *Store) UpdateDocument(
	ctx context.Context, docID string, owner uuid.UUID, c store.DocumentChange,
) (doc book.Document, err error) {
	err = s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		row, err := findOwned(ctx, tx.Queries, docID, owner)
		if err != nil {
			return err
		}
		changed := row.Document
		if c.Visibility != nil {
			changed.Visibility = string(*c.Visibility)
		}
		if c.OwnerID != nil {
			changed.OwnerID = sqlitedb.UUID(*c.OwnerID)
		}
		if changed != row.Document {
			if err := tx.rewrite(ctx, changed); err != nil {
				return err
			}
			if row, err = findOwned(ctx, tx.Queries, docID, uuid.Nil); err != nil {
				return err
			}
		}
		doc, err = documentOf(row)
		return err
	})
	if err != nil {
		return book.Document{}, err
	}
	return doc, nil
}

// DeleteDocument implements store.Documents.
func (s *Store) DeleteDocument(
	ctx context.Context, docID string, owner uuid.UUID,
) (due []store.LedgerEntry, err error) {
	err = s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		row, err := findOwned(ctx, tx.Queries, docID, owner)
		if err != nil {
			return err
		}
		points, err := tx.DocumentPoints(ctx, row.Document.ID)
		if err != nil {
			return err
		}
		var gone []point
		for _, p := range points {
			gone = append(gone, point{id: p.VectorID, spaceID: p.SpaceID})
		}
		if due, err = tx.letGo(ctx, gone); err != nil {
			return err
		}
		return tx.DeleteDocument(ctx, row.Document.ID)
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

// rewrite stores the row of a document that is there under a new revision, with the scope that
// follows from visibility and owner.
func (tx *transaction) rewrite(ctx context.Context, row sqlitedb.Document) error {
	revision, err := tx.NextRevision(ctx)
	if err != nil {
		return err
	}
	visibility, owner := book.Visibility(row.Visibility), uuid.UUID(row.OwnerID)
	err = tx.UpdateDocument(ctx, sqlitedb.UpdateDocumentParams{
		Title:       row.Title,
		Chapter:     row.Chapter,
		Url:         row.Url,
		Metadata:    row.Metadata,
		Source:      row.Source,
		OwnerID:     row.OwnerID,
		Visibility:  row.Visibility,
		Scope:       string(book.ScopeOf(visibility, owner)),
		Revision:    revision,
		Fingerprint: row.Fingerprint,
		UpdatedAt:   sqlitedb.Time(tx.now),
		ID:          row.ID,
	})
	if dangling(err) {
		return noOwner()
	}
	return err
}

// letGo takes points from their chunks and makes them due.
func (tx *transaction) letGo(ctx context.Context, points []point) ([]store.LedgerEntry, error) {
	due, err := tx.markDue(ctx, points, false)
	if err != nil {
		return nil, err
	}
	for _, p := range points {
		if err := tx.DeletePoint(ctx, p.id); err != nil {
			return nil, err
		}
	}
	return due, nil
}

// findOwned returns the document, or NotFound when it is absent or another's than owner's.
func findOwned(
	ctx context.Context, q *sqlitedb.Queries, docID string, owner uuid.UUID,
) (sqlitedb.DocumentRow, error) {
	row, err := findDocument(ctx, q, docID, book.View{All: true})
	if err == nil && owner != uuid.Nil && owner != uuid.UUID(row.Document.OwnerID) {
		err = book.Errorf(book.NotFound, "there is no document %q", docID)
	}
	return row, err
}
