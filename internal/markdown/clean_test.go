package markdown

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
)

// lines joins its arguments to a text.
func lines(line ...string) string { return strings.Join(line, "\n") + "\n" }

func TestCanonicalText(t *testing.T) {
	tests := []struct {
		name, source, want string
		format             Format
	}{
		{"front matter", "---\ntitle: x\n---\n\n# A\n", "# A\n", Markdown},
		{"no closing line", "---\nnot closed\n", "---\nnot closed\n", Markdown},
		{"line ends and byte order mark", "\uFEFFa\r\nb\rc", "a\nb\nc", Markdown},
		{"decomposed", "e\u0301", "é", Markdown},
		{"composed by a cut", "e<!-- x -->\u0301", "é", Markdown},
		{"blank lines at the ends", "\n\n a\n\n\nb\n\n\n", " a\n\n\nb\n", Markdown},
		{"white space only", " \n\t\n", "", Markdown},

		{"comment in a line", "a <!-- b --> c\n", "a  c\n", Markdown},
		{"comment over lines", "a [b]<!--\nc --> d\n", "a [b] d\n", Markdown},
		{
			"comment with a fence", lines("a", "", "<!--", "```", "-->", "", "b"),
			lines("a", "", "b"), Markdown,
		},
		{"unclosed comment", "a <!-- b\n\nc\n", "a <!-- b\n\nc\n", Markdown},
		{"comment at the end of a line", "a <!-- b -->\nc\n", "a\nc\n", Markdown},

		{
			"generics", "Vec<T>, Option<String>, Map<K, V> and a<b\n",
			"Vec<T>, Option<String>, Map<K, V> and a<b\n", MDX,
		},
		{"placeholders", "cp <source> <dest>\n", "cp <source> <dest>\n", Markdown},
		{"autolinks", "<https://a.b/c> <me@a.b>\n", "<https://a.b/c> <me@a.b>\n", Markdown},
		{"inline tags", "a <b>b</b> un<i>like</i>ly\n", "a b unlikely\n", Markdown},
		{"superscript", "2<sup>7</sup>\n", "2<sup>7</sup>\n", Markdown},
		{"tags that part words", "a<br/>b<br>c\n<td>d</td><td>e</td>\n", "a b c\nd e\n", Markdown},
		{"unclosed tag", "a <Tabs b\n\n<Foo>\nc\n", "a <Tabs b\n\n<Foo>\nc\n", MDX},
		{"unopened tag", "a </Foo> b\n", "a </Foo> b\n", MDX},
		{"component over lines", lines("<Card", `  title="a > b"`, "  style={{a: {b: '}'}}}", ">",
			"", "Body", "", "</Card>"), lines("Body"), MDX},
		{"tabs", lines("a", "", "<Tabs>", "  <TabItem value=\"x\">", "", "  B", "", "  </TabItem>",
			"</Tabs>", "", "c"), lines("a", "", "  B", "", "c"), MDX},
		{
			"tags between paragraphs", lines("a", "<div>", "b", "</div>", "c"),
			lines("a", "", "b", "", "c"), Markdown,
		},
		{"summary", "<details>\n<summary>More</summary>\n\na\n</details>\n", "More\n\na\n", MDX},
		{
			"tag within what is none", "<a b='<i d=\"e\">' c=\"f\" \">x</i>\n", "<a b='' c=\"f\" \">x\n",
			Markdown,
		},
		{"fragment", "<>a</>\n", "a\n", MDX},
		{"listing of mdBook", lines(`<Listing number="1-1" caption="a `+"`b`"+`">`, "", "```rust", "c",
			"```", "", "</Listing>"), lines("```rust", "c", "```"), Markdown},

		{"import and export", lines("import A from 'a'", "export const b = {", "", "  c: '{',", "}",
			"", "# D"), lines("# D"), MDX},
		{"import over lines", lines("import {", "  a,", "} from 'b';", "c"), lines("c"), MDX},
		{"import in prose", "import the model first\n", "import the model first\n", MDX},
		{"export in prose", "a\n\nexport default values of it\n", "a\n\nexport default values of it\n", MDX},
		{"import in Markdown", "import a from 'b'\n", "import a from 'b'\n", Markdown},
		{"unbalanced export", "export const a = {\n\nb\n", "b\n", MDX},

		{"expression", "a {b} {/* c */} d\n", "a   d\n", MDX},
		{"expression in Markdown", "a {b}\n", "a {b}\n", Markdown},
		{"expression with braces in strings", "a {f('}', `${b}}`)}c\n", "a c\n", MDX},
		{"expression with an apostrophe", "{a && <p>Don't {b}</p>}\n\nc\n", "c\n", MDX},
		{"strings are text", "a{' '}b {\"c\"} {`d`}\n", "a b c d\n", MDX},
		{"unclosed expression", "a {b\n\nc\n", "a {b\n\nc\n", MDX},
		{
			"formula", "$\\frac{a}{b}$ for $5 {x}\n\n$$\na^{b}\n$$\n",
			"$\\frac{a}{b}$ for $5\n\n$$\na^{b}\n$$\n", MDX,
		},
		{"escapes", "\\{a\\} \\<b>\n", "\\{a\\} \\<b>\n", MDX},

		{
			"directives of mdBook", "a\n\n{{#quiz a.toml}}\n\nb {{#title c}}{{ d }}\n",
			"a\n\nb {{ d }}\n", Markdown,
		},
		{
			"fences", lines("```jsx", "<A>{b}</A>", "<!-- c -->", "{{#include d}}", "```"),
			lines("```jsx", "<A>{b}</A>", "<!-- c -->", "{{#include d}}", "```"), MDX,
		},
		{"unclosed fence", lines("```", "<br/>", "", "{a}"), lines("```", "<br/>", "", "{a}"), MDX},
		{
			"fence in a list and a quote", lines("- ```", "  <br/>", "  ```", "> ~~~", "> {a}", "b {c}"),
			lines("- ```", "  <br/>", "  ```", "> ~~~", "> {a}", "b"), MDX,
		},
		{"indented code", "a\n\n    <br/>\n", "a\n\n    <br/>\n", Markdown},
		{"indented MDX", "<A>\n\n    b<br/>\n\n</A>\n", "    b\n", MDX},
		{"code spans", "`<br/>` ``{a`}`` `b\nc<br/>` d`<br/>\n", "`<br/>` ``{a`}`` `b\nc<br/>` d`\n", MDX},
		{"code span ends with its paragraph", "a `b\n\n<br/>c` d\n", "a `b\n\nc` d\n", Markdown},
		{"code span after a comment", "a <!--\n\n--> `<br/>` b\n", "a  `<br/>` b\n", Markdown},

		{
			"admonitions", lines("a", "", ":::note", "", "b", "", ":::", "", ":::tip[My *tip*]", "c", ":::",
				":::warning Take care", "", "d", ":::"),
			lines("a", "", "b", "", "My *tip*", "c", "", "Take care", "", "d"), MDX,
		},
		{
			"nested admonitions", lines("::::note A", ":::tip B", "c", ":::", "::::"),
			lines("A", "B", "c"), Markdown,
		},
		{"unclosed admonition", ":::note A\n\nb\n", ":::note A\n\nb\n", MDX},

		{"ids", lines("## A {#a}", "## B \\{#b} ##", "## C {/* #c */}", "## D <!-- #d -->", "E {#e}",
			"---", "f {#f}", "## `{#g}`"), lines("## A", "## B", "## C", "## D", "E", "---", "f {#f}",
			"## `{#g}`"), Markdown},

		{"plain text", "---\na: b\n---\n<br/> {a} :::note\n", "---\na: b\n---\n<br/> {a} :::note\n", Text},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page, err := Parse([]byte(test.source), test.format)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, page.Text); diff != "" {
				t.Errorf("canonical text differs (-want +got):\n%s", diff)
			}
			checkPage(t, page)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, source string
		format       Format
		code         book.Code
		message      string // a part of it
	}{
		{"invalid UTF-8", "a\nb\xff", Markdown, book.Invalid, "byte 3, line 2"},
		{"NUL", "a\x00", Text, book.Invalid, "NUL byte (byte 1, line 1)"},
		{"too long", strings.Repeat("a", MaxSourceBytes+1), Text, book.TooLarge, "16777217 bytes"},
		{"unknown format", "a", "html", book.Invalid, `unknown format "html"`},
		{"bad YAML", "---\na: b\nc: [\n---\n", Markdown, book.Invalid, "line 3"},
		{"no mapping", "---\njust text\n---\n", MDX, book.Invalid, "line 2"},
		{"duplicate key", "---\na: 1\nb: 2\na: 3\n---\n", Markdown, book.Invalid, "line 4"},
		{
			"long front matter", "---\na: " + strings.Repeat("b", MaxFrontMatterBytes) + "\n---\n",
			Markdown, book.TooLarge, "front matter",
		},
		{
			"aliases", "---\na: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" +
				"c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n---\n",
			Markdown, book.Invalid, "aliases",
		},
		{
			"deep YAML", "---\na: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "\n---\n",
			Markdown, book.Invalid, "deeper than 100 levels",
		},
		{"recursive alias", "---\na: &a\n  b: *a\n---\n", Markdown, book.Invalid, "front matter"},
		{
			"deep quotes", "---\na: b\n---\n" + strings.Repeat(">", 101), Markdown, book.Invalid,
			"line 4: quotes and lists",
		},
		{"deep lists", strings.Repeat("- ", 101) + "a", MDX, book.Invalid, "line 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.source), test.format)
			if book.CodeOf(err) != test.code || !strings.Contains(book.MessageOf(err), test.message) {
				t.Errorf("error = %v, want %s with %q", err, test.code, test.message)
			}
		})
	}
}
