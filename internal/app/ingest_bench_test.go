package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// instant embeds in no time: every text has the same vector.
type instant struct {
	space  book.Space
	vector []float32
}

func newInstant(space book.Space) instant {
	v := make([]float32, space.Dimensions)
	for i := range v {
		v[i] = rand.Float32()
	}
	return instant{space, v}
}

func (i instant) Space() book.Space { return i.space }

func (i instant) EmbedDocuments(_ context.Context, texts []embed.Text) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for n := range vectors {
		vectors[n] = i.vector
	}
	return vectors, nil
}

func (i instant) EmbedQuery(context.Context, string) ([]float32, error) { return i.vector, nil }

// BenchmarkIngestFull has 8 clients ingest new documents of 4 chunks in full mode, each in a
// transaction of its own, by a call and over HTTP, over the stand-in for Qdrant and over one that
// acknowledges at once. PostgreSQL runs on this machine; set LECTERN_TEST_FSYNC=1.
func BenchmarkIngestFull(b *testing.B) {
	for name, vectors := range map[string]qdranttest.Options{
		"standin": {}, "acknowledge": {Forgetful: true},
	} {
		for _, overHTTP := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/http=%v", name, overHTTP), func(b *testing.B) {
				benchmarkIngestFull(b, vectors, overHTTP)
			})
		}
	}
}

func benchmarkIngestFull(b *testing.B, vectors qdranttest.Options, overHTTP bool) {
	database := pgtest.Migrated(b)
	f := openFull(b, database, vectors)
	space, err := f.Store.ActiveSpace(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	f.Ingest = ingest.New(f.Store, f.Index, embed.NewSet(newInstant(space.Space)))
	put := f.put
	if overHTTP {
		put = f.putOverHTTP(b)
	}
	page := pageOf4Chunks()
	var next, chunks atomic.Int64
	var group sync.WaitGroup
	before, beforeServer := processorTime(), serverTime(b, database)
	b.ResetTimer()
	for range 8 {
		group.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				done, err := put(b.Context(), ingest.Request{
					DocID: fmt.Sprintf("page%d", n), Text: strings.ReplaceAll(page, "NUMBER", word(uint64(n))),
				})
				if err != nil {
					b.Error(err)
					return
				}
				chunks.Add(int64(done.ChunksIngested))
			}
		})
	}
	group.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "documents/s")
	b.ReportMetric(float64(chunks.Load())/float64(b.N), "chunks/document")
	b.ReportMetric(milliseconds(processorTime()-before)/float64(b.N), "cpu-ms/document")
	b.ReportMetric(milliseconds(serverTime(b, database)-beforeServer)/float64(b.N),
		"postgres-cpu-ms/document")
	b.Logf("fsync %s, synchronous_commit %s", valueOf(b, database, "SHOW fsync"),
		valueOf(b, database, "SHOW synchronous_commit"))
}

func (f fullMode) put(ctx context.Context, r ingest.Request) (ingest.Result, error) {
	r.OwnerID = f.Local.UserID
	return f.Ingest.Ingest(ctx, r)
}

// putOverHTTP puts by a server on loopback.
func (f *fullMode) putOverHTTP(
	b *testing.B,
) func(ctx context.Context, r ingest.Request) (ingest.Result, error) {
	b.Helper()
	handler, err := f.App.handler(f.Log)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(handler)
	b.Cleanup(server.Close)
	key, _, err := f.Auth.CreateKey(b.Context(), f.Local, auth.KeyRequest{Permission: book.PermitIngest})
	if err != nil {
		b.Fatal(err)
	}
	c, err := client.New(server.URL, key, server.Client().Transport)
	if err != nil {
		b.Fatal(err)
	}
	return c.Put
}

// serverTime is what the processes of a PostgreSQL server on this machine, those that are there now,
// have used of the processors. It is zero where that cannot be read.
func serverTime(b *testing.B, databaseURL string) (used time.Duration) {
	b.Helper()
	const tick = 10 * time.Millisecond // of Linux
	list := valueOf(b, databaseURL, "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity")
	for pid := range strings.FieldsSeq(list) {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest) // utime and stime are the 14th and 15th of proc(5)
		for _, field := range fields[11:13] {
			ticks, _ := strconv.Atoi(field)
			used += time.Duration(ticks) * tick
		}
	}
	return used
}

// pageOf4Chunks is a page in which NUMBER stands in each section.
func pageOf4Chunks() string {
	m := newMadeUpBook()
	var text strings.Builder
	for range 4 {
		fmt.Fprintf(&text, "## NUMBER %s\n\n", m.sentence())
		for from := text.Len(); text.Len() < from+1100; {
			text.WriteString(m.sentence() + " ")
		}
		text.WriteString("\n\n")
	}
	return text.String()
}
