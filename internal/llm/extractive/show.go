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
	raw = replace(raw, "\n", lineBreak, " ")
	raw = showLinks(raw) // first, as their words may be code
	var b strings.Builder
	at := 0
	if strings.Contains(raw, "`") {
		for _, code := range inCode.FindAllStringIndex(raw, -1) {
			b.WriteString(showProse(raw[at:code[0]]))
			b.WriteString(raw[code[0]:code[1]])
			at = code[1]
		}
	}
	b.WriteString(showProse(raw[at:]))
	return strings.TrimSpace(b.String())
}

func showProse(s string) string {
	return replace(replace(s, "[^", footnote, ""), "<", htmlTag, "")
}

// showBlock writes a block as the answer shows it: code as it is, else with links as their words.
func showBlock(raw string) string {
	if blockOf(raw) != "code" {
		raw = showLinks(raw)
	}
	return strings.Trim(raw, "\n")
}

func showLinks(raw string) string {
	return replace(replace(raw, "![", image, "$1"), "[", link, "$1")
}

// replace replaces what the pattern matches, where sign, which each match has, occurs at all.
func replace(s, sign string, pattern *regexp.Regexp, by string) string {
	if !strings.Contains(s, sign) {
		return s
	}
	return pattern.ReplaceAllString(s, by)
}
