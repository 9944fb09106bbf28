package docsite

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/lectern-project/lectern/internal/book"
)

// builder collects the pages of one Open.
type builder struct {
	*walker
	options Options
	pages   []Page
}

// build lists the pages. If only is not empty, it is the one file that was asked for.
func (b *builder) build(only string) error {
	if only != "" {
		return b.plain([]string{only})
	}
	if b.options.Kind == "" {
		b.options.Kind = detect(b.root, b.dir)
	}
	switch b.options.Kind {
	case Docusaurus:
		return b.docusaurus()
	case MDBook:
		return b.mdbook()
	}
	return b.plain(b.list(".", isPlainPage))
}

// finish checks what holds for all pages together and makes the Site.
func (b *builder) finish(dir string) (*Site, error) {
	pages := b.pages[:0]
	owner := make(map[string]string, len(b.pages))
	var conflicts []string
	for _, p := range b.pages {
		p.DocID = norm.NFC.String(b.options.IDPrefix + p.DocID)
		if err := book.ValidateDocID(p.DocID); err != nil {
			b.fail(p.Path, book.Wrap(book.Invalid, err, "%s cannot be listed: %s; rename the file "+
				"or set an id in its front matter", shown(p.Path), book.MessageOf(err)))
			continue
		}
		if other, taken := owner[p.DocID]; taken {
			conflicts = append(conflicts,
				fmt.Sprintf("%q is the doc_id of both %s and %s", p.DocID, shown(other), shown(p.Path)))
			continue
		}
		owner[p.DocID] = p.Path
		pages = append(pages, p)
	}
	if len(conflicts) > 0 {
		return nil, conflictError(conflicts)
	}
	if len(pages) == 0 && len(b.problems) == 0 {
		return nil, b.emptyError(dir)
	}
	return &Site{
		Kind: b.options.Kind, Pages: pages, Skipped: b.skipped, Problems: b.problems, dir: b.dir,
	}, nil
}

func conflictError(conflicts []string) error {
	const shown = 5
	text, more := strings.Join(conflicts[:min(shown, len(conflicts))], "; "), ""
	if n := len(conflicts) - shown; n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return book.Errorf(book.Conflict, "%s%s: rename one file of each pair, or give it another id",
		text, more)
}

func (b *builder) emptyError(dir string) error {
	wanted := "*.md, *.mdx, *.markdown or *.txt"
	switch b.options.Kind {
	case Docusaurus:
		wanted = "*.md or *.mdx"
	case MDBook:
		wanted = "SUMMARY.md that lists pages"
	}
	left := ""
	if n := len(b.skipped); n > 0 {
		left = fmt.Sprintf(" (%d left out, the first is %s: %s)", n, b.skipped[0].Path,
			b.skipped[0].Reason)
	}
	return book.Errorf(book.Invalid,
		"%s has no page of a %s site%s; give a folder with %s, or name another kind of site",
		dir, b.options.Kind, left, wanted)
}

// hasExt tells whether name is more than its ending and the ending is one of exts.
func hasExt(name string, exts ...string) bool {
	ext := path.Ext(name)
	for _, e := range exts {
		if ext == e && len(name) > len(e) {
			return true
		}
	}
	return false
}
