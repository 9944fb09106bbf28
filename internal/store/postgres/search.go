package postgres

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// Ranking is BM25 with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza 2009, The Probabilistic Relevance
// Framework: BM25 and Beyond). A term adds idf * (k1 + 1) at most.
const maxWeight = 2.2

// rankTermsSQL ranks the chunks that match candidates and not seen by the sum that stands for %s, which
// is taken in one order, so that equal chunks have equal scores. Of more than most candidates it ranks
// those that the server comes across first.
const rankTermsSQL = `WITH found AS (
	SELECT c.chunk_id, d.doc_id, (%s)::float8 AS score
	FROM chunks c JOIN documents d ON d.doc_id = c.doc_id
	WHERE c.terms @@ @candidates::tsquery
		AND (@seen::text = '' OR NOT c.terms @@ @seen::text::tsquery)
		AND (d.visibility = 'public' OR d.owner_id = @reader OR @all::boolean)
		AND (@documents::text[] IS NULL OR d.doc_id = ANY(@documents::text[]))
	LIMIT @most
), ranked AS MATERIALIZED (
	SELECT * FROM found ORDER BY score DESC, doc_id, chunk_id LIMIT @limit
)
SELECT r.score, d.doc_id, d.title, d.chapter, d.url, d.revision, c.chunk_id, c.chunk_index,
	c.char_start, c.char_end, c.heading_path, c.anchor, c.anchors, c.text
FROM ranked r
JOIN chunks c ON c.chunk_id = r.chunk_id
JOIN documents d ON d.doc_id = c.doc_id
ORDER BY r.score DESC, r.doc_id, r.chunk_id`

// weightSQL is what the term of number %[1]d adds to a chunk's score: idf * (k1 + 1) * n / (n + length),
// in which the number n of its positions stands once. ts_rank of one term, which is the quickest way
// to look into a tsvector, grows with n; ranks are its values for 1, 2, 3 ... positions. Constants
// without a type would be decimal numbers, which are slow.
const weightSQL = `@idf%[1]d::float8 * 2.2 * (1 - (0.3::float8 + 0.9::float8 * c.token_count / @mean::float8) / (
	width_bucket(ts_rank('{1,1,1,1}', c.terms, @term%[1]d::tsquery), @ranks::float4[])
	+ (0.3::float8 + 0.9::float8 * c.token_count / @mean::float8)))`

// enough is how many chunks, times the limit, must hold the rarest terms for a search to look at
// those chunks first.
const enough = 4

// mostCandidates is how many chunks a search looks at before it leaves the others out, besides those
// that hold all terms: it reads and ranks each of them.
const mostCandidates = 10_000

// SearchTerms implements store.Passages. It ranks the chunks that hold one of the rarest terms. The
// last of the best then bounds what else need be looked at: a chunk that holds only terms which
// together weigh less cannot come among them (Turtle and Flood 1995, Query Evaluation: Strategies
// and Optimizations, MaxScore). What is left when it has looked at enough candidates is left out.
func (s *Store) SearchTerms(
	ctx context.Context, terms []uint32, view book.View, docIDs []string, limit int,
) (passages []book.Passage, err error) {
	ranks, err := s.positionRanks(ctx)
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	t := &termSearch{restricted: docIDs != nil, limit: limit, args: pgx.NamedArgs{
		"ranks": ranks, "reader": view.UserID, "all": view.All, "documents": docIDs, "limit": limit,
	}}
	err = s.viewTx(ctx, func(tx pgx.Tx) error {
		var err error
		if t.terms, t.args["mean"], err = weighTerms(ctx, tx, terms); err != nil {
			return err
		}
		return t.search(ctx, tx, s.mostCandidates)
	})
	return t.found, err
}

// termSearch is one call of SearchTerms.
type termSearch struct {
	terms      []weighedTerm
	restricted bool // to some documents
	limit      int
	args       pgx.NamedArgs
	statement  string
	seen       []string       // queries whose chunks were ranked
	found      []book.Passage // the best of them
}

