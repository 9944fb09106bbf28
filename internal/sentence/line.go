package sentence

import "strings"

type lineKind int

const (
	blankLine lineKind = iota
	proseLine
	quoteLine // prose behind ">"
	itemLine  // the first of a list item
	fenceLine // the first or last of a code fence
	soleLine  // a heading, a table row, a thematic break: complete in itself
)

// continues says whether a line of kind k goes on with the sentence of the line before it.
func (k lineKind) continues(previous lineKind) bool {
	switch k {
	case proseLine:
		return previous == proseLine || previous == itemLine || previous == quoteLine
	case quoteLine:
		return previous == quoteLine
	}
	return false
}

// classify returns the kind of a line and how many of its bytes are quote marks and indentation.
func classify(line string) (kind lineKind, prefix int) {
	body := strings.TrimLeft(line, " \t>")
	prefix = len(line) - len(body)
	kind = proseLine
	if strings.Contains(line[:prefix], ">") {
		kind = quoteLine
	}
	body = strings.TrimRight(body, " \t\r\n")
	switch {
	case body == "":
		return blankLine, prefix
	case strings.HasPrefix(body, "```"), strings.HasPrefix(body, "~~~"):
		return fenceLine, prefix
	case body[0] == '|', strings.HasPrefix(body, ":::"), isHeading(body), isRule(body):
		return soleLine, prefix
	case isItem(body):
		return itemLine, prefix
	}
	return kind, prefix
}

func isHeading(body string) bool {
	rest := strings.TrimLeft(body, "#")
	level := len(body) - len(rest)
	return level >= 1 && level <= 6 && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// isRule recognises thematic breaks and the underlines of headings.
func isRule(body string) bool {
	return len(body) >= 3 && strings.ContainsRune("-=*_", rune(body[0])) &&
		strings.Trim(body, body[:1]+" ") == ""
}

// isItem recognises "- x", "* x", "+ x", "1. x" and "1) x".
func isItem(body string) bool {
	rest := strings.TrimLeft(body, "0123456789")
	if digits := len(body) - len(rest); digits > 9 {
		return false
	} else if digits > 0 {
		return len(rest) > 1 && (rest[0] == '.' || rest[0] == ')') && rest[1] == ' '
	}
	return len(body) > 1 && strings.ContainsRune("-*+", rune(body[0])) && body[1] == ' '
}

// fenceFinder finds the ends of code fences. It remembers which search failed, so that a text of
// unclosed fences is not searched again and again.
type fenceFinder struct {
	failed map[byte]int // fence character -> shortest fence that was found to stay open
}

// find returns the offset after the fence that the line from at to end opens, or 0 when it is not
// closed.
func (f *fenceFinder) find(text string, at, end int) int {
	opener := strings.TrimLeft(text[at:end], " \t>")
	mark, length := opener[0], run(opener)
	if shortest, ok := f.failed[mark]; ok && length >= shortest {
		return 0
	}
	for at = end; at < len(text); at = end {
		end = lineEnd(text, at)
		line := strings.Trim(text[at:end], " \t\r\n>")
		if line != "" && line[0] == mark && run(line) >= length && run(line) == len(line) {
			return end
		}
	}
	if f.failed == nil {
		f.failed = map[byte]int{}
	}
	f.failed[mark] = length
	return 0
}

// run returns how often the first character of s is repeated at its start.
func run(s string) int {
	return len(s) - len(strings.TrimLeft(s, s[:1]))
}
