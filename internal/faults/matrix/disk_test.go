package matrix

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector/exact"
)

const (
	diskSize = 16 << 20
	diskStep = 16 << 10
	// enough is how much room each operation has at the end.
	enough = 32
)

// newEmbedded makes a world in which both stores are files on a small disk.
func newEmbedded(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &atomic.Int64{}, disk: t.TempDir()}
	out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs",
		w.disk).CombinedOutput()
	if err != nil {
		t.Skipf("no small disk can be mounted, which needs root: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", w.disk).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	t.Cleanup(w.end)
	w.home = &replica{
		world: w, dead: make(chan struct{}), buried: make(chan struct{}),
		embedders: [2]*embedtest.Fake{embedtest.NewFake(16), embedtest.NewFake(24)},
	}
	w.home.store, err = sqlite.Open(t.Context(), filepath.Join(w.disk, "lectern.db"),
		sqlite.WithClock(func() time.Time { return time.Now().Add(time.Duration(w.clock.Load())) }))
	w.ok(err)
	w.home.index, err = exact.Open(filepath.Join(w.disk, "vectors.bolt"))
	w.ok(err)
	w.home.wire(t)
	w.begin(t)
	return w
}

// diskFull leaves an operation ever more room on the disk of both stores.
var diskFull = fault{
	world: newEmbedded,
	begin: func(a *attempt) bool {
		if a.number > enough {
			if a.failures == 0 {
				a.errorf("no operation ever failed")
			}
			return false
		}
		a.fill(int64(a.number-1) * diskStep)
		return true
	},
	mend: func(a *attempt) {
		a.ok(os.Remove(a.ballast()))
		if a.run.err == nil {
			return
		}
		if book.CodeOf(a.run.err) != book.Unavailable ||
			!strings.Contains(book.MessageOf(a.run.err), "full") {
			a.errorf("a full disk: %v", a.run.err)
		}
	},
}

func (w *world) ballast() string { return filepath.Join(w.disk, "ballast") }

// fill leaves so many bytes of the disk.
func (w *world) fill(left int64) {
	w.t.Helper()
	f, err := os.Create(w.ballast())
	w.ok(err)
	_, err = io.CopyN(f, zeros{}, diskSize)
	if err == nil {
		err = errors.New("the disk holds more than it can")
	} else {
		info, statErr := f.Stat()
		err = errors.Join(statErr, f.Truncate(max(0, info.Size()-left)))
	}
	w.ok(errors.Join(err, f.Close()))
}

// zeros never ends.
type zeros struct{}

// Read implements [io.Reader].
func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
