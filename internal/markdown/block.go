package markdown

import "bytes"

type blockKind int

const (
	paragraphBlock blockKind = iota
	headingBlock
	tableBlock
	codeBlock
)

// block is a run of whole lines of the canonical text: a leaf block of CommonMark, or a table, with
// the blank lines that follow it. Blocks tile the text.
type block struct {
	kind       blockKind
	start, end int // bytes
	level      int // of a heading
	// text is what the source of a heading has between its marks.
	text  string
	line  int // number of the first line, from 1
	lines int // without the blank ones at the end
	// item says that the block starts a list item; depth counts the containers around it.
	item  bool
	depth int
}

// readBlocks reads the blocks of a text. Its error is lineReader.read's.
func readBlocks(text string, format Format) ([]block, error) {
	if format == Text {
		return readParagraphs(text), nil
	}
	r := lineReader{mdx: format == MDX}
	src := []byte(text)
	var blocks []block
	body := 0 // where the content of the current block starts
	for at := 0; at < len(src); {
		end := lineEnd(src, at)
		l, err := r.read(src[at:end])
		if err != nil {
			return nil, err
		}
		var current *block
		if len(blocks) > 0 {
			current = &blocks[len(blocks)-1]
		}
		switch {
		case current != nil && l.extends(current):
			if l.kind == underlineLine {
				current.kind, current.level = headingBlock, l.level
				current.text = string(bytes.TrimSpace(src[body:at]))
			} else if current.lines == 1 && isTable(src[body:at], src[at+l.body:end]) {
				current.kind = tableBlock
			}
			current.end = end
			if l.kind != blankLine {
				current.lines = r.number - current.line + 1
			}
		default:
			b := block{start: at, end: end, line: r.number, lines: 1, item: l.item, depth: l.depth}
			switch l.kind {
			case headingLine:
				b.kind, b.level, b.text = headingBlock, l.level, headingText(src[at+l.body:end])
			case fenceLine, codeLine:
				b.kind = codeBlock
			}
			blocks = append(blocks, b)
			body = at + l.body
		}
		at = end
	}
	return blocks, nil
}

// extends says whether the line belongs to the block before it.
func (l line) extends(b *block) bool {
	if l.item {
		return false
	}
	switch l.kind {
	case blankLine:
		return true
	case codeLine:
		return b.kind == codeBlock
	}
	return !l.fresh
}

// headingText returns what is between the marks of a line such as "## x ##".
func headingText(line []byte) string {
	text := bytes.TrimSpace(bytes.TrimLeft(line, "#"))
	if open := bytes.TrimRight(text, "#"); len(open) == 0 || isBlank(open[len(open)-1]) {
		text = bytes.TrimSpace(open)
	}
	return string(text)
}

// isTable says whether two lines are the head of a table.
func isTable(head, delimiters []byte) bool {
	delimiters = bytes.TrimSpace(delimiters)
	return bytes.IndexByte(head, '|') >= 0 && bytes.IndexByte(delimiters, '-') >= 0 &&
		bytes.IndexByte(delimiters, '|') >= 0 && len(bytes.Trim(delimiters, "|-: \t")) == 0
}

// readParagraphs cuts plain text after its blank lines.
func readParagraphs(text string) []block {
	var blocks []block
	src := []byte(text)
	fresh, line := true, 1
	for at := 0; at < len(src); line++ {
		end := lineEnd(src, at)
		blank := len(bytes.TrimSpace(src[at:end])) == 0
		if fresh && !blank || len(blocks) == 0 {
			blocks = append(blocks, block{start: at, line: line})
		}
		blocks[len(blocks)-1].end = end
		fresh = blank
		at = end
	}
	return blocks
}
