package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Bounds of the width of text, in columns. Longer lines are hard to read.
const (
	defaultWidth = 80
	minWidth     = 40
	maxWidth     = 100
)

// terminal is an output stream and what it can show.
type terminal struct {
	io.Writer
	interactive bool // a person looks at it
	styled      bool // it understands escape sequences, and they are wanted
	width       int  // of text, in columns
}

// newTerminal finds out what w is. NO_COLOR (https://no-color.org) turns styles off.
func newTerminal(w io.Writer) terminal {
	t := terminal{Writer: w, width: defaultWidth}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return t
	}
	t.interactive = true
	t.styled = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
		t.width = min(max(columns, minWidth), maxWidth)
	}
	return t
}

// Escape sequences of ECMA-48 (SGR).
const (
	sgrBold    = "\x1b[1m"
	sgrNotBold = "\x1b[22m"
)

// bold returns text in bold where the terminal shows styles.
func (t terminal) bold(text string) string {
	if !t.styled {
		return text
	}
	return sgrBold + text + sgrNotBold
}
