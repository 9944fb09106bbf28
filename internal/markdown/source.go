package markdown

import (
	"bytes"
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
		return nil, book.Errorf(book.Invalid,
			"the text is not valid UTF-8 (byte %d, line %d); save it as UTF-8",
			i, lineNumber(src, i))
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		return nil, book.Errorf(book.Invalid,
			"the text holds a NUL byte (byte %d, line %d); it does not seem to be text",
			i, lineNumber(src, i))
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

// lineNumber returns the number of the line, from 1, that holds offset i.
func lineNumber(b []byte, i int) int {
	return 1 + bytes.Count(b[:i], []byte("\n"))
}
