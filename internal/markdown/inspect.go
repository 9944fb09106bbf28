package markdown

import (
	"bytes"
	"regexp"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Inspection is what a page refers to and what can be referred to on it, each with the line of the
// source that it stands in.
type Inspection struct {
	*Page
	// Links are the links, images and used references in Markdown's own syntax.
	Links []Link
	// Tags are the HTML and JSX tags that open an element or are one.
	Tags []Tag
	// Imports are what the modules of an MDX page import.
	Imports []Import
	// Anchors are the ids that the page has: of its headings, of tags, of footnotes.
	Anchors []string
	// TitleAnchors are the ids of level-1 headings, which GitHub has and Docusaurus has not.
	TitleAnchors []string
	// Dense says that Links are not all: the page has so many in one paragraph that to read them
	// would take too long.
	Dense bool
}

// Link is a link or an image.
type Link struct {
	Destination string // as written, without escapes
	Image       bool
	Reference   bool // its address stands elsewhere, as in [text][label]
	Line        int
}

// Tag is an opening or self-closing tag.
type Tag struct {
	Name       string
	Attributes []Attribute
	Line       int
}

// Attribute is an attribute of a tag. The Value of one that is computed is the expression's source.
type Attribute struct {
	Name, Value string
	Computed    bool
}

// Import is one import of a module; Name is what its default export is called, or "".
type Import struct {
	Name, From string
	Line       int
}

// Get returns the literal value of an attribute.
func (t Tag) Get(name string) (string, bool) {
	for _, a := range t.Attributes {
		if a.Name == name && !a.Computed {
			return a.Value, true
		}
	}
	return "", false
}

// Inspect reads a page as Parse does, and finds what it refers to. Errors are those of Parse; LineOf
// says which line one is about.
func Inspect(src []byte, format Format) (*Inspection, error) {
	page, err := Parse(src, format)
	if err != nil {
		return nil, err
	}
	found := &Inspection{Page: page}
	for _, h := range page.Headings {
		if h.Anchor != "" {
			found.Anchors = append(found.Anchors, h.Anchor)
		}
		if h.Level == 1 {
			found.TitleAnchors = append(found.TitleAnchors, h.slug)
		}
	}
	if format == Text {
		return found, nil
	}
	body, header, err := splitBody(src)
	if err != nil {
		return nil, err
	}
	c, err := findCuts(body, header, format)
	if err != nil {
		return nil, err
	}
	i := inspector{cleaner: c, found: found, lines: newLineIndex(body, header)}
	i.readTags()
	i.readImports()
	i.readLinks(format)
	return found, nil
}

// splitBody returns what follows the front matter of a page, and how many lines that has.
func splitBody(src []byte) (body []byte, header int, err error) {
	whole, err := normalise(src)
	if err != nil {
		return nil, 0, err
	}
	_, body, err = cutFrontMatter(whole)
	return body, bytes.Count(whole[:len(whole)-len(body)], []byte("\n")), err
}

// inspector gathers an Inspection.
type inspector struct {
	*cleaner
	found *Inspection
	lines lineIndex
}

// lineIndex finds the line of an offset.
type lineIndex struct {
	starts []int // of the lines
	first  int   // number of the line before the first
}

func newLineIndex(text []byte, before int) lineIndex {
	index := lineIndex{starts: []int{0}, first: before}
	for i, b := range text {
		if b == '\n' {
			index.starts = append(index.starts, i+1)
		}
	}
	return index
}

// at returns the number of the line that holds an offset.
func (l lineIndex) at(offset int) int { return l.first + sort.SearchInts(l.starts, offset+1) }

// readTags reads the tags. In MDX what is not closed is none.
func (i *inspector) readTags() {
	closed := make(map[int]bool, len(i.cuts))
	for _, c := range i.cuts {
		closed[c.start] = true
	}
	for _, t := range i.tags {
		if t.closing || t.name == "" || i.mdx && !closed[t.start] {
			continue
		}
		read := Tag{Name: t.name, Line: i.lines.at(t.start)}
		read.Attributes = i.attributes(t)
		for _, name := range []string{"id", "name"} {
			if value, ok := read.Get(name); ok && (name == "id" || t.name == "a") {
				i.found.Anchors = append(i.found.Anchors, value)
			}
		}
		i.found.Tags = append(i.found.Tags, read)
	}
}

// attributes reads the attributes of a tag that parseTag accepted.
func (i *inspector) attributes(t tag) []Attribute {
	var attributes []Attribute
	for p := t.start + 1 + len(t.name); p < t.end && i.patience > 0; {
		i.skipSpace(&p)
		start := p
		if p >= t.end || i.src[p] == '>' || i.src[p] == '/' || !i.skipAttribute(&p) {
			break
		}
		if i.src[start] == '{' {
			continue
		}
		name, value, _ := strings.Cut(string(i.src[start:p]), "=")
		a := Attribute{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
		a.Value, a.Computed = attributeValue(a.Value)
		attributes = append(attributes, a)
	}
	return attributes
}

// attributeValue takes the quotes or braces off a value.
func attributeValue(written string) (value string, computed bool) {
	if len(written) < 2 {
		return written, false
	}
	switch written[0] {
	case '"', '\'':
		return string(util.ResolveEntityNames([]byte(written[1 : len(written)-1]))), false
	case '{':
		if start, end, ok := literal([]byte(written)); ok {
			return written[start:end], false
		}
		return strings.TrimSpace(written[1 : len(written)-1]), true
	}
	return written, false
}

var importFrom = regexp.MustCompile(
	`(?m)^\s*(?:import|export)\b(?:\s+type\b)?\s*([\w$]*)[^"';]*?["']([^"'\n]+)["']`)

func (i *inspector) readImports() {
	for _, m := range i.modules {
		code := i.src[m.start:m.end]
		for _, at := range importFrom.FindAllSubmatchIndex(code, -1) {
			statement := code[at[0]:at[1]]
			before := bytes.TrimSpace(code[at[0] : at[4]-1])
			from := bytes.HasSuffix(before, []byte("from"))
			if !from && !bytes.Equal(before, []byte("import")) {
				continue // a string in code
			}
			name := string(code[at[2]:at[3]])
			if name == "from" || bytes.HasPrefix(bytes.TrimSpace(statement), []byte("export")) {
				name = ""
			}
			i.found.Imports = append(i.found.Imports, Import{
				Name: name, From: string(code[at[4]:at[5]]), Line: i.lines.at(m.start + at[4]),
			})
		}
	}
}

// readLinks finds the links of what is left when all that is no Markdown is overwritten by spaces.
// HTML stays in where it is a language of its own.
func (i *inspector) readLinks(format Format) {
	tags := make(map[int]bool, len(i.tags))
	if format != MDX {
		for _, t := range i.tags {
			tags[t.start] = true
		}
	}
	masked := bytes.Clone(i.src)
	for _, c := range i.cuts {
		if !tags[c.start] {
			blank(masked[c.start:c.end])
		}
	}
	if format == MDX {
		blankCode(masked)
	}
	i.found.Dense = blankDense(masked)
	_ = ast.Walk(linkParser(format).Parse(text.NewReader(masked)),
		func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if !entering {
				return ast.WalkContinue, nil
			}
			switch n := n.(type) {
			case *ast.Link:
				i.addLink(n, n.Destination, Link{Reference: n.Reference != nil})
			case *ast.Image:
				i.addLink(n, n.Destination, Link{Image: true, Reference: n.Reference != nil})
			case *ast.AutoLink:
				if n.AutoLinkType == ast.AutoLinkURL {
					i.addLink(n, n.URL(masked), Link{})
				}
			case *extast.Footnote:
				ref := string(n.Ref)
				i.found.Anchors = append(i.found.Anchors, "user-content-fn-"+ref,
					"user-content-fnref-"+ref)
			}
			return ast.WalkContinue, nil
		})
}

// addLink adds a link. One that is empty only because its destination is an expression is none.
func (i *inspector) addLink(n ast.Node, destination []byte, link Link) {
	at := min(max(n.Pos(), 0), len(i.src))
	if len(destination) == 0 {
		line := i.src[at:lineEnd(i.src, at)]
		if !bytes.Contains(line, []byte("]()")) && !bytes.Contains(line, []byte("](<>)")) {
			return
		}
	}
	link.Destination = string(util.ResolveEntityNames(util.ResolveNumericReferences(
		util.UnescapePunctuations(destination))))
	link.Line = i.lines.at(at)
	i.found.Links = append(i.found.Links, link)
}

// linkParser returns a parser of all that links can be in.
func linkParser(format Format) parser.Parser {
	if format == MDX {
		return mdxLinkParser
	}
	return htmlLinkParser
}

var (
	mdxLinkParser = newLinkParser(nil, nil)
	// HTML blocks and indented code hide what looks like a link.
	htmlLinkParser = newLinkParser(
		[]util.PrioritizedValue{
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewHTMLBlockParser(), 900),
		},
		[]util.PrioritizedValue{util.Prioritized(parser.NewRawHTMLParser(), 400)},
	)
)

