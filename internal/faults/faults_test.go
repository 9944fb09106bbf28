//go:build failpoints

// Package faults kills a writing process between its steps, restarts it, and looks whether the two
// stores still agree: nothing missing, nothing astray, never two revisions mixed, nothing
// acknowledged lost.
package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/failpoint"
)

// The child finds its work in these variables.
const (
	childDir    = "LECTERN_FAULTS_DIR"
	childScript = "LECTERN_FAULTS_SCRIPT"
)

// TestMain runs the child's script where the environment says so, and the tests otherwise.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := runScript(dir, os.Getenv(childScript)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestFaultsBetweenSteps kills the process at every failpoint of every operation in turn.
func TestFaultsBetweenSteps(t *testing.T) {
	for _, c := range []struct{ name, before, script string }{
		{"ingest", "", "put a 1"},
		{"ingest beside another", "put b 1", "put a 2"},
		{"re-ingest", "put a 1", "put a 2"},
		{"re-ingest unchanged chunks", "put a 3", "put a 4"},
		{"re-ingest with another reader", "put a 1", "put a 3 private"},
		{"ingest of several batches", "put a 1", "put a 9"},
		{"delete", "put a 2", "delete a"},
		{"delete and create anew", "put a 1", "delete a; put a 3"},
		{"narrow", "put a 2", "private a"},
		{"widen", "put a 2; private a", "public a"},
		{"drain", "abandon a", "drain"},
		{"move", "put a 1; put b 2", "move 2"},
		{"move on", "put a 1; move 2; put a 2; private a", "move 1"},
		{"move and drop", "put a 1; put b 2", "drop 2"},
		{"move and delete", "put a 1; move 2", "delete a; drop 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			kills := 0
			for n := 1; ; n++ {
				w := newWorld(t)
				w.mustRun(c.before)
				killed := w.run(c.script, n)
				w.check()
				if !killed {
					break
				}
				kills++
				if strings.HasPrefix(c.name, "move") { // goes on where it was
					w.mustRun(c.script)
					w.check()
					w.settle()
				}
			}
			t.Logf("%d places", kills)
			if kills < 2 {
				t.Fatalf("only %d failpoints were hit: the test does not test", kills)
			}
		})
	}
}

// TestFaultsAtRandom kills a process that runs random operations on several documents at once, restarts
// it on the same stores, and so on. LECTERN_KILLS says how often (default 20), LECTERN_SEED
// repeats a run.
func TestFaultsAtRandom(t *testing.T) {
	kills := number(t, "LECTERN_KILLS", 20)
	seed := number(t, "LECTERN_SEED", int(time.Now().UnixNano()&0xffffff))
	t.Logf("LECTERN_SEED=%d", seed)
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	w := newWorld(t)
	done, rounds := 0, 0
	for done < kills {
		if rounds++; rounds > 4*kills {
			t.Fatalf("%d rounds killed only %d times", rounds, done)
		}
		if w.run(randomScript(random), 1+random.IntN(60)) {
			done++
		}
		w.check()
		if random.IntN(8) == 0 {
			w.settle()
		}
		if t.Failed() {
			t.Fatalf("after %d kills, LECTERN_SEED=%d", done, seed)
		}
	}
	w.settle()
	t.Logf("%d kills in %d rounds", done, rounds)
}

// randomScript is a few operations; those between "|" run beside each other.
func randomScript(random *rand.Rand) string {
	var threads []string
	for range 1 + random.IntN(3) {
		var ops []string
		for range 2 + random.IntN(5) {
			doc := string(rune('a' + random.IntN(4)))
			switch random.IntN(10) {
			case 0:
				ops = append(ops, "delete "+doc)
			case 1:
				ops = append(ops, "private "+doc)
			case 2:
				ops = append(ops, "public "+doc)
			case 3:
				ops = append(ops, "drain")
			case 4:
				ops = append(ops, fmt.Sprintf("move %d", 1+random.IntN(2)))
			case 5:
				ops = append(ops, fmt.Sprintf("drop %d", 1+random.IntN(2)))
			default:
				ops = append(ops, fmt.Sprintf("put %s %d", doc, 1+random.IntN(5)))
			}
		}
		threads = append(threads, strings.Join(ops, "; "))
	}
	return strings.Join(threads, " | ")
}

// run runs the script in a child that kills itself at the n-th failpoint, and reports whether it
// did. What the child acknowledged is remembered.
func (w *world) run(script string, n int) (killed bool) {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, self)
	child.Env = append(os.Environ(), childDir+"="+w.dir, childScript+"="+script)
	if n > 0 {
		child.Env = append(child.Env, failpoint.Variable+"=*="+strconv.Itoa(n))
	}
	var stderr bytes.Buffer
	child.Stderr = &stderr
	out, err := child.Output()
	w.remember(script, string(out))
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := failed.Sys().(syscall.WaitStatus); ok && status.Signaled() &&
			status.Signal() == syscall.SIGKILL && ctx.Err() == nil {
			return true
		}
	}
	if err != nil {
		w.t.Fatalf("script %q: %v\n%s", script, err, stderr.String())
	}
	return false
}

// mustRun runs a script to its end.
func (w *world) mustRun(script string) {
	w.t.Helper()
	if script != "" && w.run(script, 0) {
		w.t.Fatalf("script %q was killed", script)
	}
}

func number(t *testing.T, variable string, otherwise int) int {
	value := os.Getenv(variable)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s=%q is no number", variable, value)
	}
	return n
}
