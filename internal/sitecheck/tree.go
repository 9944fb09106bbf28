package sitecheck

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// tree is all that lies below a folder. Links to folders are not followed, and what tools put there
// is left out.
type tree struct {
	root     *os.Root
	files    map[string]int64 // path -> size
	folders  map[string]bool
	links    []string // links to folders
	problems []Finding
	single   bool // only one file was given; of others is asked when a link leads there
}

// maxFiles is how many files are listed; a folder with more is no book.
const maxFiles = 1_000_000

// leftOut are folders that hold what was downloaded or built.
var leftOut = []string{"node_modules", ".git", ".docusaurus", ".cache-loader"}

func listTree(root *os.Root, abs string) *tree {
	t := &tree{root: root, files: map[string]int64{}, folders: map[string]bool{".": true}}
	_ = fs.WalkDir(root.FS(), ".", func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			t.problem(p, err)
			if e != nil && e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir() && (slices.Contains(leftOut, e.Name()) || t.isOutput(p)):
			return fs.SkipDir
		case e.IsDir():
			t.folders[p] = true
		case e.Type()&fs.ModeSymlink != 0:
			t.link(p, abs)
		case e.Type().IsRegular():
			if info, err := e.Info(); err == nil {
				t.files[p] = info.Size()
			}
		}
		if len(t.files) > maxFiles {
			return fs.SkipAll
		}
		return nil
	})
	return t
}

// fileTree is the tree of a single file.
func fileTree(root *os.Root, name string) *tree {
	t := &tree{root: root, files: map[string]int64{}, folders: map[string]bool{}, single: true}
	if info, err := root.Stat(filepath.FromSlash(name)); err == nil {
		t.files[name] = info.Size()
	}
	return t
}

// isOutput tells whether a folder holds a built site: Docusaurus' build and mdBook's book.
func (t *tree) isOutput(p string) bool {
	if p != "build" && p != "book" {
		return false
	}
	for _, name := range []string{"index.html", "404.html"} {
		info, err := t.root.Stat(filepath.FromSlash(path.Join(p, name)))
		if err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// link notes a symbolic link. One that leads out of the folder is taken for a file or folder that
// is there, as it is for the tool that builds the site, but it is not read.
func (t *tree) link(p, abs string) {
	info, err := t.root.Stat(filepath.FromSlash(p))
	if err != nil {
		if info, err = os.Stat(filepath.Join(abs, filepath.FromSlash(p))); err != nil {
			return // it leads nowhere
		}
		if !info.IsDir() {
			t.files[p] = -1
		}
	}
	switch {
	case info.IsDir():
		t.links = append(t.links, p)
		t.folders[p] = true
	case info.Mode().IsRegular() && t.files[p] == 0:
		t.files[p] = info.Size()
	}
}

func (t *tree) problem(p string, err error) {
	message := "cannot be read; mend the disk or the link"
	if errors.Is(err, fs.ErrPermission) {
		message = "may not be read; give this user the right to"
	}
	if !utf8.ValidString(p) {
		p = strings.ToValidUTF8(p, "\uFFFD")
	}
	t.problems = append(t.problems,
		Finding{Severity: Error, Rule: "unreadable", Path: p, Message: p + " " + message})
}

// hasFile tells whether a file is there. What lies behind a link to a folder counts as there.
func (t *tree) hasFile(p string) bool {
	_, ok := t.files[p]
	return ok || t.behindLink(p) || t.single && t.stat(p)
}

func (t *tree) hasFolder(p string) bool {
	return t.folders[p] || t.behindLink(p) || t.single && t.stat(p)
}

func (t *tree) stat(p string) bool {
	_, err := t.root.Stat(filepath.FromSlash(p))
	return err == nil
}

func (t *tree) behindLink(p string) bool {
	for _, link := range t.links {
		if strings.HasPrefix(p, link+"/") {
			return true
		}
	}
	return false
}

// below returns the files in a folder, sorted.
func (t *tree) below(dir string) []string {
	var paths []string
	for p := range t.files {
		if dir == "." || p == dir || strings.HasPrefix(p, dir+"/") {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return paths
}

// join joins a path below the root and a relative one; ok is false where it leads out.
func join(dir, rel string) (p string, ok bool) {
	p = path.Join(dir, rel)
	return p, p != ".." && !strings.HasPrefix(p, "../")
}
