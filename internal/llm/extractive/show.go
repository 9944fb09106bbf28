package extractive

import (
	"regexp"
	"strings"
)

var (
	lineBreak = regexp.MustCompile(`[ \t]*\n[ \t]*(?:>[ \t]?)*`)
	image     = regexp.MustCompile(`!\[([^\]]*)\]\([^)]*\)`)
	link      = regexp.MustCompile(`\[([^\[\]]+)\](?:\([^()\s]*(?:\([^()]*\))?[^()]*\)|\[[^\[\]]*\])`)
	footnote  = regexp.MustCompile(`\[\^[^\]]+\]`)
	htmlTag   = regexp.MustCompile(`</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>`)
	inCode    = regexp.MustCompile("`+[^`]*`+")
)

// show writes a sentence as the answer shows it: on one line, links as their words, without images,
// footnote marks and tags. What stands in code spans stays as it is.
func show(raw string) string {
	raw = lineBreak.ReplaceAllString(raw, " ")
	var b strings.Builder
	// Links come first, as their words may be code; code is then kept from the rest.
	raw = link.ReplaceAllString(image.ReplaceAllString(raw, "$1"), "$1")
	at := 0
	for _, code := range inCode.FindAllStringIndex(raw, -1) {
		b.WriteString(showProse(raw[at:code[0]]))
		b.WriteString(raw[code[0]:code[1]])
		at = code[1]
	}
	b.WriteString(showProse(raw[at:]))
	return strings.TrimSpace(b.String())
}

func showProse(s string) string {
	return htmlTag.ReplaceAllString(footnote.ReplaceAllString(s, ""), "")
}

// showLines writes a block as the answer shows it: code as it is, else line by line.
func showLines(raw string) string {
	if blockOf(raw) == "code" {
		return strings.Trim(raw, "\n")
	}
	raw = link.ReplaceAllString(image.ReplaceAllString(raw, "$1"), "$1")
	return strings.Trim(raw, "\n")
}
