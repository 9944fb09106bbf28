// Package markdown turns a page's source (Markdown, MDX or plain text) into its canonical text,
// its headings with their anchors, and its chunks. It is pure: no files, no clock, no network.
//
// The way of a page: source (source.go: size, UTF-8, line ends, NFC), front matter taken off
// (frontmatter.go), the rest cleaned of what is not content (clean.go and its parts), the result
// read as blocks (block.go), headings given anchors (slug.go), blocks packed into chunks
// (chunk.go). Every step is linear in the length of the text, whatever the text is.
package markdown

// Format is the language that a page is written in.
type Format string

// The formats.
const (
	// Markdown is CommonMark with tables, admonitions (:::), mdBook directives and HTML. Headings
	// have the ids of Docusaurus: github-slugger's; one of level 1 uses up an id but has none.
	Markdown Format = "markdown"
	// MDBook is Markdown whose headings have mdBook's ids; every heading has one.
	MDBook Format = "mdbook"
	// MDX is Markdown with JSX: imports and exports, components, {expressions}, and no indented
	// code. Docusaurus reads .md files as MDX too.
	MDX Format = "mdx"
	// Text is plain text: no front matter, no headings, nothing taken out.
	Text Format = "text"
)

// Limits of a page. What is over a size limit is refused with book.TooLarge.
const (
	MaxSourceBytes      = 16 << 20 // a page's source
	MaxFrontMatterBytes = 64 << 10 // its front matter
	// MaxNesting is how deep quotes and lists, or collections in front matter, may lie in each
	// other; deeper is book.Invalid.
	MaxNesting = 100
)

// Page is one parsed page.
type Page struct {
	// FrontMatter is the page's YAML header: maps with string keys, slices, strings, numbers and
	// booleans, so that it can be written as JSON. Nil when there is none.
	FrontMatter map[string]any
	// Title is the front matter's title, else the plain text of the first level-1 heading, else "".
	Title string
	// Text is the canonical text: NFC, UTF-8, "\n" line ends; what is not content has been taken
	// out, the rest is the author's to the letter. Empty when the page has no content.
	Text string
	// Headings are in the order of the text.
	Headings []Heading

	blocks []block
}

// Heading is a heading of a page.
type Heading struct {
	Level  int    // 1 to 6
	Text   string // without markup
	Anchor string // the id that the built page has there, without "#"; empty where it has none
	Start  int    // where its line starts in Page.Text, in code points

	slug string // the id that it has or would have
}
