package sitecheck

import (
	"path"
	"strings"

	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/markdown"
)

// checkFileLinks judges the links of a book whose links lead to files: of mdBook, which makes
// foo.html of foo.md, and of a plain folder.
func (c *checker) checkFileLinks() {
	for _, p := range c.pages {
		if !p.read {
			continue
		}
		for _, l := range p.links {
			c.links++
			c.checkFileLink(p, l.Destination, l.Line, l.Image)
		}
		for _, t := range p.tags {
			name := map[string]string{"a": "href", "img": "src"}[t.Name]
			if link, ok := t.Get(name); ok && name != "" {
				c.links++
				c.checkFileLink(p, link, t.Line, t.Name == "img")
			}
		}
	}
}

func (c *checker) checkFileLink(p *page, link string, line int, image bool) {
	if link == "" {
		c.warnf("empty-link", p.path, line, "the link has no address; give it one")
		return
	}
	t, local := split(link)
	if !local || strings.HasPrefix(t.path, "/") {
		return // what an address from the root leads to, only the server knows
	}
	if t.path == "" {
		c.checkFileAnchor(p, p, t.anchor, link, line)
		return
	}
	for _, written := range []string{decoded(t.path), t.path} {
		file, inside := join(path.Dir(p.path), written)
		if !inside || c.survey.Kind == docsite.MDBook && !isBelow(file, c.survey.Source) {
			return // what lies beside the book, only the server knows
		}
		if target, ok := c.fileTarget(file, image); ok {
			c.checkFileAnchor(p, target, t.anchor, link, line)
			return
		}
	}
	file, _ := join(path.Dir(p.path), decoded(t.path))
	switch {
	case image:
		c.errorf("broken-image", p.path, line, "the image %q is not there: no such file beside the page", link)
	case c.survey.Kind == docsite.MDBook && c.tree.hasFile(file):
		c.errorf("broken-link", p.path, line,
			"the link %q leads to a page that SUMMARY.md does not list, so mdBook does not build it", link)
	default:
		c.errorf("broken-link", p.path, line, "the link %q leads to no page and no file", link)
	}
}

func isBelow(p, folder string) bool {
	return folder == "." || p == folder || strings.HasPrefix(p, folder+"/")
}

// builtPages are pages of every mdBook book.
var builtPages = set([]string{"index.html", "print.html", "toc.html", "404.html"})

// fileTarget returns the page that a path means; it is nil for another file or a folder.
func (c *checker) fileTarget(file string, image bool) (*page, bool) {
	if p, ok := c.byPath[file]; ok && !image {
		return p, true
	}
	mdBook := c.survey.Kind == docsite.MDBook
	unbuilt := mdBook && !image && isMarkdown(file)
	if c.tree.hasFile(file) && !unbuilt || !image && c.tree.hasFolder(file) {
		return nil, true
	}
	if image {
		return nil, false
	}
	if rest, ok := strings.CutPrefix(file, c.survey.Source+"/"); mdBook && builtPages[file] ||
		ok && builtPages[rest] {
		return nil, true
	}
	stem, html := strings.CutSuffix(file, ".html")
	names := []string{stem + ".md"}
	if dir, ok := strings.CutSuffix(stem, "index"); ok {
		names = append(names, dir+"README.md", dir+"readme.md", dir+"Readme.md")
	}
	if !mdBook {
		names = append(names, stem+".mdx", stem+".markdown")
	}
	for _, name := range names {
		if p, ok := c.byPath[name]; ok && (html || !mdBook) {
			return p, true
		}
	}
	return nil, false
}

// checkFileAnchor judges the fragment of a link to a page.
func (c *checker) checkFileAnchor(from, target *page, anchor, link string, line int) {
	if target == nil || anchor == "" || !target.read || target.opaque || target.format == markdown.Text {
		return
	}
	for _, a := range []string{anchor, decoded(anchor), strings.ToLower(decoded(anchor))} {
		if target.anchors[a] || target.titles[a] {
			return
		}
	}
	c.warnf("broken-anchor", from.path, line, "the link %q leads to a heading or id that %s has not%s", link,
		target.path, suggestAnchor(target.anchors, anchor))
}
