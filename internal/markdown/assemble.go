package markdown

import "bytes"

// assembler builds the canonical text line by line.
type assembler struct {
	out     []byte
	lines   int    // written
	line    []byte // what is left of the current line
	touched bool   // something was cut from it
	last    int    // where in line the last cut was
	parts   bool   // it parts words
	blanks  []byte // blank lines not yet written
	emptied bool   // one of them was not blank before
}

// assemble returns src without the cuts, which are sorted and may overlap. A line of which nothing
// is left counts as blank; blank lines around it shrink to one; there are none at the start and the
// end of the text. The ids come back with the numbers of their lines in it.
func assemble(src []byte, cuts []cut, ids []explicitID) (string, []explicitID) {
	a := &assembler{}
	placed := 0
	for at := 0; at < len(src); {
		for len(cuts) > 0 && cuts[0].end <= at {
			cuts = cuts[1:]
		}
		if len(cuts) > 0 && cuts[0].start <= at {
			a.skip(cuts[0].parts)
			at = cuts[0].end
			continue
		}
		limit := len(src)
		if len(cuts) > 0 {
			limit = cuts[0].start
		}
		end := lineEnd(src[:limit], at)
		a.keep(src[at:end])
		at = end
		if src[at-1] == '\n' {
			a.flush()
			for ; placed < len(ids) && ids[placed].at < at; placed++ {
				ids[placed].at = a.lines
			}
		}
	}
	a.flush()
	for ; placed < len(ids); placed++ {
		ids[placed].at = a.lines
	}
	return string(a.out), ids
}

// keep adds to the current line; white space between its start and something cut is dropped.
func (a *assembler) keep(text []byte) {
	if a.touched && a.last == len(a.line) && len(bytes.TrimLeft(a.line, " \t")) == 0 {
		text = bytes.TrimLeft(text, " \t")
	}
	if len(text) == 0 {
		return
	}
	if a.parts && a.last > 0 && !isBlank(a.line[a.last-1]) && !isBlank(text[0]) && text[0] != '\n' {
		a.line = append(a.line, ' ')
	}
	a.parts = false
	a.line = append(a.line, text...)
}

// skip notes that something was cut at the end of the current line.
func (a *assembler) skip(parts bool) {
	a.parts = parts || a.parts
	a.touched, a.last = true, len(a.line)
}

// flush ends the current line.
func (a *assembler) flush() {
	text := bytes.TrimSpace(a.line)
	switch {
	case len(text) == 0:
		a.blanks = append(a.blanks, a.line...)
		a.emptied = a.emptied || a.touched
	default:
		a.writeBlanks()
		if a.touched && len(bytes.TrimSpace(a.line[a.last:])) == 0 {
			ended := a.line[len(a.line)-1] == '\n'
			a.line = bytes.TrimRight(a.line, " \t\n")
			if ended {
				a.line = append(a.line, '\n')
			}
		}
		a.out = append(a.out, a.line...)
		a.lines++
	}
	a.line, a.touched, a.last, a.parts = a.line[:0], false, 0, false
}

func (a *assembler) writeBlanks() {
	if a.emptied {
		a.blanks = append(a.blanks[:0], '\n')
	}
	if len(a.out) > 0 {
		a.out = append(a.out, a.blanks...)
		a.lines += bytes.Count(a.blanks, []byte("\n"))
	}
	a.blanks, a.emptied = a.blanks[:0], false
}
