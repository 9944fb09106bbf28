package main

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"

	"github.com/lectern-project/lectern/internal/lexical"
)

// The marks around matching words until lines are broken; they take no columns. Text from a book
// cannot hold them, because printable takes them out.
const (
	markStart = "\x01"
	markEnd   = "\x02"
)

// printable takes out of a text what would command the terminal instead of being shown.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, text)
}

// markMatches marks the question's words in a printable text: in bold where the terminal has
// styles, else between angle quotes, which Markdown has no use for.
func (t terminal) markMatches(question, text string) string {
	start, end := markStart, markEnd
	if !t.styled {
		start, end = "«", "»"
	}
	var b strings.Builder
	at := 0
	for _, span := range lexical.Matches(question, text) {
		b.WriteString(text[at:span.Start] + start + text[span.Start:span.End] + end)
		at = span.End
	}
	b.WriteString(text[at:])
	return b.String()
}

// block matches the start of a line that begins a paragraph of its own, up to where its text
// begins.
var block = regexp.MustCompile(`^\s*([-*+] |\d+[.)] |#+ |> ?|:::)`)

// paragraphs returns Markdown in lines of at most the terminal's width, each after indent: running
// text is filled anew, code and tables stay as they are.
func (t terminal) paragraphs(text, indent string) string {
	f := filler{width: t.width - len(indent)}
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		f.add(strings.TrimRight(line, " "))
	}
	f.flush()
	for i, line := range f.lines {
		if line != "" {
			f.lines[i] = indent + line
		}
	}
	marks := strings.NewReplacer(markStart, sgrBold, markEnd, sgrNotBold)
	return marks.Replace(strings.Join(f.lines, "\n"))
}

// filler fills lines.
type filler struct {
	width   int
	lines   []string
	running []string // lines of the paragraph under way
	hang    int      // columns before its second and later lines
	fenced  bool     // inside a code block
}

func (f *filler) add(line string) {
	bare := strings.TrimSpace(line)
	fence := strings.HasPrefix(bare, "```") || strings.HasPrefix(bare, "~~~")
	switch start := block.FindString(line); {
	case fence || f.fenced || strings.HasPrefix(bare, "|"):
		f.flush()
		f.lines = append(f.lines, line)
		f.fenced = f.fenced != fence
	case bare == "":
		f.flush()
		f.lines = append(f.lines, "")
	case start != "":
		f.flush()
		f.running, f.hang = []string{line}, min(len(start), f.width/2)
	case len(f.running) == 0:
		f.running = []string{bare}
	default:
		f.running = append(f.running, bare)
	}
}

// flush ends the paragraph under way.
func (f *filler) flush() {
	for i, line := range wrap(strings.Join(f.running, " "), f.width-f.hang) {
		if i > 0 {
			line = strings.Repeat(" ", f.hang) + line
		}
		f.lines = append(f.lines, line)
	}
	f.running, f.hang = nil, 0
}

// wrap breaks a line into lines of at most width columns: at spaces, beside wide characters
// (which scripts without spaces are written in), and inside a word only if it is longer than a
// line.
func wrap(text string, width int) []string {
	var lines []string
	var line []rune
	columns, end := 0, 0 // end is where the line may be broken; 0 for nowhere
	for _, r := range text {
		wide := runewidth.RuneWidth(r)
		if columns+wide > width && r != ' ' {
			if end == 0 {
				end = len(line)
			}
			lines = append(lines, strings.TrimRight(string(line[:end]), " "))
			line = []rune(strings.TrimLeft(string(line[end:]), " "))
			columns, end = runewidth.StringWidth(string(line)), 0
		}
		if wide == 2 && len(line) > 0 {
			end = len(line)
		}
		line = append(line, r)
		columns += wide
		if r == ' ' || wide == 2 {
			end = len(line)
		}
	}
	if rest := strings.TrimRight(string(line), " "); rest != "" {
		lines = append(lines, rest)
	}
	return lines
}

// shorten cuts a text to at most columns columns, at a word where it can.
func shorten(text string, columns int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runewidth.StringWidth(text) <= columns {
		return text
	}
	return strings.TrimRight(wrap(text, columns-1)[0], " ,;:") + "…"
}
