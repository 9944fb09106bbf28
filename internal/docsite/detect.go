package docsite

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Detect says what kind of folder dir is. It never fails: what it cannot read is no sign.
//
//   - MDBook: SUMMARY.md in dir, or in the book's source folder (src, or what book.toml says);
//   - Docusaurus: a docusaurus.config file in dir or a parent, or in dir a _category_ file, an
//     .mdx file, front matter with a sidebar_ key, or two names with number prefixes;
//   - Plain: anything else, and a single file.
//
// A configuration in dir itself comes before SUMMARY.md, SUMMARY.md before the other signs.
func Detect(dir string) Kind {
	abs, info, err := resolve(dir)
	if err != nil || !info.IsDir() {
		return Plain
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return Plain
	}
	defer root.Close()
	return detect(root, abs)
}

func detect(root *os.Root, dir string) Kind {
	site, name := configFolder(dir)
	if name != "" && site == dir {
		return Docusaurus
	}
	if _, ok := bookSource(root); ok {
		return MDBook
	}
	if name != "" {
		return Docusaurus
	}
	s := signs{walker: walker{root: root, dir: dir}}
	s.visit(".", 0)
	if s.strong || s.numbered >= 2 {
		return Docusaurus
	}
	return Plain
}

// signs looks for traces of Docusaurus in a folder.
type signs struct {
	walker
	strong   bool
	numbered int // names with a number prefix
	heads    int // pages whose head was read
}

// maxSignHeads is how many pages are read in search of a sign.
const maxSignHeads = 200

func (s *signs) visit(dir string, depth int) {
	entries, _ := fs.ReadDir(s.root.FS(), dir)
	for _, e := range entries {
		name := e.Name()
		if s.strong || depth > maxDepth {
			return
		}
		if strings.HasPrefix(name, ".") || name == "node_modules" {
			continue
		}
		p := path.Join(dir, name)
		switch {
		case e.IsDir():
			s.visit(p, depth+1)
		case !e.Type().IsRegular():
			continue
		case strings.HasPrefix(name, "_category_."), hasExt(name, ".mdx"):
			s.strong = true
		case !hasExt(name, ".md"):
			continue
		default:
			s.strong = s.hasSidebarKey(p)
		}
		if stem := strings.TrimSuffix(name, filepath.Ext(name)); stripNumber(stem) != stem {
			s.numbered++
		}
	}
}

func (s *signs) hasSidebarKey(p string) bool {
	if s.heads++; s.heads > maxSignHeads {
		return false
	}
	h, err := s.readHead(p)
	if err != nil {
		return false
	}
	for key := range h.matter {
		if strings.HasPrefix(key, "sidebar_") {
			return true
		}
	}
	return false
}
