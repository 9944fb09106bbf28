package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// benchFolder holds what the benchmarks of a run share: the binary, and data directories by their
// number of chunks.
var benchFolder string

func TestMain(m *testing.M) {
	code := m.Run()
	if benchFolder != "" {
		os.RemoveAll(benchFolder)
	}
	os.Exit(code)
}

func shared(b *testing.B, name string) string {
	b.Helper()
	if benchFolder == "" {
		var err error
		if benchFolder, err = os.MkdirTemp("", "lectern-bench-"); err != nil {
			b.Fatal(err)
		}
	}
	return filepath.Join(benchFolder, name)
}

// binary is the program as it is released.
func binary(b *testing.B) string {
	b.Helper()
	path := shared(b, "lectern")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path,
		"../../cmd/lectern")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

func lectern(b *testing.B, args ...string) []byte {
	b.Helper()
	out, err := exec.Command(binary(b), args...).Output()
	if err != nil {
		b.Fatalf("lectern %q: %v\n%s", args, err, out)
	}
	return out
}

// corpus is a folder of LECTERN_SHARED; without it the benchmark is skipped.
func corpus(b *testing.B, name string) string {
	b.Helper()
	path := filepath.Join(os.Getenv("LECTERN_SHARED"), "corpora", name)
	if _, err := os.Stat(path); err != nil {
		b.Skipf("LECTERN_SHARED must name the folder that holds corpora/%s", name)
	}
	return path
}

func openBench(b *testing.B, dir string) *App {
	b.Helper()
	c := config.Config{DataDir: dir, Access: "public"}
	a, err := Open(b.Context(), c, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		b.Fatal(err)
	}
	return a
}

func syncBench(b *testing.B, a *App, folder string) ingest.Summary {
	b.Helper()
	site, err := docsite.Open(folder, docsite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	target, err := a.Client()
	if err != nil {
		b.Fatal(err)
	}
	summary, err := ingest.Sync(b.Context(), site, target, ingest.SyncOptions{Source: "bench"})
	if err != nil || summary.Documents.Failed > 0 {
		b.Fatal(summary, err)
	}
	return summary
}

// BenchmarkIngestBook ingests a real book, from nothing and again with nothing changed: opening the
// data directory is part of it.
func BenchmarkIngestBook(b *testing.B) {
	book := corpus(b, "rust-book")
	ingestBook := func(dir string) {
		a := openBench(b, dir)
		defer a.Close()
		syncBench(b, a, book)
	}
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			ingestBook(b.TempDir())
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
	})
	b.Run("unchanged", func(b *testing.B) {
		dir := b.TempDir()
		ingestBook(dir)
		for b.Loop() {
			ingestBook(dir)
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
	})
}

// BenchmarkIngestPages ingests made-up pages: many of one chunk, where each page's transactions
// count, and few of many chunks, where the chunks do.
func BenchmarkIngestPages(b *testing.B) {
	for _, shape := range []struct{ pages, chunks int }{{2000, 1}, {20, 100}} {
		b.Run(fmt.Sprintf("%dx%d", shape.pages, shape.chunks), func(b *testing.B) {
			folder := b.TempDir()
			newBook().write(b, folder, shape.pages, shape.chunks)
			var chunks int
			for b.Loop() {
				a := openBench(b, b.TempDir())
				chunks += syncBench(b, a, folder).Chunks.Added
				a.Close()
			}
			b.ReportMetric(float64(b.N*shape.pages)/b.Elapsed().Seconds(), "pages/s")
			b.ReportMetric(float64(chunks)/b.Elapsed().Seconds(), "chunks/s")
		})
	}
}

// madeUpBook makes up pages of a book. Words are as frequent as those of a language: Zipf over 60,000.
type madeUpBook struct {
	random *rand.Rand
	zipf   *rand.Zipf
}

func newBook() madeUpBook {
	random := rand.New(rand.NewPCG(1, 2))
	return madeUpBook{random, rand.NewZipf(random, 1.1, 8, 60_000-1)}
}

// word spells the word of a rank.
func word(rank uint64) string {
	var syllables []string
	for n := rank + 1; n > 0; n /= 50 {
		syllables = append(syllables, string("bdfgklmprt"[n%10])+string("aeiou"[n/10%5]))
	}
	return strings.Join(syllables, "") + "n"
}

