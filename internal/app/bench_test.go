package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

// benchFolder holds what the benchmarks of a run share: the binary, and data directories by their
// number of chunks.
var benchFolder string

// asChild runs instead of the tests where another test has started this process for it, and reports
// whether it did.
var asChild = func() bool { return false }

func TestMain(m *testing.M) {
	if asChild() {
		return
	}
	code := pgtest.Run(m, postgres.Migrate)
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
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o",
		path, "../../cmd/lectern")
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
			newMadeUpBook().write(b, folder, shape.pages, shape.chunks)
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
	ready := make(chan struct{})
	address, _ := serveApp(b, a, Service{Ready: func(context.Context, *App) { close(ready) }})
	<-ready
	for _, path := range []string{"/api/search", "/api/query"} {
		b.Run(filepath.Base(path), func(b *testing.B) {
			askTogether(b, address+path)
		})
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

func askTogether(b *testing.B, url string) {
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
				if err := askOnce(client, url, question); err != nil {
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
