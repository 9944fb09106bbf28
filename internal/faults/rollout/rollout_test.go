package rollout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

func TestMain(m *testing.M) { pgtest.Main(m, postgres.Migrate) }

const (
	readers = 40 // that ask at once
	// longerThanDelay is how long a stream takes at least.
	longerThanDelay = 4 * time.Second
)

// TestRestartUnderLoad: two servers are restarted one after the other while readers ask for streams, and
// every stream comes to its end.
func TestRestartUnderLoad(t *testing.T) {
	w := newWorld(t)
	var addresses []string
	for range 2 {
		s := w.start(t, freePort(t))
		addresses = append(addresses, s.address)
		w.servers = append(w.servers, s)
	}
	b := balance(t, addresses...)
	for i := range w.servers {
		eventually(t, "a server that is ready", b.servers[i].ready.Load)
	}
	ctx, stop := context.WithCancel(context.Background())
	var asking sync.WaitGroup
	var whole atomic.Int64
	for range readers {
		asking.Go(func() {
			for ctx.Err() == nil {
				if err := ask(b.url); err != nil {
					t.Error(err)
					return
				}
				whole.Add(1)
			}
		})
	}
	for i, s := range w.servers {
		before := whole.Load()
		eventually(t, "streams", func() bool { return t.Failed() || whole.Load() >= before+readers })
		s.terminate(t)
		w.start(t, s.address)
		eventually(t, "a server that is ready again", b.servers[i].ready.Load)
	}
	before := whole.Load()
	eventually(t, "streams", func() bool { return t.Failed() || whole.Load() >= before+readers })
	stop()
	asking.Wait()
	if n := b.failed.Load(); n > 0 {
		t.Errorf("%d requests found no server", n)
	}
	t.Logf("%d streams came to their end", whole.Load())
}

// ask asks for a stream, and returns an error unless it comes to its end.
func ask(url string) error {
	r, err := http.NewRequest(http.MethodPost, url+"/api/query",
		strings.NewReader(`{"question":"What does a gyroscope measure?"}`))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK || !bytes.Contains(text, []byte("event: done")) ||
		bytes.Contains(text, []byte("event: error")) {
		return fmt.Errorf("%s: %s", response.Status, text)
	}
	return nil
}

// world is what the servers share.
type world struct {
	program     string
	environment []string
	servers     []*process
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{program: filepath.Join(t.TempDir(), "lectern")}
	out, err := exec.Command("go", "build", "-o", w.program, "../../../cmd/lectern").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	model := llmtest.NewServer(t, openaitest.Wire{})
	script := llmtest.Answer()
	script.Slow = longerThanDelay // so that streams are under way when the delay is over
	model.Play(script)
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		w.environment = append(w.environment, name+"="+os.Getenv(name))
	}
	w.environment = append(w.environment,
		"LECTERN_DATABASE_URL="+pgtest.Migrated(t),
		"LECTERN_QDRANT_URL=http://"+qdranttest.Start(t, qdranttest.Options{}).Address(),
		"LECTERN_SIGNING_KEY=0123456789abcdef0123456789abcdef",
		"LECTERN_MODELS=openai", "LECTERN_OPENAI_BASE_URL="+model.URL, "LECTERN_OPENAI_MODEL="+llmtest.Model,
		"LECTERN_RATE_LIMIT=0", "LECTERN_ANSWER_RATE_LIMIT=0", "LECTERN_MAX_ANSWERS=100",
		"LECTERN_DRAIN_DELAY=3s")
	page := filepath.Join(t.TempDir(), "imu.md")
	text := "# Gyroscopes\n\nA gyroscope measures the rate of rotation about its axes."
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ingest := exec.Command(w.program, "ingest", page)
	ingest.Env = w.environment
	if out, err := ingest.CombinedOutput(); err != nil {
		t.Fatalf("ingest: %v\n%s", err, out)
	}
	return w
}

// process is a server.
type process struct {
	address string
	cmd     *exec.Cmd
	log     *bytes.Buffer
}

func (w *world) start(t *testing.T, address string) *process {
	t.Helper()
	s := &process{address: address, log: &bytes.Buffer{}}
	s.cmd = exec.Command(w.program, "serve", "--listen", address)
	s.cmd.Env, s.cmd.Stderr = w.environment, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	})
	return s
}

// terminate tells the server to stop and waits until it has.
func (s *process) terminate(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := s.cmd.Wait()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Errorf("the server exits with %d: %s", failed.ExitCode(), s.log)
	} else if err != nil {
		t.Error(err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually waits until what holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 6000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
