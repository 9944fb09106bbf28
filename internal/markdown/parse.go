package markdown

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/lectern-project/lectern/internal/book"
)

// Parse reads a page. An empty source, or one without content, is a page with an empty Text.
//
// Errors are *book.Error. TooLarge: the source or its front matter is over its limit. Invalid: an
// unknown format, invalid UTF-8, a NUL byte, front matter that is not a YAML mapping (the message
// names the line), nesting over MaxNesting. Unclosed fences, tags, comments and expressions are no
// errors: they are text.
func Parse(src []byte, format Format) (*Page, error) {
	body, err := normalise(src)
	if err != nil {
		return nil, err
	}
	page := &Page{}
	var ids []explicitID
	switch format {
	case Text:
		page.Text, _ = assemble(body, nil, nil)
	case Markdown, MDBook, MDX:
		whole := body
		if page.FrontMatter, body, err = cutFrontMatter(body); err != nil {
			return nil, err
		}
		header := bytes.Count(whole[:len(whole)-len(body)], []byte("\n"))
		if page.Text, ids, err = clean(body, header, format); err != nil {
			return nil, err
		}
		// A cut can bring a letter and a combining mark together.
		page.Text = norm.NFC.String(page.Text)
	default:
		return nil, book.Errorf(book.Invalid,
			"unknown format %q; it is one of markdown, mdbook, mdx, text", format)
	}
	if page.blocks, err = readBlocks(page.Text, format); err != nil {
		return nil, err
	}
	page.readHeadings(ids, format)
	page.Title = page.title()
	return page, nil
}

// title implements Page.Title.
func (p *Page) title() string {
	if title, ok := p.FrontMatter["title"]; ok && title != nil {
		if title := strings.TrimSpace(fmt.Sprint(title)); title != "" {
			return title
		}
	}
	for _, h := range p.Headings {
		if h.Level == 1 && h.Text != "" {
			return h.Text
		}
	}
	return ""
}

// readHeadings makes Headings of the heading blocks. ids are those that the author gave.
func (p *Page) readHeadings(ids []explicitID, format Format) {
	slugs := slugger{format: format}
	var labels map[string]bool
	counted, start := 0, 0
	for _, b := range p.blocks {
		if b.kind != headingBlock {
			continue
		}
		start += utf8.RuneCountInString(p.Text[counted:b.start])
		counted = b.start
		if labels == nil {
			labels = linkLabels(p.Text)
		}
		plain := plainText(b.text, labels)
		h := Heading{Level: b.level, Text: strings.ReplaceAll(plain, "\n", " "), Start: start}
		for len(ids) > 0 && ids[0].at < b.line {
			ids = ids[1:]
		}
		if len(ids) > 0 && ids[0].at < b.line+b.lines {
			h.Anchor = ids[0].id
		} else {
			h.Anchor = slugs.next(plain)
		}
		h.slug = h.Anchor
		if format != MDBook && b.level == 1 {
			h.Anchor = ""
		}
		p.Headings = append(p.Headings, h)
	}
}
