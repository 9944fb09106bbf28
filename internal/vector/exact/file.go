package exact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/lectern-project/lectern/internal/book"
)

// The file: bucket "lectern" holds the number of its format; bucket "collections" holds a bucket
// for each collection, with its dimensions under "dimensions" and its points, id -> record, in the
// bucket "points".
var (
	headBucket        = []byte("lectern")
	formatKey         = []byte("vector-format")
	collectionsBucket = []byte("collections")
	dimensionsKey     = []byte("dimensions")
	pointsBucket      = []byte("points")
)

const (
	format = 1
	// maxDimensions is far above those of any known model.
	maxDimensions = 1 << 16
	// lockTimeout is how long to wait for a process that is just ending.
	lockTimeout = 300 * time.Millisecond
)

// openFile opens the file and makes it ready: created if it is absent, its format known.
func openFile(path string, options bbolt.Options) (db *bbolt.DB, err error) {
	defer catch(path, &err)() // the file then stays locked until this process ends
	options.Timeout = lockTimeout
	options.FreelistType = bbolt.FreelistMapType
	db, err = bbolt.Open(path, 0o600, &options)
	switch {
	case err == nil:
	case errors.Is(err, bolterrors.ErrTimeout), isSystemError(err):
		return nil, fileError(path, err)
	default:
		return nil, damaged(path, err)
	}
	if err := checkFile(db); err != nil {
		_ = db.Close()
		return nil, fileError(path, err)
	}
	return db, nil
}

// isSystemError tells an error of the operating system from one of bbolt.
func isSystemError(err error) bool {
	return errors.As(err, new(*fs.PathError)) || errors.As(err, new(syscall.Errno))
}

func checkFile(db *bbolt.DB) error {
	fresh := false
	err := db.View(func(tx *bbolt.Tx) error {
		head := tx.Bucket(headBucket)
		if head == nil {
			first, _ := tx.Cursor().First()
			if fresh = first == nil; !fresh {
				return book.Errorf(book.Conflict, "%s is not a vector index of Lectern; "+
					"name another data directory or move the file away", db.Path())
			}
			return nil
		}
		got, _ := binary.Uvarint(head.Get(formatKey))
		if got != format {
			return book.Errorf(book.Conflict, "the vector index %s has format %d and this "+
				"program reads format %d; use the version of lectern that wrote it, or a newer one",
				db.Path(), got, format)
		}
		return nil
	})
	if err != nil || !fresh {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		head, err := tx.CreateBucket(headBucket)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucket(collectionsBucket); err != nil {
			return err
		}
		return head.Put(formatKey, binary.AppendUvarint(nil, format))
	})
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(db.Path()))
}

// syncFolder makes a new file's name durable; bbolt synchronises only what is in the file.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // which has no such call
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// pointsOf returns the bucket of a collection's points, nil if there is no such collection.
func pointsOf(tx *bbolt.Tx, spaceID string) *bbolt.Bucket {
	c := tx.Bucket(collectionsBucket).Bucket([]byte(spaceID))
	if c == nil {
		return nil
	}
	return c.Bucket(pointsBucket)
}

// catch returns what is to be deferred around bbolt: it panics on damaged pages, or follows them to
// where nothing is. In both cases err says that the file at path is damaged.
func catch(path string, err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if p := recover(); p != nil {
			*err = damaged(path, fmt.Errorf("%v", p))
		}
	}
}

func damaged(path string, err error) error {
	return book.Wrap(book.Internal, err, "the vector index %s is damaged; move it away and run "+
		"\"lectern doctor --repair\", which builds it anew from the stored chunks", path)
}

// fileError says what an error of the file at path means to the one who runs the program.
func fileError(path string, err error) error {
	var known *book.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, bolterrors.ErrTimeout):
		return book.Wrap(book.Conflict, err, "another process is using the vector index %s; stop "+
			"it, or talk to it with --server", path)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, bolterrors.ErrMaxSizeReached):
		return book.Wrap(book.Unavailable, err, "no space is left for the vector index %s; free "+
			"some and try again", path)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return book.Wrap(book.Unavailable, err, "the vector index %s cannot be written; give this "+
			"user the right to, or name another data directory", path)
	}
	return book.Wrap(book.Unavailable, err, "the vector index %s cannot be read or written; look "+
		"after its disk and folder, the log has the cause", path)
}
