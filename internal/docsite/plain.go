package docsite

import (
	"path"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

func isPlainPage(name string) bool {
	return hasExt(strings.ToLower(name), ".md", ".mdx", ".markdown", ".txt")
}

// plain lists files as they lie there: the doc_id is the path, the URL the path without ending.
func (b *builder) plain(files []string) error {
	var origin, base string
	if b.options.BaseURL != "" {
		var err error
		if origin, base, err = splitBase(b.options.BaseURL); err != nil {
			return err
		}
	}
	for _, p := range files {
		page := Page{DocID: p, Path: p, Locale: b.options.Locale, Format: plainFormat(p)}
		if base != "" {
			page.URL = joinURL(origin, base, strings.TrimSuffix(p, path.Ext(p)))
		}
		h, err := b.readPlain(p, page.Format)
		if err != nil {
			b.fail(p, err)
			continue
		}
		page.Title = h.title(p)
		page.Chapter = page.Title
		b.pages = append(b.pages, page)
	}
	return nil
}

// readPlain reads a file's head; one of plain text has none, but must be readable.
func (b *builder) readPlain(p string, format markdown.Format) (head, *book.Error) {
	if format == markdown.Text {
		_, err := b.readStart(p)
		return head{}, err
	}
	return b.readHead(p)
}

func plainFormat(p string) markdown.Format {
	switch strings.ToLower(path.Ext(p)) {
	case ".mdx":
		return markdown.MDX
	case ".md", ".markdown":
		return markdown.Markdown
	}
	return markdown.Text
}
