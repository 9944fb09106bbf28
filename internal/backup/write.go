package backup

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// pageSize is how many accounts or keys are in one entry.
const pageSize = 200

// fetchBatch is how many points are read from the index in one call.
const fetchBatch = 256

// Write writes an archive of the stores as they are now to w, while both are used on. Rows are of
// one moment; a chunk whose point has gone since then is written without vectors. When it fails, w
// has got the beginning of an archive, which no reader accepts.
func Write(ctx context.Context, s store.Snapshots, index vector.Index, w io.Writer) error {
	return s.Snapshot(ctx, func(rows store.Snapshot) error {
		now := time.Now().UTC().Truncate(time.Second)
		archive, err := newWriter(w, now)
		if err != nil {
			return book.Wrap(book.Internal, err, "the archive cannot be compressed")
		}
		b := backup{rows: rows, index: index, archive: archive}
		for _, step := range []func(context.Context) error{
			b.writeManifest, b.writeAccounts, b.writeKeys, b.writeConversations, b.writeDocuments,
		} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return archive.close()
	})
}

// backup is one call of Write.
type backup struct {
	rows    store.Snapshot
	index   vector.Index
	archive *writer
	spaceID string // of the active space; empty without one
}

func (b *backup) writeManifest(ctx context.Context) error {
	m := manifest{Format: format, Version: version, CreatedAt: b.archive.at}
	active, err := b.rows.ActiveSpace(ctx)
	switch {
	case err == nil:
		m.Space, b.spaceID = spaceOf(active.Space), active.ID()
	case book.CodeOf(err) != book.NotFound:
		return err
	}
	counts, err := b.rows.Counts(ctx, b.spaceID)
	if err != nil {
		return err
	}
	m.Documents = counts.Documents
	return b.archive.put(manifestName, m)
}

func (b *backup) writeAccounts(ctx context.Context) error {
	after := ""
	for {
		users, err := b.rows.ListUsers(ctx, after, pageSize)
		if err != nil || len(users) == 0 {
			return err
		}
		page := make([]account, len(users))
		for i, u := range users {
			page[i] = account(u)
			after = strings.ToLower(u.Username)
		}
		b.archive.summary.Accounts += len(page)
		if err := b.archive.putIn(accountsName, page); err != nil {
			return err
		}
	}
}

func (b *backup) writeKeys(ctx context.Context) error {
	after := uuid.Nil
	for {
		keys, err := b.rows.ListKeys(ctx, uuid.Nil, after, pageSize)
		if err != nil || len(keys) == 0 {
			return err
		}
		page := make([]key, len(keys))
		for i, k := range keys {
			page[i] = key(k)
			after = k.ID
		}
		b.archive.summary.Keys += len(page)
		if err := b.archive.putIn(keysName, page); err != nil {
			return err
		}
	}
}

func (b *backup) writeConversations(ctx context.Context) error {
	after := uuid.Nil
	for {
		whole, err := b.rows.NextConversation(ctx, after)
		if book.CodeOf(err) == book.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		after = whole.ID
		b.archive.summary.Conversations++
		if err := b.archive.putIn(conversationsName, conversationOf(whole)); err != nil {
			return err
		}
	}
}

func (b *backup) writeDocuments(ctx context.Context) error {
	revision := int64(0)
	for {
		whole, err := b.rows.NextDocument(ctx, revision, b.spaceID)
		if book.CodeOf(err) == book.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		revision = whole.Revision
		points, err := b.points(ctx, whole.Chunks)
		if err != nil {
			return err
		}
		d := documentOf(whole, points)
		if err := checkTexts(whole, d); err != nil {
			return err
		}
		b.archive.summary.addDocument(d)
		if err := b.archive.putIn(documentName, d); err != nil {
			return err
		}
	}
}

// points reads from the index what it still has of the chunks' points. A collection that is gone
// has none.
func (b *backup) points(
	ctx context.Context, chunks []store.PlacedChunk,
) (map[uuid.UUID]vector.Point, error) {
	var ids []uuid.UUID
	for _, c := range chunks {
		if c.VectorID != uuid.Nil {
			ids = append(ids, c.VectorID)
		}
	}
	found := make(map[uuid.UUID]vector.Point, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), fetchBatch)
		points, err := b.index.Fetch(ctx, b.spaceID, ids[:n])
		if err != nil && book.CodeOf(err) != book.NotFound {
			return nil, err
		}
		for _, p := range points {
			found[p.ID] = p
		}
		ids = ids[n:]
	}
	return found, nil
}

// checkTexts makes sure that nothing is lost by leaving the chunks' texts to the document's.
func checkTexts(whole store.WholeDocument, d document) error {
	texts, err := d.cut()
	if err != nil {
		return book.Wrap(book.Internal, err, "the chunks of %q are not its text; ingest it again",
			d.DocID)
	}
	for i, c := range whole.Chunks {
		if c.Text != texts[i] || c.Index != i {
			return book.Errorf(book.Internal, "chunk %d of %q is not its text; ingest it again", i,
				d.DocID)
		}
	}
	return nil
}
