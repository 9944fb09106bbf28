package simulation

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// relational is what the code under test needs of the relational store.
type relational interface {
	store.Documents
	store.Passages
	store.Points
	store.Ledger
	store.Spaces
	store.SpaceChanges
	store.Leadership
}

// gatedStore is the relational store as an actor sees it. What changes a document is told to the
// oracle when it happens, whether or not the actor hears of it.
type gatedStore struct {
	*actor
	relational
}

func (s gatedStore) Document(
	ctx context.Context, docID string, view book.View,
) (book.Document, error) {
	return fetch(ctx, s.actor, "store.Document", read, func(ctx context.Context) (book.Document, error) {
		return s.relational.Document(ctx, docID, view)
	})
}

func (s gatedStore) Text(
	ctx context.Context, docID string, view book.View,
) (doc book.Document, text string, err error) {
	err = do(ctx, s.actor, "store.Text", read, func(ctx context.Context) (err error) {
		doc, text, err = s.relational.Text(ctx, docID, view)
		return err
	})
	return doc, text, err
}

func (s gatedStore) ListChunks(
	ctx context.Context, docID string, view book.View, afterIndex, limit int,
) ([]book.Chunk, error) {
	return fetch(ctx, s.actor, "store.ListChunks", read,
		func(ctx context.Context) ([]book.Chunk, error) {
			return s.relational.ListChunks(ctx, docID, view, afterIndex, limit)
		})
}

func (s gatedStore) Baseline(
	ctx context.Context, docID, spaceID string,
) (store.Baseline, error) {
	return fetch(ctx, s.actor, "store.Baseline", read,
		func(ctx context.Context) (store.Baseline, error) {
			return s.relational.Baseline(ctx, docID, spaceID)
		})
}

func (s gatedStore) CommitDocument(
	ctx context.Context, w store.DocumentWrite,
) (store.Committed, error) {
	chosen := s.current.visibility != ""
	return fetch(ctx, s.actor, "store.CommitDocument", write,
		func(ctx context.Context) (store.Committed, error) {
			done, err := s.relational.CommitDocument(ctx, w)
			if err == nil {
				doc := w.Document
				doc.Revision = done.Revision
				s.oracle.wrote(doc, w.Text, chosen)
			}
			return done, err
		})
}

func (s gatedStore) UpdateDocument(
	ctx context.Context, docID string, owner uuid.UUID, c store.DocumentChange,
) (book.Document, error) {
	return fetch(ctx, s.actor, "store.UpdateDocument", write,
		func(ctx context.Context) (book.Document, error) {
			doc, err := s.relational.UpdateDocument(ctx, docID, owner, c)
			if err == nil {
				s.oracle.changed(doc)
			}
			return doc, err
		})
}

func (s gatedStore) DeleteDocument(
	ctx context.Context, docID string, owner uuid.UUID,
) ([]store.LedgerEntry, error) {
	return fetch(ctx, s.actor, "store.DeleteDocument", write,
		func(ctx context.Context) ([]store.LedgerEntry, error) {
			due, err := s.relational.DeleteDocument(ctx, docID, owner)
			if err == nil {
				s.oracle.deleted(docID)
			}
			return due, err
		})
}

func (s gatedStore) Resolve(
	ctx context.Context, space store.ActiveSpace, ids []uuid.UUID, view book.View,
) (map[uuid.UUID]book.Passage, error) {
	view.All = view.All || s.stores.without == views
	return fetch(ctx, s.actor, "store.Resolve", read,
		func(ctx context.Context) (map[uuid.UUID]book.Passage, error) {
			return s.relational.Resolve(ctx, space, ids, view)
		})
}

func (s gatedStore) SearchTerms(
	ctx context.Context, terms []uint32, view book.View, docIDs []string, limit int,
) ([]book.Passage, error) {
	return fetch(ctx, s.actor, "store.SearchTerms", read,
		func(ctx context.Context) ([]book.Passage, error) {
			return s.relational.SearchTerms(ctx, terms, view, docIDs, limit)
		})
}

func (s gatedStore) ListReferences(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) ([]store.Reference, error) {
	return fetch(ctx, s.actor, "store.ListReferences", read,
		func(ctx context.Context) ([]store.Reference, error) {
			return s.relational.ListReferences(ctx, spaceID, after, limit)
		})
}

func (s gatedStore) References(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) (map[uuid.UUID]store.Reference, error) {
	return fetch(ctx, s.actor, "store.References", read,
		func(ctx context.Context) (map[uuid.UUID]store.Reference, error) {
			return s.relational.References(ctx, spaceID, ids)
		})
}

func (s gatedStore) ListUnembedded(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) ([]store.PointBase, error) {
	return fetch(ctx, s.actor, "store.ListUnembedded", read,
		func(ctx context.Context) ([]store.PointBase, error) {
			return s.relational.ListUnembedded(ctx, spaceID, after, limit)
		})
}

func (s gatedStore) ListMisscoped(
	ctx context.Context, spaceID, docID string, after uuid.UUID, limit int,
) ([]store.PointBase, error) {
	return fetch(ctx, s.actor, "store.ListMisscoped", read,
		func(ctx context.Context) ([]store.PointBase, error) {
			return s.relational.ListMisscoped(ctx, spaceID, docID, after, limit)
		})
}

