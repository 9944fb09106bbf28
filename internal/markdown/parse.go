package markdown

import (
	"fmt"

	"github.com/lectern-project/lectern/internal/book"
)

func parse(src []byte, format Format, anchors AnchorStyle) (*Page, error) {
	text, err := normalise(src)
	if err != nil {
		return nil, err
	}
	page := &Page{format: format}
	switch format {
	case Text:
	case Markdown, MDX:
		if page.FrontMatter, text, err = cutFrontMatter(text); err != nil {
			return nil, err
		}
	default:
		return nil, book.Errorf(book.Invalid,
			"unknown format %q; it is one of markdown, mdx, text", format)
	}
	page.Text = string(text)
	if title, ok := page.FrontMatter["title"]; ok && title != nil {
		page.Title = fmt.Sprint(title)
	}
	return page, nil
}

func (p *Page) chunks() []book.Chunk { return nil }
