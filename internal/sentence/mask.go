package sentence

import (
	"bytes"
	"strings"
)

// What masked bytes become: a capital letter where no sentence may end, a quotation mark where
// the text is as good as closed (UAX #29 looks for the end of a sentence before such marks).
const (
	solid  = 'X'
	closer = '"'
)

// mask returns a copy of text, byte for byte as long, in which the segmenter sees sentences where a
// reader of the Markdown does: line breaks within paragraphs are spaces, code and addresses are
// solid, emphasis is quotation marks. Line breaks that end sentences stay.
func mask(text string) []byte {
	b := []byte(text)
	var fences fenceFinder
	paragraph := 0 // where the current one starts
	previous := blankLine
	for at := 0; at < len(b); {
		end := lineEnd(text, at)
		kind, body := classify(text[at:end])
		if kind == fenceLine {
			if closing := fences.find(text, at, end); closing > 0 {
				maskInline(b[paragraph:at])
				fill(b[at:closing-1], solid)
				at, paragraph, previous = closing, closing, fenceLine
				continue
			}
		}
		if at > 0 && !kind.continues(previous) {
			maskInline(b[paragraph:at])
			paragraph = at
		} else if at > 0 {
			b[at-1] = ' '
			if previous == quoteLine || kind == quoteLine {
				fill(b[at:at+body], ' ')
			}
		}
		at, previous = end, kind
	}
	maskInline(b[paragraph:])
	return b
}

func fill(b []byte, with byte) {
	for i := range b {
		b[i] = with
	}
}

// lineEnd returns the offset after the line that starts at i, its "\n" included.
func lineEnd(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(s)
}

// maskInline masks the code spans, the emphasis, the descriptions of images, the link addresses and
// the footnote marks of one paragraph.
func maskInline(b []byte) {
	spans := codeSpans(b)
	var ends endFinder
	for i := 0; i < len(b); i++ {
		for len(spans) > 0 && spans[0][0] < i {
			spans = spans[1:]
		}
		if len(spans) > 0 && i == spans[0][0] {
			fill(b[i:spans[0][1]], solid)
			i, spans = spans[0][1]-1, spans[1:]
			continue
		}
		if end := ends.description(b, i); end >= 0 {
			fill(b[i:end], solid)
			i = end
		}
		after := byte(0)
		if i+1 < len(b) {
			after = b[i+1]
		}
		end := -1
		switch {
		case b[i] == '*', b[i] == '~', b[i] == '_' && (i == 0 || !isWord(b[i-1]) || !isWord(after)):
			end = i
		case b[i] == '[' && (after == '^' || i > 0 && b[i-1] == '.'), b[i] == ']' && after == '[':
			end = ends.before(b, i+1, ']')
		case b[i] == ']' && after == '(':
			end = ends.before(b, i+1, ')')
		}
		if end >= 0 {
			fill(b[i:end+1], closer)
			i = end
		}
	}
}

func isWord(c byte) bool {
	return c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// endFinder finds the next of some bytes in a text that is read from left to right. It remembers
// what it found, so that all searches together read the text once.
type endFinder struct{ next [256]int }

// before returns where mark stands next in b from i on, or -1 when a space comes first.
func (f *endFinder) before(b []byte, i int, mark byte) int {
	end := f.find(b, i, mark)
	if end == len(b) || f.find(b, i, ' ') < end {
		return -1
	}
	return end
}

// description returns where the description of the image that begins at i ends, the offset of its
// "]", or -1 where no image begins.
func (f *endFinder) description(b []byte, i int) int {
	if !bytes.HasPrefix(b[i:], []byte("![")) {
		return -1
	}
	end := f.find(b, i+2, ']')
	if !bytes.HasPrefix(b[end:], []byte("](")) {
		return -1
	}
	return end
}

func (f *endFinder) find(b []byte, i int, c byte) int {
	if f.next[c] <= i {
		f.next[c] = len(b)
		if n := bytes.IndexByte(b[i:], c); n >= 0 {
			f.next[c] = i + n
		}
	}
	return f.next[c]
}

// codeSpans returns the offsets of the code spans of a paragraph, backticks included: a run of
// backticks up to the next run that is as long.
func codeSpans(b []byte) [][2]int {
	var runs [][2]int
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' {
			i++
			continue
		}
		if b[i] != '`' {
			continue
		}
		start := i
		for i+1 < len(b) && b[i+1] == '`' {
			i++
		}
		runs = append(runs, [2]int{start, i + 1})
	}
	next := make([]int, len(runs))
	later := map[int]int{} // length of a run -> the nearest one so long
	for i := len(runs) - 1; i >= 0; i-- {
		length := runs[i][1] - runs[i][0]
		next[i] = later[length]
		later[length] = i
	}
	var spans [][2]int
	for i := 0; i < len(runs); i++ {
		if next[i] > i {
			spans = append(spans, [2]int{runs[i][0], runs[next[i]][1]})
			i = next[i]
		}
	}
	return spans
}