// search looks at most candidates, and at those that hold all terms if they may be among what is left
// out. Within some documents, it looks at as many with each statement.
func (t *termSearch) search(ctx context.Context, tx pgx.Tx, most int) error {
	var sum []string
	for i, term := range t.terms {
		sum = append(sum, fmt.Sprintf(weightSQL, i))
		t.args["term"+strconv.Itoa(i)], t.args["idf"+strconv.Itoa(i)] = term.word, term.idf
	}
	t.statement = fmt.Sprintf(rankTermsSQL, strings.Join(sum, " + "))
	if total(t.terms) > most {
		all := "(" + strings.Join(wordsOf(t.terms), " & ") + ")"
		if err := t.rank(ctx, tx, all, most); err != nil {
			return err
		}
	}
	needed := rarest(t.terms, enough*t.limit)
	for ranked := 0; ranked < needed && most > 0; {
		next := t.terms[ranked : ranked+fitting(t.terms[ranked:needed], most)]
		if err := t.rank(ctx, tx, strings.Join(wordsOf(next), " | "), most); err != nil {
			return err
		}
		if !t.restricted {
			most -= total(next)
		}
		ranked, needed = ranked+len(next), len(t.terms)
		if len(t.found) == t.limit {
			needed = neededFor(t.terms, *t.found[t.limit-1].Scores.Sparse)
		}
	}
	return nil
}

// rank ranks chunks that match candidates and were not ranked yet.
func (t *termSearch) rank(ctx context.Context, tx pgx.Tx, candidates string, most int) error {
	t.args["candidates"], t.args["seen"] = candidates, strings.Join(t.seen, " | ")
	t.args["most"] = most
	found, err := rankTerms(ctx, tx, t.statement, t.args)
	t.found = best(append(t.found, found...), t.limit)
	t.seen = append(t.seen, candidates)
	return err
}

// best returns the best of passages, best first.
func best(passages []book.Passage, limit int) []book.Passage {
	slices.SortFunc(passages, func(a, b book.Passage) int {
		return cmp.Or(cmp.Compare(*b.Scores.Sparse, *a.Scores.Sparse), cmp.Compare(a.DocID, b.DocID),
			bytes.Compare(a.ChunkID[:], b.ChunkID[:]))
	})
	return passages[:min(limit, len(passages))]
}

