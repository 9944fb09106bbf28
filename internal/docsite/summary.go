package docsite

import (
	"regexp"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// summaryEntry is one chapter that SUMMARY.md lists.
type summaryEntry struct {
	title string // plain text of the link
	path  string // as it is written; "" for a draft chapter
	part  string // the part title above it, or ""
	top   string // the title of the top-level chapter that it is nested in, or ""
}

// maxSummaryLine is how many bytes a line of SUMMARY.md may have.
const maxSummaryLine = 2 << 10

var (
	anyHeading = regexp.MustCompile(`^ {0,3}(#{1,6})[ \t]+(.*)$`)
	listItem   = regexp.MustCompile(`^( *)(?:[-*+]|[0-9]{1,9}[.)]) +(.*)$`)
)

// parseSummary reads the table of contents of an mdBook book, line by line and in its order:
// chapters are links, nested by the indentation of their list items. Links to other sites are
// left out. The error is TooLarge for a line over maxSummaryLine.
//
// mdBook takes only level-1 headings as part titles; books also group their chapters by headings
// of other levels, so any heading does. The first one, if no chapter stands above it, is the
// title of the book where it is of level 1.
func parseSummary(src []byte) ([]summaryEntry, *book.Error) {
	var s summaryReader
	for line := range strings.Lines(strings.TrimPrefix(string(src), "\ufeff")) {
		if len(line) > maxSummaryLine {
			return nil, book.Errorf(book.TooLarge,
				"%s has a line of %d bytes; at most %d are allowed", summaryFile, len(line), maxSummaryLine)
		}
		s.read(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    "))
	}
	return s.entries, nil
}

type summaryReader struct {
	entries   []summaryEntry
	headings  int
	part, top string
	indents   []int // of the list items that are open
	comment   bool  // inside <!-- -->
}

func (s *summaryReader) read(line string) {
	if line = s.withoutComments(line); strings.TrimSpace(line) == "" {
		return
	}
	if m := anyHeading.FindStringSubmatch(line); m != nil {
		s.headings++
		if s.headings > 1 || len(s.entries) > 0 || len(m[1]) > 1 {
			s.part = plainText(atxEnd.ReplaceAllString(m[2], ""))
		}
		s.top, s.indents = "", nil
		return
	}
	if m := listItem.FindStringSubmatch(line); m != nil {
		n := len(s.indents)
		for n > 0 && s.indents[n-1] >= len(m[1]) {
			n--
		}
		s.indents = append(s.indents[:n], len(m[1]))
		line = m[2]
	} else if line[0] != ' ' {
		s.indents = nil
	}
	for line != "" {
		text, dest, rest := nextLink(line)
		if line = rest; text != "" || dest != "" {
			s.add(plainText(text), dest)
		}
	}
}

// add adds a chapter at the depth of the list item at hand.
func (s *summaryReader) add(title, dest string) {
	e := summaryEntry{title: title, part: s.part}
	switch len(s.indents) {
	case 0: // in front of the numbered chapters or behind them, in no part
		e.part = ""
	case 1:
		s.top = title
	default:
		e.top = s.top
	}
	if !strings.Contains(dest, "://") {
		e.path, _, _ = strings.Cut(dest, "#")
		s.entries = append(s.entries, e)
	}
}

// withoutComments takes HTML comments off a line; one may go on over several lines.
func (s *summaryReader) withoutComments(line string) string {
	var b strings.Builder
	for line != "" {
		mark := "<!--"
		if s.comment {
			mark = "-->"
		}
		text, rest, found := strings.Cut(line, mark)
		if !s.comment {
			b.WriteString(text)
		}
		s.comment = s.comment != found
		line = rest
	}
	return b.String()
}

// nextLink returns text and destination of the first link of a line, and what follows it. Both
// are "" when there is none, and for a link without text and destination.
func nextLink(line string) (text, dest, rest string) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '[':
			end := closingAt(line, i, '[', ']')
			if end < 0 || end+1 >= len(line) || line[end+1] != '(' {
				continue
			}
			if stop := closingAt(line, end+1, '(', ')'); stop > 0 {
				return line[i+1 : end], destination(line[end+2 : stop]), line[stop+1:]
			}
		}
	}
	return "", "", ""
}

// closingAt returns where the bracket at line[at] is closed, or -1. Brackets in code, escaped
// ones and those between < and > do not count.
func closingAt(line string, at int, opening, closing byte) int {
	depth := 0
	for i := at; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '`' && opening == '[', c == '<' && opening == '(':
			end := strings.IndexByte(line[i+1:], map[byte]byte{'`': '`', '<': '>'}[c])
			if end >= 0 {
				i += end + 1
			}
		case c == opening:
			depth++
		case c == closing:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// destination returns the address in the parentheses of a link, without its title.
func destination(s string) string {
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, "<"); ok {
		inner, _, _ = strings.Cut(inner, ">")
		return inner
	}
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		s = s[:i]
	}
	return s
}
