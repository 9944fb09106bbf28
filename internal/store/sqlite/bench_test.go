package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite"
)

// A chunk of the benchmarks has as many stems as 1,200 characters of English, drawn from as many
// different ones as a large book has, after Zipf's law.
const (
	benchTerms      = 120
	benchVocabulary = 60_000
)

type bench struct {
	*sqlite.Store
	space  string
	owner  uuid.UUID
	random *rand.Rand
	zipf   *rand.Zipf
	points []uuid.UUID
}

// newBench opens a store that holds documents of 50 chunks each.
func newBench(b *testing.B, chunks int) *bench {
	b.Helper()
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	space, err := s.EnsureSpace(b.Context(), book.Space{Provider: "bench", Model: "m", Dimensions: 4})
	if err != nil {
		b.Fatal(err)
	}
	owner, err := s.CreateUser(b.Context(), book.User{
		ID: uuid.New(), Username: "bench", Role: book.Editor,
	})
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	n := &bench{
		Store: s, space: space.ID(), owner: owner.ID, random: random,
		zipf: rand.NewZipf(random, 1.1, 8, benchVocabulary-1),
	}
	for i := 0; len(n.points) < chunks; i++ {
		n.points = append(n.points, n.put(b, fmt.Sprintf("doc/%05d", i), min(50, chunks))...)
	}
	return n
}

func (n *bench) term() uint32 { return uint32(n.zipf.Uint64()) * 2_654_435_761 }

// put writes a document with fresh chunks and returns their vector ids.
func (n *bench) put(b *testing.B, docID string, chunks int) []uuid.UUID {
	b.Helper()
	w := n.draft(docID, chunks)
	if base, err := n.Baseline(b.Context(), docID, n.space); err != nil {
		b.Fatal(err)
	} else {
		w.BaseRevision = base.Revision
	}
	ids := make([]uuid.UUID, chunks)
	for i, c := range w.Chunks {
		ids[i] = c.VectorID
	}
	if err := n.Reserve(b.Context(), n.space, ids, time.Minute); err != nil {
		b.Fatal(err)
	}
	if _, err := n.CommitDocument(b.Context(), w); err != nil {
		b.Fatal(err)
	}
	return ids
}

func (n *bench) draft(docID string, chunks int) store.DocumentWrite {
	text := strings.Repeat("A robot moves its arm. ", 52)
	w := store.DocumentWrite{
		SpaceID: n.space, Text: strings.Repeat(text, chunks),
		Document: book.Document{
			DocID: docID, Title: "Title", URL: "/" + docID, OwnerID: n.owner,
			Visibility: book.Public,
		},
	}
	for i := range chunks {
		terms := make([]uint32, benchTerms)
		for j := range terms {
			terms[j] = n.term()
		}
		w.Chunks = append(w.Chunks, store.ChunkWrite{
			Chunk: book.Chunk{
				ChunkID: uuid.New(), Index: i, CharEnd: len(text), Text: text,
				HeadingPath: []string{"Top", "Section"}, Anchor: "section",
			},
			VectorID: book.NewVectorID(), Terms: terms,
		})
	}
	return w
}

func BenchmarkCommitDocument10Chunks(b *testing.B) {
	n := newBench(b, 1000)
	for b.Loop() {
		b.StopTimer()
		w := n.draft(uuid.NewString(), 10)
		ids := make([]uuid.UUID, len(w.Chunks))
		for i, c := range w.Chunks {
			ids[i] = c.VectorID
		}
		if err := n.Reserve(b.Context(), n.space, ids, time.Minute); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, err := n.CommitDocument(b.Context(), w); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSync is what the disk takes of each write: the smallest transaction there is.
func BenchmarkSync(b *testing.B) {
	n := newBench(b, 50)
	for b.Loop() {
		if err := n.RevokeFamily(b.Context(), uuid.Nil); err != nil {
			b.Fatal(err)
		}
		if _, err := n.Drop(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReads100kChunks(b *testing.B) {
	if testing.Short() {
		b.Skip("writes 100,000 chunks first")
	}
	n := newBench(b, 100_000)
	b.Run("Resolve200", func(b *testing.B) {
		ids := make([]uuid.UUID, 200)
		active, err := n.ActiveSpace(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			for i := range ids {
				ids[i] = n.points[n.random.IntN(len(n.points))]
			}
			got, err := n.Resolve(b.Context(), active, ids, book.View{})
			if err != nil || len(got) < 150 {
				b.Fatal(len(got), err)
			}
		}
	})
	b.Run("SearchTerms6", func(b *testing.B) {
		var times []time.Duration
		for b.Loop() {
			start := time.Now()
			if _, err := n.SearchTerms(b.Context(), n.question(6), book.View{}, nil, 100); err != nil {
				b.Fatal(err)
			}
			times = append(times, time.Since(start))
		}
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
	})
	b.Run("TermFrequencies10", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := n.TermFrequencies(b.Context(), n.question(10)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// question draws terms as a text has them, but for the 100 most frequent: no stop words.
func (n *bench) question(terms int) []uint32 {
	var question []uint32
	for len(question) < terms {
		if rank := n.zipf.Uint64(); rank >= 100 {
			question = append(question, uint32(rank)*2_654_435_761)
		}
	}
	return question
}
