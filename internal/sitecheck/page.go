package sitecheck

import (
	"context"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/markdown"
)

// page is a page of the book, or a part that pages import.
type page struct {
	path    string
	route   string // its address on the site, without the origin; "" where it has none
	format  markdown.Format
	content string // what of Docusaurus it belongs to: docs, blog or pages

	*facts
}

// facts are what the checks keep of a page's text.
type facts struct {
	read    bool // false for a page that could not be read
	links   []markdown.Link
	tags    []markdown.Tag
	imports []markdown.Import
	anchors map[string]bool
	titles  map[string]bool // ids of level-1 headings
	// opaque says that the page may have ids that its text does not show.
	opaque bool
	// tagged says that the page has tags in its front matter.
	tagged bool
}

// listPages takes the pages of a book that is no Docusaurus site.
func (c *checker) listPages() {
	for _, p := range c.survey.Pages {
		c.newPage(p.Path, routeOf(p), p.Format, "")
	}
}

// newPage adds a page to those that are read.
func (c *checker) newPage(path, route string, format markdown.Format, content string) *page {
	p := &page{path: path, route: route, format: format, content: content, facts: &facts{}}
	if c.byPath == nil {
		c.byPath, c.parts = map[string]*page{}, map[string]*page{}
	}
	c.byPath[path] = p
	c.pages = append(c.pages, p)
	return p
}

// routeOf returns a page's address without the origin.
func routeOf(p docsite.Page) string {
	_, rest, absolute := strings.Cut(p.URL, "://")
	if !absolute {
		return p.URL
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return "/"
}

// readPages reads all pages and then the parts that they import.
func (c *checker) readPages(ctx context.Context) error {
	for batch := c.pages; len(batch) > 0; {
		if err := c.readBatch(ctx, batch); err != nil {
			return err
		}
		var parts []*page
		for _, p := range batch {
			for _, file := range c.partsOf(p) {
				if c.byPath[file] == nil && c.parts[file] == nil {
					c.parts[file] = &page{
						path: file, format: p.format, content: p.content, facts: &facts{},
					}
					parts = append(parts, c.parts[file])
				}
			}
		}
		batch = parts
	}
	return nil
}

// readBatch reads pages, as many at once as there are processors.
func (c *checker) readBatch(ctx context.Context, batch []*page) error {
	found := make([][]Finding, len(batch))
	err := inParallel(ctx, len(batch), func(i int) { found[i] = c.readPage(batch[i]) })
	for _, findings := range found {
		c.add(findings...)
	}
	return err
}

// inParallel calls do for 0 to n-1. Its error is Canceled: ctx ended before all were done.
func inParallel(ctx context.Context, n int, do func(i int)) error {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return book.Wrap(book.Canceled, err, "the check was broken off")
	}
	return nil
}

// readPage fills in a page's facts and returns what is wrong with the page by itself.
func (c *checker) readPage(p *page) []Finding {
	src, problem := c.readFile(p.path, markdown.MaxSourceBytes)
	if problem != nil {
		return []Finding{*problem}
	}
	seen, err := markdown.Inspect(src, p.format)
	if err != nil {
		return []Finding{c.parseProblem(p.path, err)}
	}
	p.read = true
	p.links, p.tags, p.imports = seen.Links, seen.Tags, seen.Imports
	p.anchors, p.titles = set(seen.Anchors), set(seen.TitleAnchors)
	p.opaque = isOpaque(seen) || strings.Contains(string(src), "{{#")
	_, p.tagged = seen.FrontMatter["tags"]
	findings := sizeFindings(p.path, seen)
	if c.survey.Kind == docsite.Docusaurus {
		findings = append(findings, frontMatterFindings(p.path, src, seen.FrontMatter)...)
	}
	return findings
}