// sentence ends a paragraph's text with "." and starts with a capital letter.
func (m madeUpBook) sentence() string {
	words := make([]string, 8+m.random.IntN(12))
	for i := range words {
		words[i] = word(m.zipf.Uint64())
	}
	text := strings.Join(words, " ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// question has eight words; none is among the 100 most frequent, which are stop words.
func (m madeUpBook) question() string {
	var words []string
	for len(words) < 8 {
		if rank := m.zipf.Uint64(); rank >= 100 {
			words = append(words, word(rank))
		}
	}
	return strings.Join(words, " ") + "?"
}

// write makes a folder of pages, each of sections that become about one chunk.
func (m madeUpBook) write(b *testing.B, folder string, pages, chunks int) {
	b.Helper()
	for page := range pages {
		var text strings.Builder
		fmt.Fprintf(&text, "# %s\n", m.sentence())
		for range chunks {
			fmt.Fprintf(&text, "\n## %s\n\n", m.sentence())
			for from := text.Len(); text.Len() < from+1100; {
				text.WriteString(m.sentence() + " ")
			}
			text.WriteString("\n")
		}
		path := filepath.Join(folder, fmt.Sprintf("page%05d.md", page))
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

// dataDirOf returns a data directory with this many chunks, which another process has filled.
func dataDirOf(b *testing.B, chunks int) string {
	b.Helper()
	dir := shared(b, strconv.Itoa(chunks))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	folder := b.TempDir()
	newBook().write(b, folder, chunks/50, 50)
	start := time.Now()
	lectern(b, "--data-dir", dir, "ingest", "--json", folder)
	b.Logf("%d chunks ingested in %v", chunks, time.Since(start))
	return dir
}

// BenchmarkSearch opens data directories of several sizes and searches them, one question after
// the other, both legs, with the passages from the database. It reports percentiles, the time to
// open, and the resident memory of this process.
func BenchmarkSearch(b *testing.B) {
	for _, chunks := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(chunks), func(b *testing.B) {
			dir := dataDirOf(b, chunks)
			debug.FreeOSMemory()
			start := time.Now()
			a := openBench(b, dir)
			defer a.Close()
			opened := time.Since(start)
			m := newBook()
			var took []time.Duration
			for b.Loop() {
				question := m.question()
				start := time.Now()
				found, err := a.Retrieve.Search(b.Context(), retrieve.Request{Question: question})
				took = append(took, time.Since(start))
				if err != nil || len(found.Passages) == 0 || len(found.Degraded) > 0 {
					b.Fatal(len(found.Passages), found.Degraded, err)
				}
			}
			slices.Sort(took)
			for _, percent := range []int{50, 95} {
				at := took[len(took)*percent/100]
				b.ReportMetric(float64(at.Microseconds())/1000, fmt.Sprintf("p%d-ms", percent))
			}
			b.ReportMetric(opened.Seconds(), "open-s")
			b.ReportMetric(residentMB(b), "resident-MB")
		})
	}
}

// residentMB is the resident memory of this process.
func residentMB(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("the resident memory cannot be read here")
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kb) / 1000
}

// BenchmarkFirstAnswer asks the sample book by the command line, the whole process from start to
// end, and reports the size of the binary.
func BenchmarkFirstAnswer(b *testing.B) {
	dir := b.TempDir()
	lectern(b, "--data-dir", dir, "ingest", "--json", "../../examples/robotics-book")
	for b.Loop() {
		out := lectern(b, "--data-dir", dir, "ask", "--json", "What is a humanoid robot?")
		if !bytes.Contains(out, []byte(`"refused":false`)) {
			b.Fatalf("%s", out)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
	info, err := os.Stat(binary(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
}

// BenchmarkHTTP asks a real book over HTTP, with 32 clients in the same process.
func BenchmarkHTTP(b *testing.B) {
	a := openBench(b, b.TempDir())
	defer a.Close()
	syncBench(b, a, corpus(b, "rust-book"))
	listener, err := Listen(b.Context(), "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ready := make(chan struct{})
	served := make(chan error)
	go func() { served <- a.Serve(ctx, listener, nil, func(context.Context) { close(ready) }) }()
	<-ready
	for _, path := range []string{"/api/search", "/api/query"} {
		b.Run(filepath.Base(path), func(b *testing.B) {
			askTogether(b, listener.Addr(), path)
		})
	}
	stop()
	if err := <-served; err != nil {
		b.Fatal(err)
	}
}

// benchQuestions are of several lengths; the book answers most of them.
var benchQuestions = []string{
	"What is ownership?", "How do I read a file line by line?", "What does the borrow checker do?",
	"How are errors propagated with the ? operator?", "What is the difference between String and &str?",
	"When should I use Rc<T> rather than Box<T>?", "How can threads share a counter?",
	"What are trait objects?", "How do I write an integration test?", "What is a slice?",
	"How does pattern matching with guards work?", "Vec::with_capacity", "What does unsafe allow?",
	"How do closures capture their environment?", "What is a lifetime annotation for?",
	"How do I publish a crate on crates.io?",
}

func askTogether(b *testing.B, address net.Addr, path string) {
	const clients = 32
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var asked atomic.Int64
	var group sync.WaitGroup
	b.ResetTimer()
	for range clients {
		group.Go(func() {
			for n := asked.Add(1); n <= int64(b.N); n = asked.Add(1) {
				question := benchQuestions[n%int64(len(benchQuestions))]
				if err := askOnce(client, "http://"+address.String()+path, question); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

func askOnce(client *http.Client, url, question string) error {
	body, err := json.Marshal(map[string]string{"question": question})
	if err != nil {
		return err
	}
	response, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, answer)
	}
	return err
}
