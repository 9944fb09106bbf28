package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// CommitDocument implements store.Documents.
func (s *Store) CommitDocument(
	ctx context.Context, w store.DocumentWrite,
) (done store.Committed, err error) {
	var refusal error
	err = s.update(ctx, func(ctx context.Context, tx *transaction) error {
		c := commit{transaction: tx, write: w}
		if err := c.load(ctx); err != nil {
			return err
		}
		var err error
		if refusal, err = c.refuse(ctx); err != nil {
			return err
		}
		if refusal != nil {
			_, err := tx.abandon(ctx, newIDs(w), w.Late)
			return err
		}
		if done, err = c.apply(ctx); err != nil {
			return err
		}
		return tx.record(ctx)
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return store.Committed{}, err
	}
	return done, nil
}

// validate refuses a write that no state of the store could take.
func validate(w store.DocumentWrite) error {
	docID, visibility := w.Document.DocID, w.Document.Visibility
	if docID == "" {
		return book.Errorf(book.Invalid, "the document has no doc_id")
	}
	if visibility != book.Public && visibility != book.Private {
		return book.Errorf(book.Invalid, "document %q has the visibility %q; it must be %q or %q",
			docID, visibility, book.Public, book.Private)
	}
	if _, err := encodeMetadata(w.Document.Metadata); err != nil {
		return err
	}
	chunks, points := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for i, c := range w.Chunks {
		if c.Index != i {
			return book.Errorf(book.Invalid, "chunk %d of document %q has index %d",
				i, docID, c.Index)
		}
		if chunks[c.ChunkID] || (c.VectorID != uuid.Nil && points[c.VectorID]) {
			return book.Errorf(book.Invalid, "chunk %d of document %q has an id that an earlier "+
				"chunk has", i, docID)
		}
		chunks[c.ChunkID], points[c.VectorID] = true, true
	}
	return nil
}

func newIDs(w store.DocumentWrite) []uuid.UUID {
	var ids []uuid.UUID
	for _, c := range w.Chunks {
		if c.VectorID != uuid.Nil {
			ids = append(ids, c.VectorID)
		}
	}
	return ids
}

// commit is transaction B of one ingest.
type commit struct {
	*transaction
	write store.DocumentWrite

	exists bool
	doc    sqlitedb.Document                     // as it was, if it exists
	places map[uuid.UUID]sqlitedb.ChunkPlacesRow // of the chunks that were there
}

func (c *commit) load(ctx context.Context) (err error) {
	c.doc, err = c.DocumentByDocID(ctx, c.write.Document.DocID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	c.exists = true
	rows, err := c.ChunkPlaces(ctx, sqlitedb.ChunkPlacesParams{
		SpaceID: c.write.SpaceID, Document: c.doc.ID,
	})
	c.places = make(map[uuid.UUID]sqlitedb.ChunkPlacesRow, len(rows))
	for _, row := range rows {
		c.places[uuid.UUID(row.ChunkID)] = row
	}
	return err
}

// refuse returns why the write must not happen, or nil.
func (c *commit) refuse(ctx context.Context) (refusal, err error) {
	if err := validate(c.write); err != nil {
		return err, nil
	}
	docID := c.write.Document.DocID
	if c.exists && uuid.UUID(c.doc.OwnerID) != c.write.Document.OwnerID {
		return book.Errorf(book.Conflict, "document %q belongs to another account; "+
			"choose another doc_id", docID), nil
	}
	stale := book.Wrap(book.Conflict, store.ErrStale,
		"document %q was changed by another write; try again", docID)
	if c.doc.Revision != c.write.BaseRevision {
		return stale, nil
	}
	space, err := c.ActiveSpace(ctx)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && space.ID != c.write.SpaceID) {
		return stale, nil
	}
	if err != nil {
		return nil, err
	}
	if !c.exists {
		_, err := c.UserByID(ctx, sqlitedb.UUID(c.write.Document.OwnerID))
		if errors.Is(err, sql.ErrNoRows) {
			return noOwner(), nil
		}
		if err != nil {
			return nil, err
		}
	}
	for _, chunk := range c.write.Chunks {
		ok, err := c.ready(ctx, chunk)
		if err != nil {
			return nil, err
		}
		if !ok {
			return stale, nil
		}
	}
	return nil, nil
}

// ready reports whether the chunk's new point is still this write's to refer to, or the chunk that
// is kept is there with its point.
func (c *commit) ready(ctx context.Context, chunk store.ChunkWrite) (bool, error) {
	if chunk.VectorID == uuid.Nil {
		return c.places[chunk.ChunkID].Point != sqlitedb.UUID{}, nil
	}
	n, err := c.IsWriting(ctx, sqlitedb.IsWritingParams{
		VectorID: sqlitedb.UUID(chunk.VectorID), SpaceID: c.write.SpaceID,
	})
	return n == 1, err
}

func (c *commit) apply(ctx context.Context) (done store.Committed, err error) {
	if err := c.putDocument(ctx); err != nil {
		return done, err
	}
	gone, removed, err := c.leaving(ctx)
	if err != nil {
		return done, err
	}
	if done.Released, err = c.letGo(ctx, gone); err != nil {
		return done, err
	}
	for _, row := range removed {
		if err := c.DeleteChunk(ctx, row); err != nil {
			return done, err
		}
	}
	if err := c.putChunks(ctx); err != nil {
		return done, err
	}
	var written []point
	for _, id := range newIDs(c.write) {
		written = append(written, point{id: sqlitedb.UUID(id), spaceID: c.write.SpaceID})
	}
	late, err := c.settleWritten(ctx, written, c.write.Late)
	if err != nil {
		return done, err
	}
	if err := c.EndScopeChange(ctx, c.doc.ID); err != nil {
		return done, err
	}
	done.Revision = c.doc.Revision
	done.Removed = len(removed)
	done.Released = append(done.Released, late...)
	return done, nil
}

// putDocument writes the document's row and text, and leaves the row in c.doc.
func (c *commit) putDocument(ctx context.Context) error {
	d := c.write.Document
	metadata, err := encodeMetadata(d.Metadata)
	if err != nil {
		return err
	}
	row := sqlitedb.Document{
		ID:          c.doc.ID,
		DocID:       d.DocID,
		Title:       d.Title,
		Chapter:     d.Chapter,
		Url:         d.URL,
		Metadata:    metadata,
		Source:      d.Source,
		OwnerID:     sqlitedb.UUID(d.OwnerID),
		Visibility:  string(d.Visibility),
		Fingerprint: c.write.Fingerprint,
	}
	if !c.exists {
		if row.ID, err = c.insert(ctx, row); err != nil {
			return err
		}
	} else if err := c.rewrite(ctx, row); err != nil {
		return err
	}
	if c.doc, err = c.DocumentByDocID(ctx, d.DocID); err != nil {
		return err
	}
	return c.PutText(ctx, sqlitedb.PutTextParams{Document: c.doc.ID, Text: c.write.Text})
}

func (c *commit) insert(ctx context.Context, row sqlitedb.Document) (int64, error) {
	revision, err := c.NextRevision(ctx)
	if err != nil {
		return 0, err
	}
	d := c.write.Document
	return c.InsertDocument(ctx, sqlitedb.InsertDocumentParams{
		DocID:       row.DocID,
		Title:       row.Title,
		Chapter:     row.Chapter,
		Url:         row.Url,
		Metadata:    row.Metadata,
		Source:      row.Source,
		OwnerID:     row.OwnerID,
		Visibility:  row.Visibility,
		Scope:       string(book.ScopeOf(d.Visibility, d.OwnerID)),
		Revision:    revision,
		Fingerprint: row.Fingerprint,
		CreatedAt:   sqlitedb.Time(timeOr(d.CreatedAt, c.now)),
		UpdatedAt:   sqlitedb.Time(timeOr(d.UpdatedAt, c.now)),
	})
}

// timeOr is t, or now for the zero time.
func timeOr(t, now time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return t
}

// leaving returns the points that chunks let go, and the rows of the chunks that are no longer.
func (c *commit) leaving(ctx context.Context) (gone []point, removed []int64, err error) {
	stays := make(map[uuid.UUID]bool, len(c.write.Chunks))
	for _, chunk := range c.write.Chunks {
		stays[chunk.ChunkID] = true
		old := c.places[chunk.ChunkID].Point
		if chunk.VectorID != uuid.Nil && old != (sqlitedb.UUID{}) {
			gone = append(gone, point{id: old, spaceID: c.write.SpaceID})
		}
	}
	for id, place := range c.places {
		if stays[id] {
			continue
		}
		removed = append(removed, place.ID)
		points, err := c.PointsOfChunk(ctx, place.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range points {
			gone = append(gone, point{id: p.VectorID, spaceID: p.SpaceID})
		}
	}
	return gone, removed, nil
}

func (c *commit) putChunks(ctx context.Context) error {
	if c.exists {
		if err := c.ParkChunks(ctx, c.doc.ID); err != nil {
			return err
		}
	}
	for _, chunk := range c.write.Chunks {
		row, err := c.putChunk(ctx, chunk)
		if err != nil {
			return err
		}
		if chunk.VectorID == uuid.Nil {
			continue
		}
		if err := c.InsertPoint(ctx, sqlitedb.InsertPointParams{
			VectorID: sqlitedb.UUID(chunk.VectorID),
			Chunk:    row,
			SpaceID:  c.write.SpaceID,
			Scope:    c.doc.Scope,
		}); err != nil {
			return err
		}
	}
	return nil
}

// putChunk moves the chunk, or inserts it with its terms, and returns its row's id.
func (c *commit) putChunk(ctx context.Context, chunk store.ChunkWrite) (int64, error) {
	headings, err := encodeHeadings(chunk.HeadingPath)
	if err != nil {
		return 0, err
	}
	anchors, err := encodeAnchors(chunk.Anchors)
	if err != nil {
		return 0, err
	}
	if place, ok := c.places[chunk.ChunkID]; ok {
		return place.ID, c.MoveChunk(ctx, sqlitedb.MoveChunkParams{
			ChunkIndex:  int64(chunk.Index),
			CharStart:   int64(chunk.CharStart),
			CharEnd:     int64(chunk.CharEnd),
			HeadingPath: headings,
			Anchor:      chunk.Anchor,
			Anchors:     anchors,
			ID:          place.ID,
		})
	}
	row, err := c.InsertChunk(ctx, sqlitedb.InsertChunkParams{
		ChunkID:     sqlitedb.UUID(chunk.ChunkID),
		Document:    c.doc.ID,
		ChunkIndex:  int64(chunk.Index),
		CharStart:   int64(chunk.CharStart),
		CharEnd:     int64(chunk.CharEnd),
		HeadingPath: headings,
		Anchor:      chunk.Anchor,
		Anchors:     anchors,
		Text:        chunk.Text,
	})
	if err != nil {
		return 0, err
	}
	return row, c.InsertTerms(ctx, sqlitedb.InsertTermsParams{
		Chunk: row, Terms: termList(chunk.Terms, " "),
	})
}

// termList writes hashes as decimal numbers.
func termList(terms []uint32, separator string) string {
	var text []byte
	for i, term := range terms {
		if i > 0 {
			text = append(text, separator...)
		}
		text = strconv.AppendUint(text, uint64(term), 10)
	}
	return string(text)
}
