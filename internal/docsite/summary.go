package docsite

import (
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// summaryEntry is one chapter that SUMMARY.md lists.
type summaryEntry struct {
	title string // plain text of the link
	path  string // as it is written; "" for a draft chapter
	part  string // the part title above it, or ""
	top   string // the title of the top-level chapter that it is nested in, or ""
}

// parseSummary reads the table of contents of an mdBook book, in its order. Links to other sites
// are left out.
//
// mdBook takes only level-1 headings as part titles; books also group their chapters by headings
// of other levels, so any heading does. The first one, if no chapter stands above it, is the
// title of the book where it is of level 1.
func parseSummary(src []byte) []summaryEntry {
	var (
		entries   []summaryEntry
		part, top string
		headings  int
	)
	doc := goldmark.DefaultParser().Parse(text.NewReader(src))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			headings++
			if headings > 1 || len(entries) > 0 || n.Level > 1 {
				part = oneLine(textOf(n, src))
			}
			top = ""
			return ast.WalkSkipChildren, nil
		case *ast.Link:
			e := summaryEntry{title: oneLine(textOf(n, src)), part: part}
			switch listDepth(n) {
			case 0: // in front of the numbered chapters or behind them, in no part
				e.part = ""
			case 1:
				top = e.title
			default:
				e.top = top
			}
			if dest := string(n.Destination); !strings.Contains(dest, "://") {
				e.path, _, _ = strings.Cut(dest, "#")
				entries = append(entries, e)
			}
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return entries
}

// listDepth returns how many list items n lies in.
func listDepth(n ast.Node) int {
	depth := 0
	for ; n != nil; n = n.Parent() {
		if n.Kind() == ast.KindListItem {
			depth++
		}
	}
	return depth
}
