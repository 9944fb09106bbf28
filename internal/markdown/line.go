package markdown

import (
	"bytes"

	"github.com/lectern-project/lectern/internal/book"
)

type lineKind int

const (
	blankLine lineKind = iota
	proseLine
	headingLine   // "# x"
	underlineLine // "===" or "---" below a paragraph, which makes that a heading
	ruleLine      // a thematic break
	fenceLine     // opens a code fence
	codeLine      // within a code fence or closing it, or indented code
)

// line is what a lineReader makes of one line.
type line struct {
	kind  lineKind
	body  int // where the content starts, behind containers' marks and indentation
	level int // of a heading or an underline
	// item says that the line starts a list item; depth counts the containers around it.
	item  bool
	depth int
	// fresh says that the line does not go on with the block of the line before.
	fresh bool
}

// container is a block quote or a list item.
type container struct {
	quote  bool
	indent int // of an item's content, in columns from the container around it
}

// lineReader reads the block structure of CommonMark line by line: containers, headings, code. HTML
// blocks are prose to it. MDX has no indented code and allows any indentation before a block.
type lineReader struct {
	mdx        bool
	number     int // of the line just read, from 1
	containers []container
	previous   line
	fence      fence
}

// fence is an open code fence; its length is 0 when none is open.
type fence struct {
	mark   byte
	length int
}

// read classifies the next line, given with or without its "\n". Its error is Invalid: containers
// nested deeper than MaxNesting.
func (r *lineReader) read(text []byte) (line, error) {
	r.number++
	c := &cursor{text: bytes.TrimRight(text, " \t\n")}
	matched := r.match(c)
	l, err := r.classify(c, matched)
	r.previous = l
	return l, err
}

func (r *lineReader) classify(c *cursor, matched int) (line, error) {
	if r.fence.length > 0 {
		if matched == len(r.containers) {
			if n := c.run(r.fence.mark); n >= r.fence.length && r.mayIndent(c.width()) &&
				n == len(c.content()) {
				r.fence = fence{}
			}
			return line{kind: codeLine, body: c.at, depth: matched}, nil
		}
		r.fence = fence{}
	}
	inParagraph := r.previous.kind == proseLine
	switch {
	case len(c.content()) == 0:
		r.containers = r.containers[:matched]
		return line{kind: blankLine, body: c.at, depth: matched, fresh: true}, nil
	case !r.mayIndent(c.width()) && !inParagraph:
		r.containers = r.containers[:matched]
		return line{
			kind: codeLine, body: c.at, depth: matched,
			fresh: r.previous.kind != codeLine && r.previous.kind != blankLine,
		}, nil
	}
	within := inParagraph && matched == len(r.containers)
	opened, item, err := r.open(c, matched, within)
	if err != nil {
		return line{}, err
	}
	l := r.leaf(c, within && !opened)
	if l.kind == proseLine && inParagraph && !opened {
		// The paragraph goes on, lazily perhaps: its containers stay open.
		l.depth = len(r.containers)
		return l, nil
	}
	if !opened {
		r.containers = r.containers[:matched]
	}
	l.item, l.depth, l.fresh = item, len(r.containers), l.kind != underlineLine
	return l, nil
}

// match moves c behind the marks of the open containers that go on in this line, and returns how
// many these are.
func (r *lineReader) match(c *cursor) int {
	blank := len(c.content()) == 0
	for i, open := range r.containers {
		switch {
		case open.quote:
			if !c.quoteMark(r) {
				return i
			}
			blank = len(c.content()) == 0
		case blank:
		case c.width() >= open.indent:
			c.skip(open.indent)
		default:
			return i
		}
	}
	return len(r.containers)
}

// open replaces the containers from matched on by those that start in this line, if any do. item
// says whether the last of them is a list item. Within a paragraph fewer markers count.
func (r *lineReader) open(c *cursor, matched int, within bool) (opened, item bool, err error) {
	for len(c.content()) > 0 && r.mayIndent(c.width()) {
		var next container
		if c.quoteMark(r) {
			next = container{quote: true}
		} else if indent := c.itemMark(within && !opened); indent > 0 {
			next = container{indent: indent}
		} else {
			break
		}
		if !opened {
			r.containers = r.containers[:matched]
		}
		if len(r.containers) == MaxNesting {
			return opened, item, book.Wrap(book.Invalid, &lineError{line: r.number}, "line %d: quotes and lists are nested "+
				"deeper than %d levels; flatten them", r.number, MaxNesting)
		}
		r.containers = append(r.containers, next)
		opened, item = true, !next.quote
	}
	return opened, item, nil
}

// leaf classifies what stands behind the containers.
func (r *lineReader) leaf(c *cursor, within bool) line {
	text := c.content()
	l := line{kind: proseLine, body: c.at + c.blanks()}
	if len(text) == 0 {
		l.kind = blankLine // an empty list item
		return l
	}
	if !r.mayIndent(c.width()) {
		return l
	}
	run := c.run(text[0])
	switch text[0] {
	case '#':
		if run <= 6 && (run == len(text) || isBlank(text[run])) {
			l.kind, l.level = headingLine, run
		}
	case '`', '~':
		if run >= 3 && (text[0] == '~' || bytes.IndexByte(text[run:], '`') < 0) {
			l.kind, r.fence = fenceLine, fence{mark: text[0], length: run}
		}
	case '=', '-':
		if within && run == len(text) {
			l.kind, l.level = underlineLine, 1
			if text[0] == '-' {
				l.level = 2
			}
			return l
		}
	}
	if isRule(text) {
		l.kind = ruleLine
	}
	return l
}

// mayIndent says whether a block may start behind so many columns of white space.
func (r *lineReader) mayIndent(columns int) bool { return r.mdx || columns < 4 }

// isRule recognises a thematic break.
func isRule(text []byte) bool {
	marks := 0
	for _, b := range text {
		switch {
		case b == text[0] && (b == '-' || b == '*' || b == '_'):
			marks++
		case !isBlank(b):
			return false
		}
	}
	return marks >= 3
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }
