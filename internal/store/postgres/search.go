package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// searchTermsSQL ranks by BM25 with k1 = 1.2, b = 0.75 and Lucene's inverse document frequency,
// which is positive for every term (Robertson and Zaragoza 2009, The Probabilistic Relevance
// Framework: BM25 and Beyond). A chunk's sum is taken in one order, so that equal chunks have
// equal scores.
const searchTermsSQL = `WITH query AS MATERIALIZED (
	SELECT t.term, n.mean, ln(1 + (n.chunks - f.df + 0.5) / (f.df + 0.5)) AS idf
	FROM (SELECT DISTINCT unnest(@terms::text[]) AS term) t
	CROSS JOIN (SELECT count(*)::float8 AS chunks, avg(token_count)::float8 AS mean FROM chunks) n
	CROSS JOIN LATERAL (
		SELECT count(*)::float8 AS df FROM chunks WHERE chunks.terms @@ t.term::tsquery
	) f
), ranked AS MATERIALIZED (
	SELECT c.chunk_id, d.doc_id, s.score
	FROM chunks c JOIN documents d ON d.doc_id = c.doc_id
	CROSS JOIN LATERAL (
		SELECT sum(q.idf * 2.2 * cardinality(w.positions)
			/ (cardinality(w.positions) + 0.3 + 0.9 * c.token_count / q.mean) ORDER BY q.term) AS score
		FROM unnest(c.terms) w JOIN query q ON q.term = w.lexeme
	) s
	WHERE c.terms @@ @query::tsquery
		AND (d.visibility = 'public' OR d.owner_id = @reader OR @all::boolean)
		AND (@documents::text[] IS NULL OR d.doc_id = ANY(@documents::text[]))
	ORDER BY s.score DESC, d.doc_id, c.chunk_id LIMIT @limit
)
SELECT r.score, d.doc_id, d.title, d.chapter, d.url, d.revision, c.chunk_id, c.chunk_index,
	c.char_start, c.char_end, c.heading_path, c.anchor, c.anchors, c.text
FROM ranked r
JOIN chunks c ON c.chunk_id = r.chunk_id
JOIN documents d ON d.doc_id = c.doc_id
ORDER BY r.score DESC, r.doc_id, r.chunk_id`

// SearchTerms implements store.Passages.
func (s *Store) SearchTerms(
	ctx context.Context, terms []uint32, view book.View, docIDs []string, limit int,
) ([]book.Passage, error) {
	words := decimals(terms)
	rows, err := s.pool.Query(ctx, searchTermsSQL, pgx.NamedArgs{
		"terms": words, "query": strings.Join(words, " | "), "reader": view.UserID,
		"all": view.All, "documents": docIDs, "limit": limit,
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	passages, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (book.Passage, error) {
		var score float64
		var r postgresdb.ResolveRow
		if err := row.Scan(&score, &r.DocID, &r.Title, &r.Chapter, &r.Url, &r.Revision, &r.ChunkID,
			&r.ChunkIndex, &r.CharStart, &r.CharEnd, &r.HeadingPath, &r.Anchor, &r.Anchors,
			&r.Text); err != nil {
			return book.Passage{}, err
		}
		passage, err := passageOf(r)
		passage.Scores.Sparse = &score
		return passage, err
	})
	return passages, s.translate(ctx, err)
}

// termFrequenciesSQL counts by the index over terms. It has a row without a term when no term is
// asked for or found.
const termFrequenciesSQL = `SELECT n.chunks, f.term, f.df
FROM (SELECT count(*) AS chunks FROM chunks) n
LEFT JOIN (
	SELECT t.term::bigint AS term,
		(SELECT count(*) FROM chunks WHERE chunks.terms @@ t.term::tsquery) AS df
	FROM (SELECT DISTINCT unnest($1::text[]) AS term) t
) f ON f.df > 0`

// TermFrequencies implements store.Passages.
func (s *Store) TermFrequencies(
	ctx context.Context, terms []uint32,
) (df map[uint32]int, chunks int, err error) {
	rows, err := s.pool.Query(ctx, termFrequenciesSQL, decimals(terms))
	if err != nil {
		return nil, 0, s.translate(ctx, err)
	}
	df = make(map[uint32]int, len(terms))
	var term, frequency *int64
	_, err = pgx.ForEachRow(rows, []any{&chunks, &term, &frequency}, func() error {
		if term != nil {
			df[uint32(*term)] = int(*frequency)
		}
		return nil
	})
	if err != nil {
		return nil, 0, s.translate(ctx, err)
	}
	return df, chunks, nil
}

// decimals writes terms as chunks hold them. It is never nil: that would be null.
func decimals(terms []uint32) []string {
	words := make([]string, len(terms))
	for i, term := range terms {
		words[i] = strconv.FormatUint(uint64(term), 10)
	}
	return words
}
