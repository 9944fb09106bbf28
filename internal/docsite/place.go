package docsite

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// maxConfigBytes is how much of a configuration file is read.
const maxConfigBytes = 1 << 20

// place says where the opened folder lies in a Docusaurus site.
type place struct {
	root   string // absolute path of the site's folder; without a site, the opened folder
	name   string // of its configuration file; "" without one
	config siteConfig
	whole  bool   // the opened folder is the site's folder
	docs   string // the docs folder, below root
	below  string // where the opened folder lies in docs; "" when it is docs
	// version and locale are those of docs; empty for the current and the untranslated one.
	version, locale string
	problem         *Problem // why the configuration could not be read, or nil
}

// locate finds the site that dir, an absolute path, belongs to.
func locate(dir string) place {
	root, name := configFolder(dir)
	if name == "" {
		whole := looksLikeSite(dir)
		docs := "."
		if whole {
			docs = docsDir
		}
		return place{root: dir, whole: whole, docs: docs}
	}
	p := place{root: root, name: name, docs: docsDir}
	src, failure := readBelow(root, name)
	if failure != nil {
		p.problem = &Problem{Path: name, Err: failure}
	}
	p.config = parseConfig(string(src))
	if docs, ok := p.config.docs("path"); ok && fs.ValidPath(path.Clean(docs)) {
		p.docs = path.Clean(docs)
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil || rel == "." {
		p.whole = true
		return p
	}
	p.enter(filepath.ToSlash(rel))
	return p
}

// enter settles which docs folder rel, a path below the root, is or lies in.
func (p *place) enter(rel string) {
	if rest, ok := cutFolder(rel, p.docs); ok {
		p.below = rest
		return
	}
	s := strings.Split(rel, "/")
	switch {
	case len(s) > 1 && s[0] == versionedDocs && strings.HasPrefix(s[1], versionPrefix):
		p.docs, p.below = path.Join(s[:2]...), path.Join(s[2:]...)
		p.version = strings.TrimPrefix(s[1], versionPrefix)
	case len(s) > 3 && s[0] == i18nDir && s[2] == i18nDocs && localeName.MatchString(s[1]):
		p.docs, p.below = path.Join(s[:4]...), path.Join(s[4:]...)
		p.locale = s[1]
		if s[3] != current {
			p.version = strings.TrimPrefix(s[3], versionPrefix)
		}
	default:
		p.docs = rel
	}
}

// cutFolder returns where p lies in folder.
func cutFolder(p, folder string) (string, bool) {
	if folder == "." || p == folder {
		return strings.TrimPrefix(p, folder), true
	}
	return strings.CutPrefix(p, folder+"/")
}

// read returns a small file of the site, nil if it is not there.
func (p place) read(name string) ([]byte, *book.Error) { return readBelow(p.root, name) }

// configFolder returns the nearest of dir and its parents that has a Docusaurus configuration,
// and that file's name; or "". The search ends at the root of a Git repository.
func configFolder(dir string) (folder, name string) {
	const levels = 12
	for range levels {
		for _, ext := range []string{".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"} {
			if name := "docusaurus.config" + ext; isRegular(filepath.Join(dir, name)) {
				return dir, name
			}
		}
		parent := filepath.Dir(dir)
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil || parent == dir {
			break
		}
		dir = parent
	}
	return "", ""
}

// siteFolders are what may lie beside the docs folder of a Docusaurus site.
var siteFolders = []string{
	docsDir, versionedDocs, "versioned_sidebars", i18nDir, "src", "static", "blog", "build",
	"node_modules",
}

// looksLikeSite tells whether dir, which has no configuration, is a site's folder all the same:
// it has a docs folder, no folder that a site has not, and no pages of its own but such as
// README.md and CHANGELOG.md.
func looksLikeSite(dir string) bool {
	if info, err := os.Lstat(filepath.Join(dir, docsDir)); err != nil || !info.IsDir() {
		return false
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		name := e.Name()
		stem := strings.TrimSuffix(name, path.Ext(name))
		strange := e.IsDir() && !strings.HasPrefix(name, ".") && !slices.Contains(siteFolders, name)
		if strange || isDoc(name) && stem != strings.ToUpper(stem) {
			return false
		}
	}
	return true
}

func isRegular(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular()
}

// readBelow returns the beginning of a file below an absolute folder, nil if it is not there.
func readBelow(folder, name string) ([]byte, *book.Error) {
	if !isRegular(filepath.Join(folder, filepath.FromSlash(name))) {
		return nil, nil
	}
	f, err := os.OpenInRoot(folder, filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(err, name)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxConfigBytes))
	if err != nil {
		return nil, unreadable(err, name)
	}
	return src, nil
}

// folders returns the names of the folders in dir, none if it is not there.
func (b *builder) folders(dir string) []string {
	entries, err := fs.ReadDir(b.root.FS(), dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.fail(dir, unreadable(err, dir))
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}
