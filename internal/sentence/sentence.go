// Package sentence finds the sentences of a text.
package sentence

// Span is a piece of a text, as byte offsets.
type Span struct{ Start, End int }

// Spans cuts text into sentences. The spans tile it: the first starts at 0, each starts where the
// one before ends, the last ends at len(text); white space after a sentence belongs to it. An
// empty text has none. The time taken is linear in the length of the text.
//
// The text may be Markdown: a line break within a paragraph ends nothing, while blank lines,
// headings, list items, table rows and code fences end sentences; what stands in a code span, a
// link's address or a closed code fence is never cut. No full stop, as far as can be told from the
// words around it: those of abbreviations, initials, numbers, versions and addresses.
func Spans(text string) []Span {
	return spans(text)
}
