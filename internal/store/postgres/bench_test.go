package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

// Set LECTERN_TEST_FSYNC=1 to measure with fsync on, as a server that matters runs.

// text is n words, of which few are frequent, as in prose (Zipf).
func text(random *rand.Rand, n int) string {
	zipf := rand.NewZipf(random, 1.1, 5, 20_000)
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "w%d ", zipf.Uint64())
	}
	return b.String()
}

// BenchmarkIngest writes new documents of 4 chunks of 120 words from 8 goroutines, one document a
// transaction: baseline, reservation, commit.
func BenchmarkIngest(b *testing.B) {
	s := openBench(b)
	owner := begin(b, s)
	var next atomic.Int64
	b.SetParallelism(4) // times GOMAXPROCS
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		random := rand.New(rand.NewPCG(uint64(next.Add(1)), 2))
		for pb.Next() {
			w := draft(b, s, owner, fmt.Sprintf("d%d", next.Add(1)),
				text(random, 120), text(random, 120), text(random, 120), text(random, 120))
			if _, err := s.CommitDocument(b.Context(), w); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "documents/s")
}

func openBench(b *testing.B) *postgres.Store {
	b.Helper()
	s, err := postgres.Open(b.Context(), pgtest.Migrated(b)+"&pool_max_conns=8")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// BenchmarkRead measures what a search asks for, over 20,000 chunks.
func BenchmarkRead(b *testing.B) {
	s := openBench(b)
	owner := begin(b, s)
	random := rand.New(rand.NewPCG(1, 2))
	var ids []uuid.UUID
	var space string
	for d := range 200 {
		texts := make([]string, 100)
		for i := range texts {
			texts[i] = text(random, 120)
		}
		w := draft(b, s, owner, fmt.Sprintf("d%d", d), texts...)
		if _, err := s.CommitDocument(b.Context(), w); err != nil {
			b.Fatal(err)
		}
		ids, space = append(ids, w.Chunks[0].VectorID), w.SpaceID
	}
	vacuum(b, s)
	active, err := s.ActiveSpace(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	question := termsOf("w3 w17 w250 w1800")
	for name, ask := range map[string]func() error{
		"Resolve": func() error {
			_, err := s.Resolve(b.Context(), active, ids[:20], book.View{})
			return err
		},
		"TermFrequencies": func() error {
			_, _, err := s.TermFrequencies(b.Context(), question)
			return err
		},
		"SearchTerms/mixed": func() error {
			_, err := s.SearchTerms(b.Context(), question, book.View{}, nil, 10)
			return err
		},
		"SearchTerms/frequent": func() error {
			_, err := s.SearchTerms(b.Context(), termsOf("w1 w2 w3 w5"), book.View{}, nil, 10)
			return err
		},
		"SearchTerms/wide": func() error {
			_, err := s.SearchTerms(b.Context(), question, book.View{}, nil, 100)
			return err
		},
		"ListDocuments": func() error {
			_, err := s.ListDocuments(b.Context(), store.DocumentQuery{Limit: 50})
			return err
		},
		"ListUnembedded": func() error {
			_, err := s.ListUnembedded(b.Context(), space, uuid.Nil, 100)
			return err
		},
		"ListMisscoped": func() error {
			_, err := s.ListMisscoped(b.Context(), space, "", uuid.Nil, 100)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// vacuum leaves the tables as the server's own maintenance would after a while.
func vacuum(b *testing.B, s *postgres.Store) {
	b.Helper()
	if err := s.Execute(b.Context(), "VACUUM ANALYZE"); err != nil {
		b.Fatal(err)
	}
}
