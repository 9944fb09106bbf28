package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// Lists come in as one JSON value, so that the statements' text is always the same.
const (
	passageColumns = `d.doc_id, d.title, d.chapter, d.url, d.revision, c.chunk_id, c.chunk_index,
	c.char_start, c.char_end, c.heading_path, c.anchor, c.anchors, c.text`

	inView = `(d.visibility = 'public' OR d.owner_id = :reader OR :all)`

	resolveSQL = `SELECT ` + passageColumns + `, v.vector_id
FROM json_each(:ids) i
CROSS JOIN chunk_vectors v ON v.vector_id = unhex(i.value)
JOIN chunks c ON c.id = v.chunk JOIN documents d ON d.id = c.document
WHERE v.space_id = (
		SELECT id FROM embedding_spaces
		WHERE id = :space AND state = 'active' AND activation = :activation
	)
	AND ` + inView

	// The order by rank alone lets the full-text index sort: only what comes up is looked at.
	rankTermsSQL = `SELECT c.id, -f.rank, d.doc_id, c.chunk_id
FROM chunk_search f
CROSS JOIN chunks c ON c.id = f.rowid CROSS JOIN documents d ON d.id = c.document
WHERE chunk_search MATCH :query AND ` + inView + `
	AND (:documents IS NULL OR d.doc_id IN (SELECT value FROM json_each(:documents)))
ORDER BY f.rank`

	chunkPassagesSQL = `SELECT ` + passageColumns + `, c.id
FROM json_each(:ids) i
CROSS JOIN chunks c ON c.id = i.value JOIN documents d ON d.id = c.document`

	termFrequenciesSQL = `SELECT term, chunks FROM term_frequencies
WHERE term IN (SELECT value FROM json_each(:terms))`
)

// Resolve implements store.Passages.
func (s *Store) Resolve(
	ctx context.Context, space store.ActiveSpace, ids []uuid.UUID, view book.View,
) (map[uuid.UUID]book.Passage, error) {
	passages := make(map[uuid.UUID]book.Passage, len(ids))
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = hex.EncodeToString(id[:])
	}
	encoded, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	rows, err := s.readDB.QueryContext(ctx, resolveSQL,
		sql.Named("ids", string(encoded)), sql.Named("space", space.ID()),
		sql.Named("activation", space.Activation),
		sql.Named("reader", sqlitedb.UUID(view.UserID)), sql.Named("all", view.All))
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var id sqlitedb.UUID
		passage, err := scanPassage(rows, &id)
		if err != nil {
			return nil, s.translate(ctx, err)
		}
		passages[uuid.UUID(id)] = passage
	}
	if err := rows.Err(); err != nil {
		return nil, s.translate(ctx, err)
	}
	return passages, nil
}

// TermFrequencies implements store.Passages.
func (s *Store) TermFrequencies(
	ctx context.Context, terms []uint32,
) (df map[uint32]int, chunks int, err error) {
	df = make(map[uint32]int, len(terms))
	tx, err := s.readDB.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0, s.translate(ctx, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	count, err := s.read.WithTx(tx).CountChunks(ctx)
	if err != nil {
		return nil, 0, s.translate(ctx, err)
	}
	rows, err := tx.QueryContext(ctx, termFrequenciesSQL,
		sql.Named("terms", "["+termList(terms, ",")+"]"))
	if err != nil {
		return nil, 0, s.translate(ctx, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var term uint32
		var n int
		if err := rows.Scan(&term, &n); err != nil {
			return nil, 0, s.translate(ctx, err)
		}
		df[term] = n
	}
	return df, int(count), s.translate(ctx, rows.Err())
}

// scanPassage reads passageColumns and one more column.
func scanPassage(rows *sql.Rows, last any) (book.Passage, error) {
	var p book.Passage
	var id sqlitedb.UUID
	var headings, anchor, anchors string
	if err := rows.Scan(&p.DocID, &p.Title, &p.Chapter, &p.URL, &p.Revision, &id, &p.ChunkIndex,
		&p.CharStart, &p.CharEnd, &headings, &anchor, &anchors, &p.Text,
		last); err != nil {
		return p, err
	}
	p.ChunkID = uuid.UUID(id)
	if p.URL != "" && anchor != "" {
		p.URL += "#" + anchor
	}
	var err error
	if p.HeadingPath, err = decode[[]string](headings); err != nil {
		return p, err
	}
	p.Anchors, err = decodeAnchors(anchors)
	return p, err
}
