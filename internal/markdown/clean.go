package markdown

import (
	"bytes"
	"regexp"
	"slices"
)

// cut is a span of the source that is no content, as byte offsets.
type cut struct {
	start, end int
	// parts says that what is before and after it belongs to two words, as around <br/>.
	parts bool
}

// cleaner goes once over a page's source, from left to right, and notes what is no content.
// Whichever construct starts first wins, as in MDX: what looks like a tag within a code span is
// code, what looks like code within a tag is the tag's.
type cleaner struct {
	src     []byte
	mdx     bool
	lines   lineReader
	cuts    []cut
	tags    []tag   // candidates, judged at the end
	notes   [][]cut // what goes of the admonitions that are open, if they get closed
	modules []cut   // imports and exports, which are among cuts too
	ids     []explicitID
	spans   codeSpanFinder
	finds   finder
	lineEnd int // of the line that is being read
	// paragraph is the last one that was looked for, from its second line on.
	paragraph cut
	patience  int // bytes that may still be read ahead in vain
}

// explicitID is the id that the author gave a heading.
type explicitID struct {
	at int // offset within the heading's line in the source, later the number of that line
	id string
}

// clean takes out of the body of a page what is not content: see Page.Text. Also returned are the
// explicit ids with the numbers of their lines. header is how many lines of the page came before.
// Errors are lineReader.read's.
func clean(body []byte, header int, format Format) (string, []explicitID, error) {
	c, err := findCuts(body, header, format)
	if err != nil {
		return "", nil, err
	}
	text, ids := assemble(body, c.cuts, c.ids)
	return text, ids, nil
}

// findCuts returns a cleaner that has gone over a page's body; its cuts are sorted.
func findCuts(body []byte, header int, format Format) (*cleaner, error) {
	c := &cleaner{src: body, mdx: format == MDX, patience: 8*len(body) + 1<<16}
	c.lines.mdx, c.lines.number = c.mdx, header
	c.finds.src, c.spans.src = body, body
	if err := c.scan(); err != nil {
		return nil, err
	}
	c.cutTags()
	slices.SortFunc(c.cuts, func(a, b cut) int { return a.start - b.start })
	return c, nil
}

// scan reads the source line by line; a construct that ends in a later line takes the lines
// between with it.
func (c *cleaner) scan() error {
	for at := 0; at < len(c.src); {
		if end := c.moduleCode(at); end > at {
			c.cut(at, end)
			c.modules = append(c.modules, cut{start: at, end: end})
			c.lines.previous = line{kind: blankLine}
			c.lines.number += bytes.Count(c.src[at:end], []byte("\n"))
			at = end
			continue
		}
		end := lineEnd(c.src, at)
		l, err := c.lines.read(c.src[at:end])
		if err != nil {
			return err
		}
		body := at + l.body
		switch l.kind {
		case headingLine:
			c.spans.limit(end)
			c.explicitID(body, end)
		case proseLine:
			if l.fresh {
				c.spans.limit(c.paragraphEnd(end))
			}
			if c.isUnderline(end) {
				c.explicitID(body, end)
			}
		default:
			at = end
			continue
		}
		at = c.inline(c.admonition(body, end), end)
		c.lines.number += bytes.Count(c.src[min(end, at):at], []byte("\n"))
	}
	return nil
}

// paragraphEnd returns where the paragraph ends that holds the line before i: before a line that
// is blank or clearly starts another block.
func (c *cleaner) paragraphEnd(i int) int {
	if i >= c.paragraph.start && i < c.paragraph.end {
		return c.paragraph.end
	}
	c.paragraph.start = i
	for i < len(c.src) {
		end := lineEnd(c.src, i)
		text := bytes.Trim(c.src[i:end], " \t\n>")
		if len(text) == 0 || blockStart.Match(text) {
			break
		}
		i = end
	}
	c.paragraph.end = i
	return i
}

var blockStart = regexp.MustCompile("^(#{1,6}[ \t]|```|~~~|:::|[-*+][ \t]|[0-9]{1,9}[.)][ \t]|[|])")

// isUnderline says whether the line at i could make the one before it a heading.
func (c *cleaner) isUnderline(i int) bool {
	if i >= len(c.src) || c.src[i] != '-' && c.src[i] != '=' {
		return false
	}
	text := bytes.TrimRight(c.src[i:lineEnd(c.src, i)], " \t\n")
	return len(bytes.TrimLeft(text, string(c.src[i]))) == 0
}

// inline notes what is no content from at on to the end of the line, and returns where the next
// line to read starts: end, or later when a construct reaches beyond it.
func (c *cleaner) inline(at, end int) int {
	for at < end {
		c.lineEnd = end
		switch c.src[at] {
		case '\\':
			at += 2
		case '`':
			at = c.codeSpan(at)
		case '<':
			at = c.angle(at)
		case '{':
			at = c.brace(at)
		case '$':
			at = c.math(at)
		default:
			at++
			if n := bytes.IndexAny(c.src[at:end], "\\`<{$"); n >= 0 {
				at += n
			} else {
				at = end
			}
		}
		if at > end {
			at = min(at, len(c.src))
			end = lineEnd(c.src, at)
		}
	}
	return at
}

func (c *cleaner) codeSpan(at int) int {
	if at >= c.spans.end {
		c.spans.limit(c.paragraphEnd(c.lineEnd))
	}
	return c.spans.skip(at)
}

func (c *cleaner) cut(start, end int) {
	if start < end {
		c.cuts = append(c.cuts, cut{start: start, end: end})
	}
}
