package matrix

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector/exact"
)

const (
	diskStep = 16 << 10
	pageSize = 8 << 10 // of PostgreSQL, whose files grow by that much
	// enough is how much room each operation has at the end.
	enough = 32
)

// disk is a small disk. A folder that others may not enter would keep the server out of it.
type disk struct {
	folder string
	size   int64
}

// mount mounts a disk that belongs to a user until the test ends.
func mount(t *testing.T, size int64, user uint32) disk {
	t.Helper()
	folder, err := os.MkdirTemp("", "lectern-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(folder) })
	options := fmt.Sprintf("size=%d,mode=0700,uid=%d", size, user)
	out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", options, "tmpfs",
		folder).CombinedOutput()
	if err != nil {
		t.Skipf("no small disk can be mounted, which needs root: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return disk{folder, size}
}

// newEmbedded makes a world in which both stores are files on a small disk.
func newEmbedded(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &atomic.Int64{}, disk: mount(t, 16<<20, uint32(os.Geteuid()))}
	t.Cleanup(w.end)
	w.home = &replica{
		world: w, dead: make(chan struct{}), buried: make(chan struct{}),
		embedders: [2]*embedtest.Fake{embedtest.NewFake(16), embedtest.NewFake(24)},
	}
	var err error
	w.home.store, err = sqlite.Open(t.Context(), filepath.Join(w.disk.folder, "lectern.db"),
		sqlite.WithClock(func() time.Time { return time.Now().Add(time.Duration(w.clock.Load())) }))
	w.ok(err)
	w.home.index, err = exact.Open(filepath.Join(w.disk.folder, "vectors.bolt"))
	w.ok(err)
	w.home.wire(t)
	w.begin(t)
	return w
}

// newTablespace makes a world whose database is on a small disk, of a server on this machine.
func newTablespace(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	t.Cleanup(w.end)
	server, err := pgx.Connect(t.Context(), pgtest.Empty(t))
	w.ok(err)
	defer server.Close(t.Context())
	var data string
	w.ok(server.QueryRow(t.Context(), "SHOW data_directory").Scan(&data))
	info, err := os.Stat(data)
	if err != nil {
		t.Skipf("the server's files are not on this machine: %v", err)
	}
	w.disk = mount(t, 64<<20, info.Sys().(*syscall.Stat_t).Uid)
	name := "small_" + strings.ToLower(rand.Text())
	url := pgtest.Empty(t) // goes after the tablespace
	pgtest.Execute(t, url, "CREATE TABLESPACE "+name+" LOCATION '"+w.disk.folder+"'")
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), url)
		w.ok(err)
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), "DROP TABLESPACE "+name)
		w.ok(err)
	})
	w.database = pgtest.Migrated(t)
	parsed, err := pgx.ParseConfig(w.database)
	w.ok(err)
	pgtest.Execute(t, url, "ALTER DATABASE "+parsed.Database+" SET TABLESPACE "+name)
	w.furnish(t)
	return w
}

// diskFull leaves an operation ever more room on the disk of both stores of embedded mode.
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
	mend: func(a *attempt) { a.mendDisk() },
}

// databaseDiskFull leaves an operation nothing of the database's disk, or ever more of it. What writes
// few rows may find room enough in pages that are there.
var databaseDiskFull = fault{
	world: newTablespace,
	begin: func(a *attempt) bool {
		if a.number > enough {
			if a.failures == 0 && (a.op.name == ingesting.name || a.op.name == reingesting.name) {
				a.errorf("no operation ever failed")
			}
			return false
		}
		a.fill(int64(a.number%2*a.number/2) * pageSize)
		return true
	},
	mend: func(a *attempt) { a.mendDisk() },
}

// mendDisk makes room again, and sees to it that a failed operation said what it lacked.
func (a *attempt) mendDisk() {
	a.t.Helper()
	a.ok(os.Remove(a.ballast()))
	if err := a.run.err; err != nil && (book.CodeOf(err) != book.Unavailable ||
		!strings.Contains(book.MessageOf(err), "full")) {
		a.errorf("a full disk: %v", err)
	}
}

func (w *world) ballast() string { return filepath.Join(w.disk.folder, "ballast") }

// fill leaves so many bytes of the disk.
func (w *world) fill(left int64) {
	w.t.Helper()
	f, err := os.Create(w.ballast())
	w.ok(err)
	_, err = io.CopyN(f, zeros{}, w.disk.size)
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
