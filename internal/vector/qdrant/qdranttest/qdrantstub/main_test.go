package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/qdrant"
)

const asProgram = "LECTERN_TEST_QDRANTSTUB"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// start runs the program and returns it with the address it listens on.
func start(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	program := exec.Command(os.Args[0], args...)
	program.Env = append(os.Environ(), asProgram+"=1")
	program.Stderr = os.Stderr
	if _, err := program.StdinPipe(); err != nil { // open for as long as this test lives
		t.Fatal(err)
	}
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return program, strings.TrimSpace(line)
}

var space = book.Space{Provider: "test", Model: "stub", Dimensions: 2}

func point() vector.Point {
	return vector.Point{
		ID: book.NewVectorID(), DocID: "d", ChunkID: uuid.New(), Scope: book.ScopePublic,
		Dense: []float32{0.6, 0.8},
	}
}

// TestKill: what was acknowledged is there after kill -9, round by round.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stub.data")
	var want []uuid.UUID
	address := "127.0.0.1:0"
	for range 4 {
		var program *exec.Cmd
		program, address = start(t, "-file", path, "-listen", address)
		x, err := qdrant.Open(qdrant.Config{URL: address})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Ensure(t.Context(), space); err != nil {
			t.Fatal(err)
		}
		got, err := x.Fetch(t.Context(), space.ID(), want)
		if err != nil || len(got) != len(want) {
			t.Errorf("%d points of %d, %v", len(got), len(want), err)
		}
		if n, err := x.Count(t.Context(), space.ID()); n < len(want) || err != nil {
			t.Errorf("%d points, %v", n, err)
		}
		writing := make(chan uuid.UUID, 10_000)
		go func() {
			defer close(writing)
			for range cap(writing) {
				p := point()
				if x.Upsert(t.Context(), space.ID(), []vector.Point{p}) != nil {
					return
				}
				writing <- p.ID
			}
		}()
		for range 20 {
			want = append(want, <-writing)
		}
		if err := program.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for id := range writing {
			want = append(want, id)
		}
		_ = program.Wait()
		x.Close()
	}
}

// TestFaults: with faults, what the index says of an upsert is true.
func TestFaults(t *testing.T) {
	_, address := start(t, "-faults", "0.2", "-seed", "7")
	x, err := qdrant.Open(qdrant.Config{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for x.Ensure(t.Context(), space) != nil {
	}
	var want []uuid.UUID
	late := 0
	for range 60 {
		p := point()
		switch err := x.Upsert(t.Context(), space.ID(), []vector.Point{p}); {
		case errors.Is(err, vector.ErrLate):
			late++
			want = append(want, p.ID)
		case err == nil:
			want = append(want, p.ID)
		}
	}
	got, err := x.Fetch(t.Context(), space.ID(), want)
	for err != nil {
		got, err = x.Fetch(t.Context(), space.ID(), want)
	}
	if len(got) != len(want) || late == 0 {
		t.Errorf("%d points of %d that were acknowledged, %d of them late", len(got), len(want), late)
	}
}

// TestEndsWithItsInput: a test that dies leaves no process behind.
func TestEndsWithItsInput(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- run([]string{"-api-key", "k"}, in, &strings.Builder{}) }()
	out.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
