package sitecheck

import (
	"fmt"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/markdown"
)

// Sizes above which a page is hard to cite, in code points. A page's chunks share its title and its
// address; those of a part without headings have one anchor.
const (
	maxPageChars = 100_000
	maxPartChars = 20_000
)

// sizeFindings says what of a page is too large to chunk well.
func sizeFindings(p string, seen *markdown.Inspection) []Finding {
	var findings []Finding
	add := func(line int, format string, args ...any) {
		findings = append(findings, Finding{
			Severity: Warning, Rule: "large-page", Path: p, Line: line, Message: fmt.Sprintf(format, args...),
		})
	}
	if seen.Dense {
		add(0, "a paragraph of the page has so many links that they were not looked at; split it")
	}
	if len(seen.Text) <= maxPartChars {
		return findings
	}
	total := utf8.RuneCountInString(seen.Text)
	if total > maxPageChars {
		add(0, "the page has %d characters, which share one title and address in search; split it into "+
			"pages of at most %d", total, maxPageChars)
	}
	start, name := 0, "the beginning of the page"
	for i := 0; i <= len(seen.Headings); i++ {
		end := total
		if i < len(seen.Headings) {
			end = seen.Headings[i].Start
		}
		if end-start > maxPartChars {
			add(0, "%s has %d characters without a heading, so a citation cannot lead to the place; put "+
				"headings in, at most %d characters apart", name, end-start, maxPartChars)
		}
		if i < len(seen.Headings) {
			start, name = end, fmt.Sprintf("the part %q", seen.Headings[i].Text)
		}
	}
	return findings
}
