//go:build failpoints

package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// The child finds what to restore, and into what, in these variables.
const (
	childArchive  = "LECTERN_RESTORE_ARCHIVE"
	childDir      = "LECTERN_RESTORE_DIR"
	childDatabase = "LECTERN_RESTORE_DATABASE"
	childQdrant   = "LECTERN_RESTORE_QDRANT"
)

func init() { asChild = restoreAsChild }

// restoreAsChild restores and ends the process, where the environment says so.
func restoreAsChild() bool {
	archive := os.Getenv(childArchive)
	if archive == "" {
		return false
	}
	var s stores
	if dir := os.Getenv(childDir); dir != "" {
		s = openEmbedded(dir)
	} else {
		s = openFull(os.Getenv(childDatabase), os.Getenv(childQdrant))
	}
	p := &place{store: s.store, index: s.index, embedder: embedtest.NewFake(32)}
	err := s.err
	if err == nil {
		err = p.furnish(context.Background())
	}
	if err == nil {
		target := Target{Store: p.store, Ingest: p.ingest, Local: p.local.ID}
		_, err = Restore(context.Background(), archive, target, noProgress)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
	return true
}

// killedRestore restores in a child that kills itself at the n-th failpoint, and reports whether it
// did.
func killedRestore(t *testing.T, n int, environment ...string) bool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, self)
	child.Env = append(os.Environ(), environment...)
	child.Env = append(child.Env, failpoint.Variable+"=*="+strconv.Itoa(n))
	var stderr bytes.Buffer
	child.Stderr = &stderr
	err = child.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		status, ok := failed.Sys().(syscall.WaitStatus)
		if ok && status.Signaled() && status.Signal() == syscall.SIGKILL && ctx.Err() == nil {
			return true
		}
	}
	if err != nil {
		t.Fatalf("restore: %v\n%s", err, stderr.String())
	}
	return false
}

// TestFaultsRestore kills a restore at every failpoint in turn, looks whether the stores agree, and
// repeats it: it ends with what one that nobody kills ends with.
func TestFaultsRestore(t *testing.T) {
	from := embedded(t, 32)
	from.fill()
	// One document has chunks without vectors, so that embedding is among the steps.
	refs, err := from.store.ListReferences(t.Context(), from.space.ID(), uuid.Nil, 1)
	from.ok(err)
	from.ok(from.index.Delete(t.Context(), from.space.ID(), []uuid.UUID{refs[0].VectorID}))
	want := from.contents()
	archive, _ := from.backUp()
	for name, fresh := range map[string]func(*testing.T) ([]string, func() stores){
		"embedded": func(t *testing.T) ([]string, func() stores) {
			dir := t.TempDir()
			return []string{childDir + "=" + dir}, func() stores { return openEmbedded(dir) }
		},
		"full": func(t *testing.T) ([]string, func() stores) {
			url, address := pgtest.Migrated(t), qdranttest.Start(t, qdranttest.Options{}).Address()
			return []string{childDatabase + "=" + url, childQdrant + "=" + address},
				func() stores { return openFull(url, address) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kills := 0
			for n := 1; ; n++ {
				environment, open := fresh(t)
				environment = append(environment, childArchive+"="+archive)
				killed := killedRestore(t, n, environment...)
				newPlace(t, open(), 32).agreeOnce()
				if killedRestore(t, 1<<30, environment...) {
					t.Fatal("killed without a failpoint")
				}
				p := newPlace(t, open(), 32)
				equal(t, p.contents(), want)
				p.agreeOnce()
				if !killed {
					break
				}
				kills++
			}
			t.Logf("%d places", kills)
			if kills < 20 {
				t.Errorf("only %d failpoints were hit: the test does not test", kills)
			}
		})
	}
}

// agreeOnce looks whether the stores agree before anything is mended, and closes them.
func (p *place) agreeOnce() {
	p.Helper()
	report, err := reconcile.New(p.store, p.index, p.ingest).Audit(p.Context(), 0)
	if err != nil || !report.Clean() || report.Vectors < report.Chunks {
		p.Errorf("the stores contradict each other: %+v, %v", report, err)
	}
	p.ok(errors.Join(p.store.Close(), p.index.Close()))
}
