package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/lectern-project/lectern/internal/book"
)

// Progress is called with how many of all steps are done.
type Progress func(done, total int)

// Save writes the archive that open gives to the file at path, which only its owner may read, and
// checks it on the way. The file appears, or replaces the one that is there, when the archive is
// whole and on disk; when anything fails, nothing is left. It returns the file's size too. Errors:
// those of open; Unavailable when the archive that comes is not whole, or the file cannot be
// written.
func Save(
	ctx context.Context, path string, open func() (io.ReadCloser, error), progress Progress,
) (s Summary, size int64, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".lectern-backup-*") // with mode 0600
	if err != nil {
		return s, 0, explainFile(err, path)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	stream, err := open()
	if err != nil {
		return s, 0, err
	}
	defer func() { _ = stream.Close() }()
	out := &recorder{w: file}
	s, err = read(ctx, "the archive that arrived", io.TeeReader(stream, out), counting(progress))
	if out.err != nil {
		return s, 0, explainFile(out.err, path)
	}
	if book.CodeOf(err) == book.Invalid {
		err = book.Wrap(book.Unavailable, err, "%s", book.MessageOf(err))
	}
	if err != nil {
		return s, 0, err
	}
	if err := publish(file, path); err != nil {
		return s, 0, explainFile(err, path)
	}
	return s, out.size, nil
}

// counting is a visitor that only counts documents.
func counting(progress Progress) visitor {
	done, total := 0, 0
	return visitor{
		manifest:     func(m manifest) error { total = m.Documents; progress(done, total); return nil },
		account:      func(account) error { return nil },
		key:          func(key) error { return nil },
		conversation: func(conversation) error { return nil },
		document:     func(document) error { done++; progress(done, total); return nil },
	}
}

// publish makes what was written durable, and then gives it its name.
func publish(file *os.File, path string) error {
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// recorder remembers how much was written, and why no more.
type recorder struct {
	w    io.Writer
	size int64
	err  error
}

func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.w.Write(b)
	r.size, r.err = r.size+int64(n), err
	return n, err
}

// explainFile names the remedy for a file that cannot be written.
func explainFile(err error, path string) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return book.Wrap(book.Unavailable, err, "the disk is too full for %s; free some space, or "+
			"choose another disk; nothing was left there", path)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return book.Wrap(book.Invalid, err, "the folder of %s is not there; create it", path)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return book.Wrap(book.Unavailable, err, "%s may not be written by this user; choose "+
			"another place", path)
	}
	return book.Wrap(book.Unavailable, err, "%s cannot be written", path)
}
