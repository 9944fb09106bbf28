package postgres_test

import (
	"testing"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

// largeBook is 170,000 chunks of 60 to 180 words, as often as words of a language: the word of rank r
// is 1e9 + r, and every r-th as frequent as the first. It is made by the server, in a minute or two.
var largeBook = []string{
	`INSERT INTO users (id, username, username_key, email, password_hash, role, disabled,
		token_version, created_at, updated_at)
	SELECT gen_random_uuid(), 'ann', 'ann', '', '', 'editor', false, 0, now(), now()`,
	`INSERT INTO documents (doc_id, title, chapter, url, metadata, source, owner_id, visibility,
		fingerprint, created_at, updated_at)
	SELECT 'd' || i, '', '', '', '{}', 'api', u.id, 'public', '', now(), now()
	FROM generate_series(0, 1699) i, users u`,
	`DROP INDEX chunks_by_term`,
	`INSERT INTO chunks (chunk_id, doc_id, chunk_index, char_start, char_end, heading_path, anchor,
		anchors, text, terms, token_count, created_at, updated_at)
	SELECT gen_random_uuid(), 'd' || i / 100, i % 100, 0, 1, '[]', '', '[]', s,
		to_tsvector('simple', s), 60 + i % 120, now(), now()
	FROM generate_series(0, 169999) i CROSS JOIN LATERAL (
		SELECT string_agg((1000000000 + floor(exp(random() * ln(20000))))::bigint::text, ' ') AS s
		FROM generate_series(1, 60 + i % 120)
	) words`,
	`CREATE INDEX chunks_by_term ON chunks USING gin (terms)`,
	`VACUUM ANALYZE`,
}

// BenchmarkLargeBook measures what a question asks for by its words.
func BenchmarkLargeBook(b *testing.B) {
	if testing.Short() {
		b.Skip("writes 170,000 chunks first")
	}
	databaseURL := pgtest.Migrated(b)
	pgtest.Execute(b, databaseURL, largeBook...)
	s, err := postgres.Open(b.Context(), databaseURL)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for _, q := range []struct {
		name  string
		ranks []uint32
	}{
		{"rare", []uint32{3000, 7000, 12000}},
		{"mixed", []uint32{5, 50, 500, 5000}},
		{"medium", []uint32{1100, 1200, 1300, 1400, 1500, 1600, 1700, 1800}},
		{"frequent", []uint32{2, 3, 5, 8}},
	} {
		terms := make([]uint32, len(q.ranks))
		for i, rank := range q.ranks {
			terms[i] = 1_000_000_000 + rank
		}
		b.Run("SearchTerms/"+q.name, func(b *testing.B) {
			for b.Loop() {
				found, err := s.SearchTerms(b.Context(), terms, book.View{}, nil, 100)
				if err != nil || len(found) < 100 {
					b.Fatal(len(found), err)
				}
			}
		})
		b.Run("TermFrequencies/"+q.name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := s.TermFrequencies(b.Context(), terms); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
