package vectortest

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

const (
	killDir   = "LECTERN_VECTORTEST_KILL_DIR"
	killRound = "LECTERN_VECTORTEST_KILL_ROUND"
)

var killSpace = book.Space{Provider: "vectortest", Model: "kill", Dimensions: dims}

// RunKill is for an index that lives in the process: it starts the test program again as a child
// that writes and deletes until it is killed with SIGKILL, opens what the child left, and looks
// for everything that the child had acknowledged; several times over. It must be called by a test
// itself, not by a subtest. open opens the index in a folder, in the child too.
func RunKill(t *testing.T, open func(t testing.TB, dir string) vector.Index) {
	if dir := os.Getenv(killDir); dir != "" {
		writeUntilKilled(t, open(t, dir))
		return
	}
	dir := t.TempDir()
	acknowledged := make(map[string]bool)
	for round := range 5 {
		killOne(t, dir, round, acknowledged)
		checkAcknowledged(t, open(t, dir), acknowledged)
	}
}

// killOne runs one child, kills it after some of its lines and adds them to acknowledged.
func killOne(t *testing.T, dir string, round int, acknowledged map[string]bool) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=60s")
	child.Env = append(os.Environ(), killDir+"="+dir, fmt.Sprint(killRound, "=", round))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n, last := 0, 10+rand.IntN(60); lines.Scan(); n++ {
		if n == last {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		// What was on its way when the child died was acknowledged too.
		line := lines.Text()
		if !strings.HasPrefix(line, "put ") && !strings.HasPrefix(line, "delete ") {
			t.Fatalf("the child says %q", line)
		}
		acknowledged[line] = true
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
}

const killWriters = 4

// batch returns the points that a writer of the child writes at once, always the same.
func batch(writer, n int) []vector.Point {
	s := &suite{random: rand.New(rand.NewPCG(uint64(writer), uint64(n)))}
	points := make([]vector.Point, 5)
	for i := range points {
		p := s.randomPoint()
		name := fmt.Sprint(writer, n, i)
		p.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte(name))
		p.ChunkID = uuid.NewSHA1(uuid.NameSpaceURL, []byte(name))
		points[i] = p
	}
	return points
}

// numberOf returns the number of a writer's nth batch of a round.
func numberOf(round, n int) int { return round*1_000_000 + n }

func writeUntilKilled(t *testing.T, x vector.Index) {
	ctx := t.Context()
	if err := x.Ensure(ctx, killSpace); err != nil {
		t.Fatal(err)
	}
	var round int
	fmt.Sscan(os.Getenv(killRound), &round)
	var group sync.WaitGroup
	for writer := range killWriters {
		group.Go(func() {
			for i := 0; ; i++ {
				n := numberOf(round, i)
				points := batch(writer, n)
				if err := x.Upsert(ctx, killSpace.ID(), points); err != nil {
					t.Error(err)
					return
				}
				fmt.Fprintln(os.Stdout, "put", writer, n)
				err := x.Delete(ctx, killSpace.ID(), idsOf(points[:1]))
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Fprintln(os.Stdout, "delete", writer, n)
			}
		})
	}
	group.Wait()
}

func checkAcknowledged(t *testing.T, x vector.Index, acknowledged map[string]bool) {
	t.Helper()
	defer x.Close()
	for line := range acknowledged {
		var what string
		var writer, n int
		if _, err := fmt.Sscan(line, &what, &writer, &n); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		points := batch(writer, n)
		if what == "delete" {
			checkFetched(t, x, line, points[:1], nil)
		} else { // whether the first is deleted yet is unknown
			checkFetched(t, x, line, points[1:], points[1:])
		}
	}
	n, err := x.Count(t.Context(), killSpace.ID())
	if err != nil {
		t.Fatal(err)
	}
	refs, err := x.Scan(t.Context(), killSpace.ID(), uuid.Nil, n+1)
	if err != nil || len(refs) != n {
		t.Errorf("Scan: %d refs, %v; Count says %d", len(refs), err, n)
	}
}

// checkFetched asks for points and compares what comes back with want.
func checkFetched(t *testing.T, x vector.Index, line string, points, want []vector.Point) {
	t.Helper()
	got, err := x.Fetch(t.Context(), killSpace.ID(), idsOf(points))
	if err != nil {
		t.Fatal(err)
	}
	byID := cmpopts.SortSlices(func(a, b vector.Point) bool {
		return bytes.Compare(a.ID[:], b.ID[:]) < 0
	})
	if diff := cmp.Diff(want, got, nearly, byID); diff != "" {
		t.Errorf("%q was acknowledged: %s", line, diff)
	}
}