func set(names []string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// parseProblem is the finding for a page that cannot be parsed.
func (c *checker) parseProblem(p string, err error) Finding {
	rule := "unreadable"
	switch {
	case markdown.InFrontMatter(err):
		rule = "front-matter"
	case book.CodeOf(err) == book.TooLarge:
		rule = "large-page"
	case book.CodeOf(err) == book.Invalid && markdown.LineOf(err) == 0:
		rule = "page-id"
	}
	return Finding{
		Severity: Error, Rule: rule, Path: p, Line: markdown.LineOf(err), Message: book.MessageOf(err),
	}
}

// addProblem reports what the survey could not use.
func (c *checker) addProblem(p string, err error) {
	f := c.parseProblem(p, err)
	f.Message = strings.TrimPrefix(f.Message, p+": ")
	c.add(f)
}

// knownComponents are those of Docusaurus and its theme, which have no ids of their own.
var knownComponents = set(strings.Fields("Admonition BrowserWindow CodeBlock Details DocCardList " +
	"Head Highlight Image Link TabItem Tabs ThemedImage TOCInline Translate Trans"))

// isOpaque tells whether a page shows components of its site, which may have ids of their own.
// Parts in Markdown are looked into instead.
func isOpaque(seen *markdown.Inspection) bool {
	from := map[string]string{}
	for _, i := range seen.Imports {
		from[i.Name] = i.From
	}
	for _, t := range seen.Tags {
		name, _, _ := strings.Cut(t.Name, ".")
		if first := name[0]; first < 'A' || first > 'Z' || knownComponents[name] {
			continue
		}
		module, imported := from[name]
		if !imported || !isMarkdown(module) && !strings.HasPrefix(module, "@theme/") &&
			!strings.HasPrefix(module, "@docusaurus/") {
			return true
		}
	}
	return false
}

func isMarkdown(p string) bool {
	ext := strings.ToLower(path.Ext(p))
	return ext == ".md" || ext == ".mdx"
}

// partsOf returns the Markdown files that a page imports and that are there.
func (c *checker) partsOf(p *page) []string {
	var parts []string
	for _, i := range p.imports {
		if file, ok := c.moduleFile(p.path, i.From); ok && file != "" && isMarkdown(file) {
			parts = append(parts, file)
		}
	}
	return parts
}

// moduleEndings are what a module's name may leave out.
var moduleEndings = []string{
	"", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".json", ".mdx", ".md",
	"/index.js", "/index.jsx", "/index.ts", "/index.tsx", "/index.mdx", "/index.md",
}

// moduleFile returns the file that a module's name stands for. It is "" for packages, and ok is
// false for a file that is not there.
func (c *checker) moduleFile(importer, name string) (file string, ok bool) {
	name = name[strings.LastIndexByte(name, '!')+1:] // a loader's prefix
	name, _, _ = strings.Cut(name, "?")
	var p string
	switch {
	case strings.HasPrefix(name, "./"), strings.HasPrefix(name, "../"):
		p, ok = join(path.Dir(importer), name)
	case strings.HasPrefix(name, "@site/"):
		p, ok = join(".", strings.TrimPrefix(name, "@site/"))
	default:
		return "", true
	}
	if !ok {
		return "", true // beside the site's folder
	}
	for _, ending := range moduleEndings {
		if c.tree.hasFile(p + ending) {
			return p + ending, true
		}
	}
	return "", c.inLeftOut(p)
}

// inLeftOut tells whether a path lies in a folder that the tree leaves out.
func (c *checker) inLeftOut(p string) bool {
	for segment := range strings.SplitSeq(p, "/") {
		if slices.Contains(leftOut, segment) {
			return true
		}
	}
	return false
}

var requireCall = regexp.MustCompile(`\brequire\(\s*["'` + "`]([^\"'`]+)[\"'`]" + `\s*\)`)

// readFile reads a file that is not larger than limit.
func (c *checker) readFile(p string, limit int64) ([]byte, *Finding) {
	size := c.tree.files[p]
	if size > limit {
		return nil, &Finding{
			Severity: Error, Rule: "large-page", Path: p,
			Message: "the page has more than 16 MiB, which cannot be ingested; split it into several pages",
		}
	}
	src, err := c.root.ReadFile(filepath.FromSlash(p))
	if err != nil {
		t := tree{}
		t.problem(p, err)
		return nil, &t.problems[0]
	}
	return src, nil
}
