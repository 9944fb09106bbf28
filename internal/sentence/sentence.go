// Package sentence finds the sentences of a text, plain or Markdown, in any script.
package sentence

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"
)

// Span is a piece of a text, as byte offsets.
type Span struct{ Start, End int }

// Spans cuts text into sentences. The spans tile it: the first starts at 0, each starts where the
// one before ends, the last ends at len(text); white space after a sentence belongs to it. An
// empty text has none. The time taken is linear in the length of the text.
//
// The text may be Markdown: a line break within a paragraph ends nothing, while blank lines,
// headings, list items, table rows and code fences end sentences; what stands in a code span, the
// description of an image, a link's address or a closed code fence is never cut. No full stop, as far as can be told from the
// words around it: those of abbreviations, initials, numbers, versions and addresses.
//
// The sentence boundaries of Unicode (UAX #29) are the start; those that are wrong by the above
// are left out.
func Spans(text string) []Span {
	var spans []Span
	masked := mask(text)
	start, end := 0, 0
	for it := sentences.FromBytes(masked); it.Next(); {
		stop := beforeOpening(masked, it.Start(), it.End())
		if stop <= end || !endsSentence(masked, it.Start(), stop) {
			continue
		}
		end = stop
		for end < len(text) && isSpace(text[end]) {
			end++
		}
		if strings.TrimSpace(text[start:end]) != "" {
			spans = append(spans, Span{start, end})
			start = end
		}
	}
	switch {
	case start == len(text):
	case len(spans) > 0 && strings.TrimSpace(text[start:]) == "":
		spans[len(spans)-1].End = len(text)
	default:
		spans = append(spans, Span{start, len(text)})
	}
	return spans
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// beforeOpening returns end without the opening brackets before it: UAX #29 counts those of Chinese
// and Japanese, which follow a full stop without a space, to the sentence before.
func beforeOpening(masked []byte, start, end int) int {
	for end > start {
		r, size := utf8.DecodeLastRune(masked[start:end])
		if r < utf8.RuneSelf || !unicode.In(r, unicode.Ps, unicode.Pi) {
			break
		}
		end -= size
	}
	return end
}

// endsSentence judges the boundary that UAX #29 sees at end of a segment of the masked text. Only
// what "." "!" or "?" made is in doubt; line ends that are boundaries, and the terminators of
// other scripts, are not.
func endsSentence(masked []byte, start, end int) bool {
	body := bytes.TrimRight(masked[start:end], " \t\r")
	if len(body) == 0 || body[len(body)-1] == '\n' {
		return true
	}
	spaced := len(body) < end-start || end == len(masked) || isSpace(masked[end])
	body = bytes.TrimRightFunc(body, isCloser)
	if len(body) == 0 {
		return false
	}
	switch next := firstLetter(masked[end:]); body[len(body)-1] {
	case '.':
		return spaced && !abbreviates(masked, start+len(body)-1, end)
	case '!', '?':
		return spaced && !unicode.IsLower(next) || isUnspaced(next)
	}
	last, _ := utf8.DecodeLastRune(body)
	return last >= utf8.RuneSelf
}

// isCloser says whether r may stand between a terminator and the space after it.
func isCloser(r rune) bool { return strings.ContainsRune("\"'()[]{}»”’", r) }

// firstLetter returns the first rune of b that is no opening mark, 0 when there is none near.
func firstLetter(b []byte) rune {
	for range 16 {
		r, size := utf8.DecodeRune(b)
		if size == 0 || !strings.ContainsRune("\"'([{“‘«", r) {
			return r
		}
		b = b[size:]
	}
	return 0
}

// isUnspaced says whether r belongs to a script that puts no space after a sentence.
func isUnspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}
