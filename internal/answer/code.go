package answer

import "strings"

// plainCode is how many bytes follow that cannot end the code block.
func (g *guard) plainCode() int {
	midline, indent := g.midline, g.indent
	for i := range len(g.pending) {
		switch c := g.pending[i]; {
		case c == '\n':
			midline, indent = false, 0
		case midline:
		case c == ' ':
			indent++
		case c == '\t':
			indent += tab
		case c == g.fence[0] || indent < g.inset:
			return i
		default:
			midline = true
		}
	}
	return len(g.pending)
}

// inCode judges the beginning of a line within a code block: the end of the block, or what some may
// take for it. A line further left than the fence ends the list item that the fence may be in, and
// so the block.
func (g *guard) inCode(forced bool) (used int, shown string, known bool) {
	if !g.midline && g.indent < g.inset {
		closing := strings.Repeat(" ", g.inset-g.indent) + g.fence + "\n" + strings.Repeat(" ", g.indent)
		g.fence = ""
		return 0, closing, true
	}
	line, _, whole := strings.Cut(g.pending, "\n")
	if !whole && !forced {
		return 0, "", false
	}
	run := runOf(line)
	if run < len(g.fence) || strings.TrimSpace(line[run:]) != "" {
		return run, line[:run], true
	}
	if g.indent > 3 { // as far in as code is
		return run, strings.Repeat("'", run), true
	}
	g.fence = ""
	return len(line), line, true
}

// runOf is how often the first character stands there.
func runOf(text string) int { return len(text) - len(strings.TrimLeft(text, text[:1])) }

// code judges a run of backticks or tildes: a fence that has a line of its own, else the delimiter
// of a code span, which must end in its line.
func (g *guard) code(forced bool) (used int, shown string, known bool) {
	line, _, whole := strings.Cut(g.pending, "\n")
	run := runOf(line)
	ticks, rest := line[:run], line[run:]
	mayFence := run >= 3 && !g.midline && g.indent < 4
	if run == len(g.pending) && !forced || mayFence && !whole && !forced {
		return 0, "", false
	}
	switch {
	case mayFence && (ticks[0] == '~' || !strings.Contains(rest, "`")):
		g.fence, g.inset = ticks, g.indent
		return len(line), line, true
	case ticks[0] == '~':
		return run, ticks, true
	case g.last == '\\': // it is literal
		return run, strings.Repeat("'", run), true
	}
	end := closingRun(rest, run)
	switch {
	case end < 0 || end == len(rest) && !whole && !forced: // the run may go on
		return run, strings.Repeat("'", run), whole || forced
	case divides(rest[:end-run]):
		return run, strings.Repeat("'", run), true
	}
	return run + end, line[:run+end], true
}

// closingRun returns the end of the first run of exactly n backticks, or -1.
func closingRun(text string, n int) int {
	for at := 0; ; {
		next := strings.IndexByte(text[at:], '`')
		if next < 0 {
			return -1
		}
		at += next
		run := runOf(text[at:])
		at += run
		if run == n {
			return at
		}
	}
}

// divides reports whether a code span would not be one in a table, whose cells end within code too, and
// what it holds is not harmless.
func divides(code string) bool {
	return strings.Contains(code, "|") && strings.ContainsAny(code, "[]<:/&.@")
}
