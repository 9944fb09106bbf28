package extractive

import (
	"regexp"
	"slices"
	"strings"
)

var (
	lineBreak = regexp.MustCompile(`[ \t]*\n[ \t]*(?:>[ \t]?)*`)
	link      = regexp.MustCompile(`!?\[([^\[\]]+)\](?:\([^()\s]*(?:\([^()]*\))?[^()]*\)|\[[^\[\]]*\])`)
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

// showLinks writes images and links as their words. Words may be code; what looks like a link
// within code is none.
func showLinks(raw string) string {
	if !strings.Contains(raw, "[") {
		return raw
	}
	code := inCode.FindAllStringIndex(raw, -1)
	var b strings.Builder
	at := 0
	for _, l := range link.FindAllStringSubmatchIndex(raw, -1) {
		if slices.ContainsFunc(code, func(c []int) bool { return c[0] < l[0] && l[0] < c[1] }) {
			continue
		}
		b.WriteString(raw[at:l[0]])
		b.WriteString(raw[l[2]:l[3]])
		at = l[1]
	}
	b.WriteString(raw[at:])
	return b.String()
}

// replace replaces what the pattern matches, where sign, which each match has, occurs at all.
func replace(s, sign string, pattern *regexp.Regexp, by string) string {
	if !strings.Contains(s, sign) {
		return s
	}
	return pattern.ReplaceAllString(s, by)
}