func rankTerms(
	ctx context.Context, tx pgx.Tx, statement string, args pgx.NamedArgs,
) ([]book.Passage, error) {
	// Not a prepared statement: after some calls the server would plan it without looking at the terms.
	rows, err := tx.Query(ctx, statement, pgx.QueryExecModeCacheDescribe, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (book.Passage, error) {
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
}

// positionRanksSQL asks the server itself how ts_rank grows.
const positionRanksSQL = `SELECT array_agg(ts_rank('{1,1,1,1}', ('x:' || (
	SELECT string_agg(p::text, ',') FROM generate_series(1, n) p
))::tsvector, 'x') ORDER BY n) FROM generate_series(1, $1::int) n`

// positionRanks returns ts_rank of a term by its number of positions, from 1. It is asked for once.
func (s *Store) positionRanks(ctx context.Context) ([]float32, error) {
	if known := s.ranks.Load(); known != nil {
		return *known, nil
	}
	var ranks []float32
	if err := s.pool.QueryRow(ctx, positionRanksSQL, maxPositions).Scan(&ranks); err != nil {
		return nil, err
	}
	s.ranks.Store(&ranks)
	return ranks, nil
}

// weighedTerm is a term of a query that some chunk holds.
type weighedTerm struct {
	word string
	df   int
	idf  float64
}

// meanLengthSQL takes the mean of what the server's statistics keep of lengths, where there are many
// chunks: of the most frequent ones with their shares, and of a histogram of the others.
const meanLengthSQL = `SELECT coalesce((
	SELECT coalesce((
		SELECT sum(v * share) FROM unnest(s.most_common_vals::text::float8[], s.most_common_freqs) m(v, share)
	), 0) + coalesce((
		SELECT (sum(v) - (min(v) + max(v)) / 2) / (count(*) - 1)
		FROM unnest(s.histogram_bounds::text::float8[]) v HAVING count(*) > 1
	), 0) * (1 - coalesce((SELECT sum(share) FROM unnest(s.most_common_freqs) share), 0))
	FROM pg_class c JOIN pg_stats s ON s.schemaname = current_schema()
		AND s.tablename = 'chunks' AND s.attname = 'token_count'
	WHERE c.oid = 'chunks'::regclass AND c.reltuples >= 20000
), (SELECT avg(token_count) FROM chunks))::float8`

// weighTerms returns the terms by descending weight, and the mean length of a chunk.
func weighTerms(
	ctx context.Context, tx pgx.Tx, terms []uint32,
) (weighed []weighedTerm, mean float64, err error) {
	df, chunks, err := termFrequencies(ctx, tx, terms)
	if err != nil || len(df) == 0 {
		return nil, 0, err
	}
	for term, n := range df {
		word := strconv.FormatUint(uint64(term), 10)
		weighed = append(weighed, weighedTerm{word, n, store.TermWeight(chunks, n)})
	}
	slices.SortFunc(weighed, func(a, b weighedTerm) int {
		return cmp.Or(cmp.Compare(b.idf, a.idf), cmp.Compare(a.word, b.word))
	})
	err = tx.QueryRow(ctx, meanLengthSQL).Scan(&mean)
	return weighed, mean, err
}

// rarest returns how many of the terms are together in enough chunks.
func rarest(weighed []weighedTerm, chunks int) int {
	for n := range weighed {
		if total(weighed[:n]) >= chunks {
			return n
		}
	}
	return len(weighed)
}

// fitting returns how many of the terms are together in at most so many chunks, but one at least.
func fitting(weighed []weighedTerm, chunks int) int {
	n := 1
	for n < len(weighed) && total(weighed[:n+1]) <= chunks {
		n++
	}
	return n
}

// total is how many chunks hold one of the terms, at most.
func total(weighed []weighedTerm) (chunks int) {
	for _, term := range weighed {
		chunks += term.df
	}
	return chunks
}

// neededFor returns how many of the terms, from the first, must be looked for to find every chunk
// that scores at least score: the others together weigh less.
func neededFor(weighed []weighedTerm, score float64) int {
	n, most := len(weighed), 0.0
	for n > 0 && most+weighed[n-1].idf*maxWeight < score {
		n--
		most += weighed[n].idf * maxWeight
	}
	return n
}

func wordsOf(weighed []weighedTerm) []string {
	words := make([]string, len(weighed))
	for i, term := range weighed {
		words[i] = term.word
	}
	return words
}

// termFrequenciesSQL counts by the index over terms. It has a row without a term when no term is
// asked for or found. To count means to look at each row that holds a term: where there are many
// chunks, the server's statistics say how many there are, and how often the most frequent terms
// occur (five thousand; ANALYZE takes them from a sample of rows). What is rarer is counted,
// up to a number above which a word is frequent anyhow.
const termFrequenciesSQL = `WITH size AS MATERIALIZED (
	SELECT reltuples::bigint AS chunks, reltuples >= 20000 AS large
	FROM pg_class WHERE oid = 'chunks'::regclass
), n AS MATERIALIZED (
	SELECT CASE WHEN large THEN chunks ELSE (SELECT count(*) FROM chunks) END AS chunks, large
	FROM size
), common AS MATERIALIZED (
	SELECT e.term, (e.share * n.chunks)::bigint AS df
	FROM n JOIN pg_stats s ON n.large AND s.schemaname = current_schema()
		AND s.tablename = 'chunks' AND s.attname = 'terms'
	CROSS JOIN unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) e(term, share)
)
SELECT n.chunks, f.term, f.df
FROM n LEFT JOIN (
	SELECT t.term::bigint AS term, coalesce(
		(SELECT c.df FROM common c WHERE c.term = t.term),
		(SELECT count(*) FROM (
			SELECT FROM chunks WHERE chunks.terms @@ t.term::tsquery
			LIMIT (SELECT CASE WHEN large THEN 5000 END FROM n)
		) holding)) AS df
	FROM (SELECT DISTINCT unnest($1::text[]) AS term) t
) f ON f.df > 0`

// TermFrequencies implements store.Passages.
func (s *Store) TermFrequencies(
	ctx context.Context, terms []uint32,
) (df map[uint32]int, chunks int, err error) {
	df, chunks, err = termFrequencies(ctx, s.pool, terms)
	return df, chunks, s.translate(ctx, err)
}

// querier is a connection, a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func termFrequencies(
	ctx context.Context, q querier, terms []uint32,
) (df map[uint32]int, chunks int, err error) {
	rows, err := q.Query(ctx, termFrequenciesSQL, decimals(terms))
	if err != nil {
		return nil, 0, err
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
		return nil, 0, err
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
