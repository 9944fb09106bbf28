package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"

	"github.com/lectern-project/lectern/internal/book"
)

// Bounds of the width of text, in columns. Longer lines are hard to read.
const (
	defaultWidth = 80
	minWidth     = 40
	maxWidth     = 100
)

// terminal is an output stream and what it can show.
type terminal struct {
	*output
	interactive bool // a person looks at it
	styled      bool // it understands escape sequences, and they are wanted
	width       int  // of text, in columns
}

// newTerminal finds out what w is. NO_COLOR (https://no-color.org) turns styles off.
func newTerminal(w io.Writer) terminal {
	t := terminal{output: &output{w: w}, width: defaultWidth}
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

// output remembers the first error of writing, so that a command can print without looking and
// still fail when its output is lost. Several goroutines may write.
type output struct {
	w   io.Writer
	mu  sync.Mutex
	err error
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.w.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

func (o *output) printf(format string, args ...any) { _, _ = fmt.Fprintf(o, format, args...) }

// failed returns an error when something could not be written.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		return nil
	}
	return book.Wrap(book.Unavailable, o.err, "the output could not be written: %s", o.err)
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
