package markdown

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxInlineBytes is the longest heading whose markup is read; a longer one is its own plain text.
// The inline parser takes quadratic time on some texts, which this bounds.
const maxInlineBytes = 512

// inlineParser reads inline Markdown only. HTML is text: tags have been taken out before.
var inlineParser = parser.NewParser(
	parser.WithBlockParsers(util.Prioritized(parser.NewParagraphParser(), 1)),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 1),
		util.Prioritized(parser.NewLinkParser(), 2),
		util.Prioritized(parser.NewAutoLinkParser(), 3),
		util.Prioritized(parser.NewEmphasisParser(), 4),
		util.Prioritized(extension.NewStrikethroughParser(), 5),
	),
)

var (
	linkDefinition = regexp.MustCompile(`(?m)^[ \t>]*\[([^\[\]\n]+)\]:`)
	linkLabel      = regexp.MustCompile(`\[([^\[\]]+)\]`)
)

// linkLabels returns the normalised labels that the text defines links for.
func linkLabels(text string) map[string]bool {
	labels := map[string]bool{}
	for _, m := range linkDefinition.FindAllStringSubmatch(text, -1) {
		labels[util.ToLinkReference([]byte(m[1]))] = true
	}
	return labels
}

// plainText returns the text that a reader of the heading sees. labels are those that the page
// defines links for.
func plainText(markup string, labels map[string]bool) string {
	if len(markup) > maxInlineBytes || !strings.ContainsAny(markup, "\\`*_[]<&~") {
		return markup
	}
	source := []byte(markup)
	context := parser.NewContext()
	for _, m := range linkLabel.FindAllSubmatch(source, -1) {
		if labels[util.ToLinkReference(m[1])] {
			context.AddReference(parser.NewReference(m[1], nil, nil))
		}
	}
	root := inlineParser.Parse(text.NewReader(source), parser.WithContext(context))
	var plain strings.Builder
	// The walk only fails when its function does.
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			value := n.Segment.Value(source)
			if n.Parent().Kind() != ast.KindCodeSpan {
				value = util.ResolveEntityNames(util.ResolveNumericReferences(value))
				value = util.UnescapePunctuations(value)
			}
			plain.Write(value)
			if n.SoftLineBreak() || n.HardLineBreak() {
				plain.WriteByte('\n')
			}
		case *ast.String:
			plain.Write(n.Value)
		case *ast.AutoLink:
			plain.Write(n.Label(source))
		}
		return ast.WalkContinue, nil
	})
	return plain.String()
}
