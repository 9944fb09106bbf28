package backup

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

// cutStream ends early, as if all had come.
type cutStream struct {
	io.Reader
	io.Closer
}

// TestSaveLeavesNothing: where an archive does not become whole, no file does either, and one that
// was there stays.
func TestSaveLeavesNothing(t *testing.T) {
	p := embedded(t, 32)
	p.fill()
	dir := t.TempDir()
	path := filepath.Join(dir, "archive")
	write(t, path, []byte("an older one"))
	for name, open := range map[string]func() (io.ReadCloser, error){
		"no stream": func() (io.ReadCloser, error) {
			return nil, book.Errorf(book.Unavailable, "it is down")
		},
		"half a stream": func() (io.ReadCloser, error) {
			archive, err := p.archive()
			return cutStream{io.LimitReader(archive, 2000), archive}, err
		},
	} {
		_, _, err := Save(t.Context(), path, open, noProgress)
		refused(t, err, book.Unavailable)
		left, err := os.ReadDir(dir)
		p.ok(err)
		kept, err := os.ReadFile(path)
		if len(left) != 1 || err != nil || string(kept) != "an older one" {
			t.Errorf("%s: %d files, %q", name, len(left), kept)
		}
	}
	_, _, err := Save(t.Context(), filepath.Join(dir, "none", "archive"), p.archive, noProgress)
	refused(t, err, book.Invalid, "create it")
	_, size, err := Save(t.Context(), path, p.archive, noProgress)
	p.ok(err)
	if info, err := os.Stat(path); err != nil || info.Size() != size {
		t.Errorf("%v, %d bytes", info, size)
	}
}

func TestSaveOnAFullDisk(t *testing.T) {
	for cause, word := range map[error]string{
		syscall.ENOSPC: "too full", syscall.EDQUOT: "too full", syscall.EROFS: "another place",
		syscall.EACCES: "another place", syscall.EIO: "cannot be written",
	} {
		err := explainFile(&os.PathError{Op: "write", Path: "x", Err: cause}, "/backups/one")
		refused(t, err, book.Unavailable, "/backups/one", word)
	}
	out := &recorder{w: fullDisk{}}
	if _, err := out.Write([]byte("x")); !errors.Is(out.err, syscall.ENOSPC) || err == nil {
		t.Errorf("the recorder forgot %v", err)
	}
}

// fullDisk is a file on a full disk.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }
