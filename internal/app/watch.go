package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/lectern-project/lectern/internal/book"
)

const (
	// stillFor is how long nothing may have changed before files count as written: editors and
	// checkouts write in several steps.
	stillFor = 500 * time.Millisecond
	// lookAgain is how often a folder that has vanished is looked for.
	lookAgain = time.Second
)

// watcher waits for changes below a folder. It watches every folder in it, because the systems'
// notifications know no depth, and those that appear later.
type watcher struct {
	dir    string
	notify *fsnotify.Watcher
	log    *slog.Logger
}

// newWatcher watches the folders below dir. Unavailable when the system allows no more watches.
func newWatcher(dir string, log *slog.Logger) (*watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, explainWatch(err)
	}
	w := &watcher{dir: filepath.Clean(dir), notify: notify, log: log}
	if err := w.add(w.dir); err != nil {
		return nil, errors.Join(explainWatch(err), notify.Close())
	}
	return w, nil
}

func (w *watcher) close() { _ = w.notify.Close() }

// add watches a folder and those below it. What is no folder, or no longer there, is left alone,
// except for the watched folder itself.
func (w *watcher) add(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path == w.dir:
			return err
		case err != nil || !entry.IsDir():
			return nil //nolint:nilerr // it has gone, or may not be read: then it is not watched
		case path != w.dir && ignored(path):
			return fs.SkipDir
		}
		err = w.notify.Add(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil
		}
		return err
	})
}

// wait returns true when something below the folder has changed and then nothing has for a while;
// false when ctx ends.
func (w *watcher) wait(ctx context.Context) bool {
	timer := time.NewTimer(stillFor)
	timer.Stop()
	defer timer.Stop()
	for {
		if w.lost() {
			timer.Reset(lookAgain)
		}
		select {
		case <-ctx.Done():
			return false
		case event, ok := <-w.notify.Events:
			if !ok {
				return false
			}
			if event.Op == fsnotify.Chmod || ignored(event.Name) {
				continue
			}
			if event.Has(fsnotify.Create) {
				_ = w.add(event.Name) // one that cannot be watched is read all the same
			}
			timer.Reset(stillFor)
		case err := <-w.notify.Errors:
			w.log.DebugContext(ctx, "changes were missed; anything may have changed", "error", err)
			_ = w.add(w.dir) // if it has gone, lost sees it
			timer.Reset(stillFor)
		case <-timer.C:
			if !w.lost() || w.add(w.dir) == nil {
				return true
			}
		}
	}
}

// lost reports whether the folder itself is not watched, because it was moved or deleted.
func (w *watcher) lost() bool {
	return !slices.Contains(w.notify.WatchList(), w.dir)
}

// ignored tells files that are no part of a book: hidden ones, what editors leave beside the
// files they write, and the packages of a site's tools.
func ignored(path string) bool {
	name := filepath.Base(path)
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || name == "node_modules"
}

func explainWatch(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) {
		return book.Wrap(book.Unavailable, err, "the system watches no more folders for this user; "+
			"raise fs.inotify.max_user_watches and fs.inotify.max_user_instances")
	}
	return book.Wrap(book.Unavailable, err, "the folder cannot be watched")
}
