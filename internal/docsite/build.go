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
	only    string // the one file that was asked for, or ""
	pages   []Page
	// hidden and drafts are pages that are not listed: unlisted ones, which the built site has, and
	// drafts, which it has not.
	hidden, drafts []Page
	docusaurusSite *docusaurusSite
}

// build lists the pages.
func (b *builder) build() error {
	if b.only != "" {
		return b.plain([]string{b.only})
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
	pages, duplicates := b.distinct()
	if len(duplicates) > 0 {
		return nil, conflictError(duplicates)
	}
	if len(pages) == 0 && len(b.problems) == 0 {
		return nil, b.emptyError(dir)
	}
	return b.site(pages), nil
}

func (b *builder) site(pages []Page) *Site {
	return &Site{
		Kind: b.options.Kind, Pages: pages, Skipped: b.skipped, Problems: b.problems, dir: b.dir,
	}
}

// distinct gives the pages their final doc_ids. It returns those whose doc_id is valid and no other
// page's, and the pairs of a page and a later one of the same doc_id.
func (b *builder) distinct() (pages []Page, duplicates [][2]Page) {
	owner := make(map[string]Page, len(b.pages))
	for _, p := range b.pages {
		p.DocID = norm.NFC.String(b.options.IDPrefix + p.DocID)
		if err := book.ValidateDocID(p.DocID); err != nil {
			b.fail(p.Path, book.Wrap(book.Invalid, err, "%s cannot be listed: %s; rename the file "+
				"or set an id in its front matter", shown(p.Path), book.MessageOf(err)))
			continue
		}
		if other, taken := owner[p.DocID]; taken {
			duplicates = append(duplicates, [2]Page{other, p})
			continue
		}
		owner[p.DocID] = p
		pages = append(pages, p)
	}
	return pages, duplicates
}

func conflictError(duplicates [][2]Page) error {
	const named = 5
	var conflicts []string
	for _, d := range duplicates[:min(named, len(duplicates))] {
		conflicts = append(conflicts, fmt.Sprintf("%q is the doc_id of both %s and %s", d[0].DocID,
			shown(d[0].Path), shown(d[1].Path)))
	}
	text, more := strings.Join(conflicts, "; "), ""
	if n := len(duplicates) - named; n > 0 {
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
