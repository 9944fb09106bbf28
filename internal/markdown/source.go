package markdown

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/lectern-project/lectern/internal/book"
)

// normalise checks that src is text within limits and returns it in the one form that everything
// after it relies on: no byte order mark, "\n" line ends, NFC.
func normalise(src []byte) ([]byte, error) {
	if len(src) > MaxSourceBytes {
		return nil, book.Errorf(book.TooLarge,
			"the text has %d bytes; at most %d are allowed; split it into several documents",
			len(src), MaxSourceBytes)
	}
	if i := invalidUTF8(src); i >= 0 {
		line := lineNumber(src, i)
		return nil, book.Wrap(book.Invalid, &lineError{line: line},
			"the text is not valid UTF-8 (byte %d, line %d); save it as UTF-8", i, line)
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		line := lineNumber(src, i)
		return nil, book.Wrap(book.Invalid, &lineError{line: line},
			"the text holds a NUL byte (byte %d, line %d); it does not seem to be text", i, line)
	}
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	if bytes.IndexByte(src, '\r') >= 0 {
		src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
		src = bytes.ReplaceAll(src, []byte("\r"), []byte("\n"))
	}
	return norm.NFC.Bytes(src), nil
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// lineError says which line of a page an error is about.
type lineError struct {
	line        int
	frontMatter bool  // the line is one of the front matter
	err         error // the cause, or nil
}

func (e *lineError) Error() string {
	text := "line " + strconv.Itoa(e.line)
	if e.err != nil {
		text += ": " + e.err.Error()
	}
	return text
}

func (e *lineError) Unwrap() error { return e.err }

// LineOf returns the line of the page, from 1, that an error of this package is about, or 0.
func LineOf(err error) int {
	if e, ok := errors.AsType[*lineError](err); ok {
		return e.line
	}
	return 0
}

// InFrontMatter tells whether an error of this package is about a page's front matter.
func InFrontMatter(err error) bool {
	e, ok := errors.AsType[*lineError](err)
	return ok && e.frontMatter
}

// lineNumber returns the number of the line, from 1, that holds offset i.
func lineNumber(b []byte, i int) int {
	return 1 + bytes.Count(b[:i], []byte("\n"))
}
