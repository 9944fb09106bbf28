package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// SearchTerms implements store.Passages. The score is FTS5's.
func (s *Store) SearchTerms(
	ctx context.Context, terms []uint32, view book.View, docIDs []string, limit int,
) ([]book.Passage, error) {
	tx, err := s.readDB.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	ranked, err := rankTerms(ctx, tx, terms, view, docIDs, limit)
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	passages, err := loadRanked(ctx, tx, ranked)
	return passages, s.translate(ctx, err)
}

// rankedChunk is a chunk that a search found.
type rankedChunk struct {
	row   int64
	score float64
	docID string
	id    sqlitedb.UUID
}

// rankTerms returns the best chunks. It reads on behind the last one while scores are equal, so
// that ties are broken by name and not by where a row happens to lie.
func rankTerms(
	ctx context.Context, tx *sql.Tx, terms []uint32, view book.View, docIDs []string, limit int,
) ([]rankedChunk, error) {
	documents := sql.NullString{Valid: docIDs != nil}
	if documents.Valid {
		encoded, err := json.Marshal(docIDs)
		if err != nil {
			return nil, err
		}
		documents.String = string(encoded)
	}
	rows, err := tx.QueryContext(ctx, rankTermsSQL,
		sql.Named("query", matchAny(terms)), sql.Named("documents", documents),
		sql.Named("reader", sqlitedb.UUID(view.UserID)), sql.Named("all", view.All))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var ranked []rankedChunk
	for rows.Next() {
		var c rankedChunk
		if err := rows.Scan(&c.row, &c.score, &c.docID, &c.id); err != nil {
			return nil, err
		}
		if n := len(ranked); n > 0 && n >= limit && c.score < ranked[n-1].score {
			break
		}
		ranked = append(ranked, c)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(ranked, func(a, b rankedChunk) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.docID, b.docID),
			bytes.Compare(a.id[:], b.id[:]))
	})
	return ranked[:min(max(limit, 0), len(ranked))], nil
}

func loadRanked(ctx context.Context, tx *sql.Tx, ranked []rankedChunk) ([]book.Passage, error) {
	place := make(map[int64]int, len(ranked))
	ids := make([]int64, len(ranked))
	for i, c := range ranked {
		place[c.row], ids[i] = i, c.row
	}
	encoded, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, chunkPassagesSQL, sql.Named("ids", string(encoded)))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	passages := make([]book.Passage, len(ranked))
	for rows.Next() {
		var row int64
		passage, err := scanPassage(rows, &row)
		if err != nil {
			return nil, err
		}
		i := place[row]
		passages[i] = passage
		passages[i].Scores.Sparse = &ranked[i].score
	}
	return passages, rows.Err()
}

// matchAny is the full-text query for chunks with any of the terms. The empty phrase matches
// nothing.
func matchAny(terms []uint32) string {
	if len(terms) == 0 {
		return `""`
	}
	return termList(terms, " OR ")
}