func newLinkParser(blocks, inlines []util.PrioritizedValue) parser.Parser {
	blocks = append(blocks,
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(extension.NewFootnoteBlockParser(), 999),
		util.Prioritized(anyParagraphs{parser.NewParagraphParser()}, 1000))
	inlines = append(inlines,
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(extension.NewFootnoteParser(), 101),
		util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300))
	return parser.NewParser(
		parser.WithBlockParsers(blocks...), parser.WithInlineParsers(inlines...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		parser.WithASTTransformers(util.Prioritized(extension.NewFootnoteASTTransformer(), 999)),
	)
}

// anyParagraphs opens paragraphs at any indentation. Where nothing opens a block, the parser stops,
// and MDX has no indented code.
type anyParagraphs struct{ parser.BlockParser }

// CanAcceptIndentedLine implements parser.BlockParser.
func (anyParagraphs) CanAcceptIndentedLine() bool { return true }

// maxLinkWork bounds the time that the links of a page take: the parser may look at all of a
// paragraph for each link that seems to start in it.
const maxLinkWork = 256 << 20

// blankDense overwrites the paragraphs that are over the bound, and says whether there were any.
func blankDense(src []byte) (dense bool) {
	work := 0
	for start := 0; start < len(src); {
		end := start
		for end < len(src) {
			next := lineEnd(src, end)
			if len(bytes.TrimSpace(src[end:next])) == 0 {
				end = next
				break
			}
			end = next
		}
		paragraph := src[start:end]
		work += len(paragraph) * (bytes.Count(paragraph, []byte("](")) + bytes.Count(paragraph, []byte("]:")))
		if work > maxLinkWork {
			blank(src[start:end])
			dense = true
		}
		start = end
	}
	return dense
}

// blankCode overwrites fenced code of MDX, which may be indented as far as one likes.
func blankCode(src []byte) {
	r := lineReader{mdx: true}
	for at := 0; at < len(src); {
		end := lineEnd(src, at)
		l, err := r.read(src[at:end])
		if err != nil {
			return // Parse has met it before
		}
		if l.kind == fenceLine || l.kind == codeLine {
			blank(src[at+min(l.body, end-at) : end])
		}
		at = end
	}
}

// blank overwrites all but line ends with spaces.
func blank(b []byte) {
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
}