func (s gatedStore) PointBases(
	ctx context.Context, spaceID string, chunkIDs []uuid.UUID,
) ([]store.PointBase, error) {
	return fetch(ctx, s.actor, "store.PointBases", read,
		func(ctx context.Context) ([]store.PointBase, error) {
			return s.relational.PointBases(ctx, spaceID, chunkIDs)
		})
}

func (s gatedStore) CommitPoints(
	ctx context.Context, spaceID string, puts []store.PointPut, late bool,
) (made []bool, released []store.LedgerEntry, err error) {
	err = do(ctx, s.actor, "store.CommitPoints", write, func(ctx context.Context) (err error) {
		made, released, err = s.relational.CommitPoints(ctx, spaceID, puts, late)
		return err
	})
	return made, released, err
}

func (s gatedStore) Counts(ctx context.Context, spaceID string) (store.Counts, error) {
	return fetch(ctx, s.actor, "store.Counts", read, func(ctx context.Context) (store.Counts, error) {
		return s.relational.Counts(ctx, spaceID)
	})
}

func (s gatedStore) Reserve(
	ctx context.Context, spaceID string, ids []uuid.UUID, lease time.Duration,
) error {
	return do(ctx, s.actor, "store.Reserve", write, func(ctx context.Context) error {
		return s.relational.Reserve(ctx, spaceID, ids, lease)
	})
}

func (s gatedStore) Abandon(
	ctx context.Context, ids []uuid.UUID, late bool,
) ([]store.LedgerEntry, error) {
	return fetch(ctx, s.actor, "store.Abandon", write,
		func(ctx context.Context) ([]store.LedgerEntry, error) {
			return s.relational.Abandon(ctx, ids, late)
		})
}

func (s gatedStore) ExpireLeases(ctx context.Context, limit int) (int, error) {
	return fetch(ctx, s.actor, "store.ExpireLeases", write, func(ctx context.Context) (int, error) {
		return s.relational.ExpireLeases(ctx, limit)
	})
}

func (s gatedStore) ListDue(ctx context.Context, limit int) ([]store.LedgerEntry, error) {
	return fetch(ctx, s.actor, "store.ListDue", read,
		func(ctx context.Context) ([]store.LedgerEntry, error) {
			return s.relational.ListDue(ctx, limit)
		})
}

func (s gatedStore) Drop(ctx context.Context, entries []store.LedgerEntry) (int, error) {
	return fetch(ctx, s.actor, "store.Drop", write, func(ctx context.Context) (int, error) {
		return s.relational.Drop(ctx, entries)
	})
}

func (s gatedStore) LedgerStates(
	ctx context.Context, ids []uuid.UUID,
) (map[uuid.UUID]store.LedgerState, error) {
	return fetch(ctx, s.actor, "store.LedgerStates", read,
		func(ctx context.Context) (map[uuid.UUID]store.LedgerState, error) {
			return s.relational.LedgerStates(ctx, ids)
		})
}

func (s gatedStore) AddStrays(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) (int, error) {
	return fetch(ctx, s.actor, "store.AddStrays", write, func(ctx context.Context) (int, error) {
		return s.relational.AddStrays(ctx, spaceID, ids)
	})
}

func (s gatedStore) ActiveSpace(ctx context.Context) (store.ActiveSpace, error) {
	return fetch(ctx, s.actor, "store.ActiveSpace", read, s.relational.ActiveSpace)
}

func (s gatedStore) ListSpaces(ctx context.Context) ([]store.SpaceStatus, error) {
	return fetch(ctx, s.actor, "store.ListSpaces", read, s.relational.ListSpaces)
}

func (s gatedStore) AddSpace(ctx context.Context, space book.Space) error {
	return do(ctx, s.actor, "store.AddSpace", write, func(ctx context.Context) error {
		return s.relational.AddSpace(ctx, space)
	})
}

func (s gatedStore) SwitchSpace(ctx context.Context, id string) error {
	return do(ctx, s.actor, "store.SwitchSpace", write, func(ctx context.Context) error {
		return s.relational.SwitchSpace(ctx, id)
	})
}

func (s gatedStore) RetireSpace(ctx context.Context, id string) error {
	return do(ctx, s.actor, "store.RetireSpace", write, func(ctx context.Context) error {
		return s.relational.RetireSpace(ctx, id)
	})
}

func (s gatedStore) ReleasePoints(
	ctx context.Context, id string, limit int,
) ([]store.LedgerEntry, error) {
	return fetch(ctx, s.actor, "store.ReleasePoints", write,
		func(ctx context.Context) ([]store.LedgerEntry, error) {
			return s.relational.ReleasePoints(ctx, id, limit)
		})
}

func (s gatedStore) ForgetSpace(ctx context.Context, id string) error {
	return do(ctx, s.actor, "store.ForgetSpace", write, func(ctx context.Context) error {
		return s.relational.ForgetSpace(ctx, id)
	})
}

// Lead lets everybody lead: leadership may be lost unnoticed, so what a leader does must do no harm
// when two do it.
func (gatedStore) Lead(
	ctx context.Context, _ string, f func(context.Context) error,
) (bool, error) {
	return true, f(ctx)
}
