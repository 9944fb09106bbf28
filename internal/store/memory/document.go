package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// document is a document with its text. Owner and Chunks of the book.Document are not set.
type document struct {
	book.Document
	fingerprint string
	text        string
	chunkIDs    []uuid.UUID // in order
}

func (d document) scope() book.Scope { return book.ScopeOf(d.Visibility, d.OwnerID) }

func (d document) visible(view book.View) bool {
	return d.Visibility == book.Public || d.OwnerID == view.UserID || view.All
}

// find returns the document, or NotFound when it is absent or not in view.
func (st *state) find(docID string, view book.View) (document, error) {
	d, ok := st.documents[docID]
	if !ok || !d.visible(view) {
		return document{}, book.Errorf(book.NotFound, "there is no document %q", docID)
	}
	return d, nil
}

// findOwned returns the document, or NotFound when it is absent or another's than owner's.
func (st *state) findOwned(docID string, owner uuid.UUID) (document, error) {
	d, err := st.find(docID, book.View{All: true})
	if err == nil && owner != uuid.Nil && owner != d.OwnerID {
		return document{}, book.Errorf(book.NotFound, "there is no document %q", docID)
	}
	return d, err
}

// shown is the document as callers get it.
func (st *state) shown(d document) book.Document {
	doc := d.Document
	doc.Owner, doc.Chunks = st.users[d.OwnerID].Username, len(d.chunkIDs)
	return doc
}

// Document implements store.Documents.
func (s *Store) Document(
	ctx context.Context, docID string, view book.View,
) (book.Document, error) {
	doc, _, err := s.Text(ctx, docID, view)
	return doc, err
}

// Text implements store.Documents.
func (s *Store) Text(
	ctx context.Context, docID string, view book.View,
) (book.Document, string, error) {
	st, err := s.view(ctx)
	if err != nil {
		return book.Document{}, "", err
	}
	d, err := st.find(docID, view)
	if err != nil {
		return book.Document{}, "", err
	}
	return st.shown(d), d.text, nil
}

// ListDocuments implements store.Documents.
func (s *Store) ListDocuments(ctx context.Context, q store.DocumentQuery) ([]book.Document, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	docs := []book.Document{}
	for _, d := range st.documents {
		if d.DocID > q.After && d.visible(q.View) && (q.Source == "" || d.Source == q.Source) &&
			(q.Chapter == "" || d.Chapter == q.Chapter) &&
			(q.OwnerID == uuid.Nil || d.OwnerID == q.OwnerID) {
			docs = append(docs, st.shown(d))
		}
	}
	slices.SortFunc(docs, func(a, b book.Document) int { return cmp.Compare(a.DocID, b.DocID) })
	return page(docs, q.Limit), nil
}

// ListChunks implements store.Documents.
func (s *Store) ListChunks(
	ctx context.Context, docID string, view book.View, afterIndex, limit int,
) ([]book.Chunk, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	d, err := st.find(docID, view)
	if err != nil {
		return nil, err
	}
	chunks := []book.Chunk{}
	for _, id := range d.chunkIDs[min(afterIndex+1, len(d.chunkIDs)):] {
		chunks = append(chunks, st.chunks[id].Chunk)
	}
	return page(chunks, limit), nil
}

// Baseline implements store.Documents.
func (s *Store) Baseline(ctx context.Context, docID, spaceID string) (store.Baseline, error) {
	st, err := s.view(ctx)
	if err != nil {
		return store.Baseline{}, err
	}
	d, ok := st.documents[docID]
	if !ok {
		return store.Baseline{}, nil
	}
	base := store.Baseline{
		Revision: d.Revision, OwnerID: d.OwnerID, Source: d.Source, Visibility: d.Visibility,
		Fingerprint: d.fingerprint, Chunks: len(d.chunkIDs),
	}
	for _, id := range d.chunkIDs {
		if _, embedded := st.pointOf[chunkSpace{id, spaceID}]; embedded {
			base.ChunkIDs = append(base.ChunkIDs, id)
		}
	}
	return base, nil
}

// UpdateDocument implements store.Documents.
func (s *Store) UpdateDocument(
	ctx context.Context, docID string, owner uuid.UUID, c store.DocumentChange,
) (doc book.Document, err error) {
	err = s.updateRecorded(ctx, func(tx *transaction) error {
		d, err := tx.findOwned(docID, owner)
		if err != nil {
			return err
		}
		old := d
		if c.Visibility != nil {
			d.Visibility = *c.Visibility
		}
		if c.OwnerID != nil {
			d.OwnerID = *c.OwnerID
		}
		if err := tx.checkDocument(d.Document); err != nil {
			return err
		}
		if d.Visibility != old.Visibility || d.OwnerID != old.OwnerID {
			d.Revision, d.UpdatedAt = tx.nextRevision(true), tx.now
			tx.documents[docID] = d
		}
		doc = tx.shown(d)
		return nil
	})
	return doc, err
}

// DeleteDocument implements store.Documents.
func (s *Store) DeleteDocument(
	ctx context.Context, docID string, owner uuid.UUID,
) (due []store.LedgerEntry, err error) {
	err = s.updateRecorded(ctx, func(tx *transaction) error {
		d, err := tx.findOwned(docID, owner)
		if err != nil {
			return err
		}
		for _, id := range d.chunkIDs {
			due = append(due, tx.removeChunk(id)...)
		}
		delete(tx.documents, docID)
		return nil
	})
	return due, err
}

// nextRevision takes a revision for a document that is there already, or is created.
func (tx *transaction) nextRevision(there bool) int64 {
	if tx.without[RevGlobal] && !there {
		tx.revision = 0
	}
	tx.revision++
	return tx.revision
}

// checkDocument refuses what no document may be.
func (st *state) checkDocument(d book.Document) error {
	if d.DocID == "" {
		return book.Errorf(book.Invalid, "the document has no doc_id")
	}
	if d.Visibility != book.Public && d.Visibility != book.Private {
		return book.Errorf(book.Invalid, "document %q has the visibility %q; it must be %q or %q",
			d.DocID, d.Visibility, book.Public, book.Private)
	}
	if _, ok := st.users[d.OwnerID]; !ok {
		return book.Errorf(book.Invalid, "the owner is no account; name one that is there")
	}
	return nil
}

// copied returns metadata as it comes back from JSON.
func copied(metadata map[string]any) (map[string]any, error) {
	fresh := map[string]any{}
	if len(metadata) == 0 {
		return fresh, nil
	}
	text, err := json.Marshal(metadata)
	if err == nil {
		err = json.Unmarshal(text, &fresh)
	}
	if err != nil {
		return nil, book.Wrap(book.Invalid, err, "the metadata cannot be written as JSON")
	}
	return fresh, nil
}
