package sitecheck

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// fieldKinds are the fields of a page's front matter that Docusaurus refuses when they have another
// kind of value (@docusaurus/plugin-content-docs: frontMatter.js). It takes numbers for text, and
// the words true and false for booleans.
var fieldKinds = map[string]string{
	"id": "text", "title": "text", "description": "text", "slug": "text", "sidebar_label": "text",
	"sidebar_class_name": "text", "pagination_label": "text", "sidebar_key": "text",
	"hide_title": "boolean", "hide_table_of_contents": "boolean", "draft": "boolean",
	"unlisted": "boolean", "parse_number_prefixes": "boolean",
	"sidebar_position": "number", "toc_min_heading_level": "number", "toc_max_heading_level": "number",
	"keywords": "list", "tags": "list", "sidebar_custom_props": "mapping", "last_update": "mapping",
}

var numeral = regexp.MustCompile(`^\s*-?[0-9]+(\.[0-9]+)?\s*$`)

// isKind tells whether Docusaurus takes a value for one of a kind.
func isKind(value any, kind string) bool {
	text, isText := value.(string)
	_, isBool := value.(bool)
	_, isList := value.([]any)
	_, isMapping := value.(map[string]any)
	switch kind {
	case "text":
		return isText || !isBool && !isList && !isMapping && value != nil
	case "boolean":
		return isBool || text == "true" || text == "false"
	case "number":
		return isText && numeral.MatchString(text) ||
			!isText && !isBool && !isList && !isMapping && value != nil
	case "list":
		return isList
	}
	return isMapping
}

// frontMatterFindings says which fields of a page's front matter Docusaurus refuses.
func frontMatterFindings(p string, src []byte, matter map[string]any) []Finding {
	var findings []Finding
	add := func(severity Severity, key, format string, args ...any) {
		findings = append(findings, Finding{
			Severity: severity, Rule: "front-matter", Path: p, Line: fieldLine(src, key),
			Message: fmt.Sprintf(format, args...),
		})
	}
	for _, key := range slices.Sorted(maps.Keys(matter)) {
		value := matter[key]
		if kind, known := fieldKinds[key]; known && !isKind(value, kind) {
			add(Error, key, "%s must be a %s; it is %s", key, kind, shown(value))
		}
	}
	if isTrue(matter["draft"]) && isTrue(matter["unlisted"]) {
		add(Error, "unlisted", "a page cannot be draft and unlisted at once; take one of them out")
	}
	for _, key := range []string{"toc_min_heading_level", "toc_max_heading_level"} {
		if level, ok := matter[key].(int); ok && (level < 2 || level > 6) {
			add(Error, key, "%s must be from 2 to 6; it is %d", key, level)
		}
	}
	if matter == nil && opensFrontMatter(src) {
		findings = append(findings, Finding{
			Severity: Error, Rule: "front-matter", Path: p, Line: 1, Message: "the front matter is not " +
				"closed; put a line \"---\" behind it, or an empty line before the first one",
		})
	}
	return findings
}

func isTrue(value any) bool { return value == true || value == "true" }

// shown is a value as a message has it.
func shown(value any) string {
	text := fmt.Sprint(value)
	if value == nil {
		text = "empty"
	}
	const most = 40
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// fieldLine returns the line of a top-level field of the front matter, or 1.
func fieldLine(src []byte, key string) int {
	n := 0
	for line := range bytes.Lines(src) {
		n++
		name, _, found := strings.Cut(string(line), ":")
		if found && strings.Trim(name, "\"' ") == key {
			return n
		}
		if n > 1 && strings.TrimSpace(string(line)) == "---" {
			break
		}
	}
	return 1
}

var fieldStart = regexp.MustCompile(`^(?:\x{feff})?---[ \t]*\r?\n[A-Za-z_]+:[ \t]`)

// opensFrontMatter tells whether a page without front matter starts as if it had some.
func opensFrontMatter(src []byte) bool { return fieldStart.Match(src[:min(len(src), 512)]) }
