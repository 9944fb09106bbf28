package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/lectern-project/lectern/internal/book"
)

// Files of a data directory.
const (
	databaseFile   = "lectern.db"
	vectorsFile    = "vectors.bolt"
	signingKeyFile = "signing.key"
	lockFile       = "lectern.lock"
	holderFile     = "lectern.pid"
)

// dataDir is a data directory that this process alone uses.
type dataDir struct {
	path string
	lock *flock.Flock
}

// lockWait is how long a command waits for another to finish.
const lockWait = 2 * time.Second

// openDataDir makes the directory if need be and takes its lock, for which it waits a while. holder
// tells another process that finds the directory in use what uses it. Conflict when it stays in
// use.
func openDataDir(
	ctx context.Context, path, holder string, wait time.Duration,
) (*dataDir, error) {
	if path == "" {
		return nil, book.Errorf(book.Invalid, "no data directory is named")
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, explainPath(err, path)
	}
	lock := flock.New(filepath.Join(path, lockFile), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err == nil && !locked && wait > 0 {
		waiting, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		locked, err = lock.TryLockContext(waiting, 50*time.Millisecond)
		if errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, explainPath(err, path)
	case !locked:
		return nil, inUse(path)
	}
	d := &dataDir{path: path, lock: lock}
	if err := os.WriteFile(d.file(holderFile), []byte(holder), 0o600); err != nil {
		_ = lock.Unlock()
		return nil, explainPath(err, path)
	}
	return d, nil
}

func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

func (d *dataDir) close() error {
	_ = os.Remove(d.file(holderFile))
	return d.lock.Unlock()
}

func inUse(path string) error {
	holder, _ := os.ReadFile(filepath.Join(path, holderFile))
	what, address, _ := strings.Cut(strings.TrimSpace(string(holder)), " ")
	if what == "serve" && address != "" {
		return book.Errorf(book.Conflict, "the data directory %s is in use by a running server; "+
			"talk to it with --server %s --key KEY, or stop it first", path, address)
	}
	return book.Errorf(book.Conflict, "the data directory %s is in use by another lectern "+
		"process; wait until it has finished, or stop it", path)
}

// explainPath turns a file error of the data directory into one that names the remedy.
func explainPath(err error, path string) error {
	remedy := "name another one with --data-dir or LECTERN_DATA_DIR"
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return book.Wrap(book.Unavailable, err,
			"the data directory %s cannot be written to; make it writable, or %s", path, remedy)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return book.Wrap(book.Unavailable, err,
			"the disk of the data directory %s is full; free some space, or %s", path, remedy)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return book.Wrap(book.Invalid, err, "%s is no directory; %s", path, remedy)
	}
	return book.Wrap(book.Unavailable, err, "%s", fmt.Sprintf(
		"the data directory %s cannot be used; look at the cause, or %s", path, remedy))
}
