package exact

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

const (
	benchDims  = 256
	benchTerms = 60 // of a chunk
)

var benchSpace = book.Space{Provider: "bench", Model: "zipf", Dimensions: benchDims}

// benchPoints makes points of random directions and of terms as frequent as words are: Zipf over
// 300,000, without the 100 most frequent, which are stop words.
type benchPoints struct {
	random *rand.Rand
	zipf   *rand.Zipf
}

func newBenchPoints() benchPoints {
	random := rand.New(rand.NewPCG(7, 7))
	return benchPoints{random, rand.NewZipf(random, 1.07, 100, 300_000)}
}

func (b benchPoints) dense() []float32 {
	v := make([]float32, benchDims)
	for i := range v {
		v[i] = float32(b.random.NormFloat64())
	}
	return vector.Unit(v)
}

func (b benchPoints) sparse(terms int) (v book.SparseVector) {
	for len(v.Indices) < terms {
		v.Indices = append(v.Indices, uint32(b.zipf.Uint64())*2654435761)
		slices.Sort(v.Indices)
		v.Indices = slices.Compact(v.Indices)
	}
	for range v.Indices {
		v.Values = append(v.Values, 0.5+b.random.Float32())
	}
	return v
}

func (b benchPoints) points(n int) []vector.Point {
	points := make([]vector.Point, n)
	for i := range points {
		points[i] = vector.Point{
			ID: book.NewVectorID(), DocID: fmt.Sprint("page/", b.random.IntN(1+n/10)),
			ChunkID: uuid.New(), Scope: book.ScopePublic,
			Dense: b.dense(), Sparse: b.sparse(benchTerms),
		}
	}
	return points
}

func (b benchPoints) query() vector.Query {
	return vector.Query{
		Dense: b.dense(), Sparse: b.sparse(8), Scopes: []book.Scope{book.ScopePublic}, Limit: 100,
	}
}

// benchFiles are written once for all benchmarks of a run: by number of points.
var benchFiles = map[int]string{}

var benchFolder string

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(benchFolder)
	os.Exit(code)
}

func benchFile(b *testing.B, n int) string {
	b.Helper()
	if path := benchFiles[n]; path != "" {
		return path
	}
	if benchFolder == "" {
		var err error
		if benchFolder, err = os.MkdirTemp("", "exact"); err != nil {
			b.Fatal(err)
		}
	}
	path := filepath.Join(benchFolder, fmt.Sprint(n))
	x := openAt(b, path)
	defer x.Close()
	if err := x.Ensure(b.Context(), benchSpace); err != nil {
		b.Fatal(err)
	}
	for batch := range slices.Chunk(newBenchPoints().points(n), 1000) {
		if err := x.Upsert(b.Context(), benchSpace.ID(), batch); err != nil {
			b.Fatal(err)
		}
	}
	benchFiles[n] = path
	return path
}

func sizes(b *testing.B, f func(b *testing.B, n int)) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) { f(b, n) })
	}
}

// BenchmarkSearch asks both legs, top 100 of each, one question after the other.
func BenchmarkSearch(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		x := openAt(b, benchFile(b, n))
		defer x.Close()
		random := newBenchPoints()
		var took []time.Duration
		for b.Loop() {
			b.StopTimer()
			q := random.query()
			b.StartTimer()
			start := time.Now()
			hits, err := x.Search(b.Context(), benchSpace.ID(), q)
			took = append(took, time.Since(start))
			if err != nil || len(hits.Dense) != 100 {
				b.Fatal(len(hits.Dense), err)
			}
		}
		slices.Sort(took)
		for _, percent := range []int{50, 95, 99} {
			at := took[len(took)*percent/100]
			b.ReportMetric(float64(at.Microseconds())/1000, fmt.Sprintf("p%d-ms", percent))
		}
	})
}

// BenchmarkOpen reports the resident memory of the process, the benchmark's own included, after
// opening and 1,000 searches: all of it, and the part that is the mapped file.
func BenchmarkOpen(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		path := benchFile(b, n)
		runtime.GC()
		for b.Loop() {
			x := openAt(b, path)
			b.StopTimer()
			random := newBenchPoints()
			for range 1000 {
				if _, err := x.Search(b.Context(), benchSpace.ID(), random.query()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(resident(b, "VmRSS"), "MB")
			b.ReportMetric(resident(b, "RssFile"), "MB-file")
			x.Close()
			b.StartTimer()
		}
	})
}

// resident returns a line of /proc/self/status in MB.
func resident(b *testing.B, name string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here")
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) / 1000
		}
	}
	return 0
}

// BenchmarkUpsert reports points per second: batches of 128, from one and from four callers.
func BenchmarkUpsert(b *testing.B) {
	for _, callers := range []int{1, 4} {
		b.Run(fmt.Sprint(callers, "-callers"), func(b *testing.B) {
			x := openAt(b, filepath.Join(b.TempDir(), "vectors.db"))
			defer x.Close()
			if err := x.Ensure(b.Context(), benchSpace); err != nil {
				b.Fatal(err)
			}
			random := newBenchPoints()
			const batch = 128
			written := 0
			for b.Loop() {
				b.StopTimer()
				points := random.points(callers * 4 * batch)
				written += len(points)
				b.StartTimer()
				var group sync.WaitGroup
				for part := range slices.Chunk(points, 4*batch) {
					group.Go(func() {
						for some := range slices.Chunk(part, batch) {
							if err := x.Upsert(b.Context(), benchSpace.ID(), some); err != nil {
								b.Error(err)
							}
						}
					})
				}
				group.Wait()
			}
			b.ReportMetric(float64(written)/b.Elapsed().Seconds(), "points/s")
		})
	}
}
