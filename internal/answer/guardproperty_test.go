package answer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/lectern-project/lectern/internal/book"
)

// markdownReader reads Markdown as pages do: with GitHub's additions and addresses that become links.
var markdownReader = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote))

// broken says what a reader of Markdown makes of a shown text that it must not, or nothing.
func broken(shown string, passages []book.Passage) string {
	source := []byte(shown)
	found := ""
	note := func(kind, what string) { found = fmt.Sprintf("%s %q in %q", kind, what, shown) }
	_ = ast.Walk(markdownReader.Parser().Parse(text.NewReader(source)), func(
		n ast.Node, entering bool,
	) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Image:
			note("image", string(n.Destination))
		case *ast.RawHTML, *ast.HTMLBlock:
			note("HTML", "")
		case *ast.Link:
			if to := string(n.Destination); !isPage(to, passages) {
				note("link", to)
			}
		case *ast.AutoLink:
			if to := string(n.URL(source)); n.AutoLinkType == ast.AutoLinkURL && !isPage(to, passages) {
				note("address", to)
			}
		}
		return ast.WalkContinue, nil
	})
	if clean := visible(shown); found == "" && clean != shown {
		note("invisible characters", "")
	}
	return found
}

// isPage is what allowed means, said anew.
func isPage(address string, passages []book.Passage) bool {
	for _, p := range passages {
		page, _, _ := strings.Cut(p.URL, "#")
		addresses := []string{page, p.URL}
		for _, a := range p.Anchors {
			addresses = append(addresses, page+"#"+a.ID)
		}
		if p.URL != "" && slices.Contains(addresses, address) {
			return true
		}
	}
	return false
}

// pieces of hostile Markdown, which are put together at random.
var hostilePieces = []string{
	"`", "``", "```", "```\n", "~~~", "~~~\n", "    ", "  ", "   ", " ", "\t", "\n", "\n\n", "\n", "\\", "'",
	"[", "]", "(", ")", "![", "](", "[x]", "[1]", "[2]", "[9]", "[1, 9]", "[x](", "][", "[ref]: ", "[^1]", "[^1]: ",
	"<", ">", "</b>", "<b>", "<img src=x ", "<!--", "-->", "<?", "<![CDATA[", "]]>", "<a href='", "<script>",
	"https://evil.example/a", "http://", "://", "h", "ttps", "www.", "w", "ww.", "evil.example", "//evil.example",
	"ftp://e.example", "mailto:", "javascript:x", "data:text/html,x", "https://book.example/one",
	"https://book.example/one#a", "#", "?q=", "&", "&#104;", "&colon;", "&lt;", "&#", "amp;", ";", "&#10;", "&#96;",
	"\u200b", "\u200d", "\u202e", "\U000e0041", "\ufe01", "ü", "见", "—",
	"- ", "* ", "1. ", "> ", "# ", "|", "| a | b |\n| - | - |\n", "---\n", "***", "_", "*", "!", ":", "/", "@", ".",
	"a", "word ", "0", "NO_ANSWER",
}

func hostileText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(14) {
		b.WriteString(hostilePieces[r.IntN(len(hostilePieces))])
	}
	return b.String()
}

// split cuts a text at random between characters.
func split(r *rand.Rand, whole string) []string {
	var pieces []string
	piece := ""
	for _, c := range whole {
		piece += string(c)
		if r.IntN(3) == 0 {
			pieces = append(pieces, piece)
			piece = ""
		}
	}
	return append(pieces, piece)
}

// TestGuardProperties: whatever a model writes, and in whatever pieces it comes, what is shown is the
// same and holds no image, no HTML, no link elsewhere and no invisible character.
func TestGuardProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30_000 {
		whole := hostileText(r)
		shown := guarded(whole)
		if what := broken(shown, guardedPassages); what != "" {
			t.Fatalf("%q: %s", whole, what)
		}
		if pieces := split(r, whole); guarded(pieces...) != shown {
			t.Fatalf("%q: %q, and as %q: %q", whole, shown, pieces, guarded(pieces...))
		}
	}
}
