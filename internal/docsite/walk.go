package docsite

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/book"
)

// Limits of a folder.
const (
	maxDepth = 64      // folders in folders
	maxPages = 200_000 // files that look like pages
)

// walker lists the files below one folder and remembers what it could not list.
type walker struct {
	root     *os.Root
	dir      string // where root is
	files    int
	skipped  []Skipped
	problems []Problem
	failed   map[string]bool // paths in problems
}

func (w *walker) skip(p, reason string) {
	w.skipped = append(w.skipped, Skipped{Path: shown(p), Reason: reason})
}

// fail records a problem, the first one of each path.
func (w *walker) fail(p string, err *book.Error) {
	if w.failed[p] {
		return
	}
	if w.failed == nil {
		w.failed = make(map[string]bool)
	}
	w.failed[p] = true
	w.problems = append(w.problems, Problem{Path: shown(p), Err: err})
}

// shown returns a path as it may be printed: quoted, if it holds what a terminal would act on.
func shown(p string) string {
	for _, r := range p {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return strconv.Quote(p)
		}
	}
	return p
}

// list returns the paths of the files below dir whose name isPage accepts, sorted name by name.
//
// Hidden files and folders and node_modules are left alone. Links to folders are not followed, so
// a loop of links ends at its first link; a link to a file is followed where it stays inside the
// opened folder.
func (w *walker) list(dir string, isPage func(name string) bool) []string {
	var paths []string
	w.visit(dir, 0, isPage, &paths)
	return paths
}

func (w *walker) visit(dir string, depth int, isPage func(string) bool, paths *[]string) {
	if depth > maxDepth {
		w.fail(dir, book.Errorf(book.TooLarge,
			"%s lies more than %d folders deep; move it up", shown(dir), maxDepth))
		return
	}
	entries, err := fs.ReadDir(w.root.FS(), dir)
	if err != nil {
		w.fail(dir, unreadable(err, dir))
	}
	for _, e := range entries {
		name := e.Name()
		p := path.Join(dir, name)
		switch {
		case w.files > maxPages:
			return
		case strings.HasPrefix(name, ".") || name == "node_modules":
		case !utf8.ValidString(name):
			if e.IsDir() || isPage(name) {
				w.fail(p, book.Errorf(book.Invalid, "the name of %s is not UTF-8; rename it", shown(p)))
			}
		case e.IsDir():
			w.visit(p, depth+1, isPage, paths)
		case w.isFile(p, e, isPage):
			if w.files++; w.files > maxPages {
				w.fail(p, book.Errorf(book.TooLarge, "%s and what follows are over the limit of "+
					"%d files; split the folder", shown(p), maxPages))
				return
			}
			*paths = append(*paths, p)
		}
	}
}

// isFile tells whether e is a file to read, and records why one that looks like a page is not.
func (w *walker) isFile(p string, e fs.DirEntry, isPage func(string) bool) bool {
	if e.Type().IsRegular() {
		return isPage(e.Name())
	}
	if e.Type()&fs.ModeSymlink == 0 {
		if isPage(e.Name()) {
			w.skip(p, "neither a file nor a folder")
		}
		return false
	}
	info, err := w.root.Stat(filepath.FromSlash(p))
	if err != nil {
		w.failedLink(p, err, isPage(e.Name()))
		return false
	}
	if info.IsDir() {
		w.skip(p, "a link to a folder; links to folders are not followed")
		return false
	}
	if !isPage(e.Name()) {
		return false
	}
	if !info.Mode().IsRegular() {
		w.skip(p, "a link to neither a file nor a folder")
		return false
	}
	return true
}

// failedLink records a link that the root refused. What exists all the same lies outside.
func (w *walker) failedLink(p string, cause error, isPage bool) {
	info, err := os.Stat(filepath.Join(w.dir, filepath.FromSlash(p)))
	switch {
	case err == nil && (isPage || info.IsDir()):
		w.skip(p, "a link that leads out of the folder; links are followed only inside")
	case err != nil && isPage:
		w.fail(p, book.Wrap(book.Unavailable, cause,
			"%s is a link that leads nowhere; mend or remove it", shown(p)))
	}
}
