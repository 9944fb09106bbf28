package postgres

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// UpdateDocument implements store.Documents.
func (s *Store) UpdateDocument(
	ctx context.Context, docID string, owner uuid.UUID, c store.DocumentChange,
) (doc book.Document, err error) {
	err = s.updateRecorded(ctx, func(tx *transaction) error {
		row, err := tx.lockOwned(ctx, docID, owner)
		if err != nil {
			return err
		}
		before := row
		if c.Visibility != nil {
			row.Visibility = string(*c.Visibility)
		}
		if c.OwnerID != nil {
			row.OwnerID = *c.OwnerID
		}
		if row.Visibility != before.Visibility || row.OwnerID != before.OwnerID {
			if _, err := tx.rewrite(ctx, row); err != nil {
				return err
			}
		}
		changed, err := findDocument(ctx, tx.Queries, docID, book.View{All: true})
		if err != nil {
			return err
		}
		doc, err = documentOf(changed)
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
	err = s.updateRecorded(ctx, func(tx *transaction) error {
		if _, err := tx.lockOwned(ctx, docID, owner); err != nil {
			return err
		}
		rows, err := tx.DocumentPoints(ctx, docID)
		if err != nil {
			return err
		}
		var gone []duePoint
		for _, row := range rows {
			gone = append(gone, duePoint{id: row.VectorID, spaceID: row.SpaceID})
		}
		if due, err = tx.markDue(ctx, gone); err != nil {
			return err
		}
		if err := tx.DeletePoints(ctx, idsOf(gone)); err != nil {
			return err
		}
		return tx.DeleteDocument(ctx, docID)
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

// lockOwned locks the document's row, or returns NotFound when it is absent or another's than owner's.
func (tx *transaction) lockOwned(
	ctx context.Context, docID string, owner uuid.UUID,
) (postgresdb.Document, error) {
	row, err := tx.LockDocument(ctx, docID)
	if err != nil {
		return row, missing(err, docID)
	}
	if owner != uuid.Nil && owner != row.OwnerID {
		return row, book.Errorf(book.NotFound, "there is no document %q", docID)
	}
	return row, nil
}

// rewrite stores the row of a document that is there under a new revision, and returns it.
func (tx *transaction) rewrite(
	ctx context.Context, row postgresdb.Document,
) (postgresdb.Document, error) {
	row, err := tx.UpdateDocument(ctx, postgresdb.UpdateDocumentParams{
		DocID:       row.DocID,
		Title:       row.Title,
		Chapter:     row.Chapter,
		Url:         row.Url,
		Metadata:    row.Metadata,
		Source:      row.Source,
		OwnerID:     row.OwnerID,
		Visibility:  row.Visibility,
		Fingerprint: row.Fingerprint,
	})
	if dangling(err) {
		return row, noOwner()
	}
	return row, err
}

func noOwner() error {
	return book.Errorf(book.Invalid, "the owner is no account; name one that is there")
}

func idsOf(points []duePoint) []uuid.UUID {
	ids := make([]uuid.UUID, len(points))
	for i, p := range points {
		ids[i] = p.id
	}
	return ids
}
