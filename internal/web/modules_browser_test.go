//go:build browser

package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// call imports a module of the page and answers what a function body makes of it.
func call[T any](p *tab, module, code string, arguments ...any) T {
	p.Helper()
	_, version := load()
	values, err := json.Marshal(append([]any{}, arguments...))
	if err != nil {
		p.Fatal(err)
	}
	return eval[T](p, fmt.Sprintf(`import("/assets/%s/%s").then(async (module) =>
		(async (...args) => { %s })(...%s))`, version, module, code, values))
}

func TestMarkdown(t *testing.T) {
	p, _ := start(t, "/")
	for _, test := range []struct{ name, source, want string }{
		{"paragraphs", "one\ntwo\n\nthree", `<p>one
two</p><p>three</p>`},
		{
			"bold, emphasis", "**a *b* c** and _d_",
			`<p><strong>a <em>b</em> c</strong> and <em>d</em></p>`,
		},
		{"names", "snake_case_name and 2 * 3 * 4", `<p>snake_case_name and 2 * 3 * 4</p>`},
		{"unclosed", "**a `b [c](d", "<p>**a `b [c](d</p>"},
		{"escapes", `\*a\* \[1\]`, `<p>*a* [1]</p>`},
		{"code span", "`a < **b**`", `<p><code>a &lt; **b**</code></p>`},
		{"code block", "```go\nif a < b {\n\n}\n```\nafter", `<pre><code>if a &lt; b {

}</code></pre><p>after</p>`},
		{"unclosed fence", "```\na", `<pre><code>a</code></pre>`},
		{"bullets", "- a\n- b\n  c\n- d", "<ul><li>a</li><li>b\nc</li><li>d</li></ul>"},
		{"numbers", "3. a\n4. b", `<ol start="3"><li>a</li><li>b</li></ol>`},
		{
			"nested", "- a\n  - b\n  - c\n- d",
			`<ul><li><p>a</p><ul><li>b</li><li>c</li></ul></li><li>d</li></ul>`,
		},
		{"indented list", "  - a\n  - b", `<ul><li>a</li><li>b</li></ul>`},
		{"list ends", "- a\n\nb", `<ul><li>a</li></ul><p>b</p>`},
		{"heading", "## A *b* {#c}\ntext", `<p class="heading">A <em>b</em></p><p>text</p>`},
		{"empty heading", "##", `<p class="heading"></p>`},
		{"quote", "> a\n> b\n\nc", "<blockquote><p>a\nb</p></blockquote><p>c</p>"},
		{"rule", "a\n\n---\n\nb", `<p>a</p><hr><p>b</p>`},
		{"admonition", ":::note Take care\n\na\n\n:::", `<p class="heading">Take care</p><p>a</p>`},
		{
			"table", "| a | b |\n|---|:-:|\n| `c` \\| d | |",
			`<div class="table" role="group" tabindex="0" aria-label="Table"><table>` +
				`<tr><th>a</th><th>b</th></tr><tr><td><code>c</code> | d</td><td></td></tr></table></div>`,
		},
		{"marker", "a [1]. [7] `[1]`", `<p>a <button>1</button>. [7] <code>[1]</code></p>`},
		{"relative link", "[a](../b.md)", `<p><span><span>a</span></span></p>`},
		{"bad link", "[a](javascript:b)", `<p><span><span>a</span></span></p>`},
		{"link", "[a](https://x.y/z)", `<p><a class="page-link" href="https://x.y/z" ` +
			`target="_blank" rel="noopener noreferrer"><span>a</span><span aria-hidden="true"> ↗</span>` +
			`<span class="hidden"> (opens a new tab)</span></a></p>`},
		{
			"reference link", "see [a *b*][c], [d][] [7][8] and x[i][j]",
			`<p>see <span>a <em>b</em></span>, <span>d</span> [7][8] and x[i][j]</p>`,
		},
		{"definitions", "a\n\n[b]: c.html\n[d]: <e> \"f\"\n\ng", `<p>a</p><p>g</p>`},
		{
			"footnote", "a[^b]\n\n[^b]: c\nd\n\n[^e]:",
			`<p>a<sup>b</sup></p><p><sup>b</sup> c
d</p><p><sup>e</sup> </p>`,
		},
		{
			"characters", "a &mdash; &#98;&#x63; &lt;i&gt; &none; &toString; &#xD800; `&amp;`",
			"<p>a — bc &lt;i&gt; &amp;none; &amp;toString; \uFFFD <code>&amp;amp;</code></p>",
		},
		{"address", "<https://x.y/z> <mailto:a>", `<p><a class="page-link" href="https://x.y/z" ` +
			`target="_blank" rel="noopener noreferrer">https://x.y/z<span aria-hidden="true"> ↗</span>` +
			`<span class="hidden"> (opens a new tab)</span></a> &lt;mailto:a&gt;</p>`},
		{"image", "![a](https://x.y/z.png)", `<p><span><span>a</span></span></p>`},
		{"markup", "<img src=x onerror=alert(1)>", `<p>&lt;img src=x onerror=alert(1)&gt;</p>`},
		{"line ends", "a\r\n\r\nb", `<p>a</p><p>b</p>`},
		{"brackets", "[[a]] [b] ![c]", `<p>[[a]] [b] ![c]</p>`},
		{"nothing", "", ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.in(t)
			got := call[string](p, "markdown.js", `
				const marker = (number) => {
					if (number !== 1) return null;
					const button = document.createElement("button");
					button.textContent = number;
					return button;
				};
				const frame = document.createElement("div");
				frame.append(module.render(args[0], {marker}));
				for (const node of frame.querySelectorAll("[dir]")) node.removeAttribute("dir");
				return frame.innerHTML;`, test.source)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Hostile texts must not make the renderer slow or deep.
func TestMarkdownEndures(t *testing.T) {
	p, _ := start(t, "/")
	for _, unit := range []string{
		"**a ", "`", "``` ", "[", "[a](", "> ", "- ", "\n", "| ", "_a",
		"*", "\\", "- a\n  ", "1. ", "![[", "*a **b ",
		"&amp;", "&a", "[a][b", "[^a", "<https://", "[^a]: ", "[a]: b\n",
	} {
		t.Run(unit, func(t *testing.T) {
			p.in(t)
			call[int](p, "markdown.js", `const source = args[0].repeat(20000 / args[0].length);
				return module.render(source, {marks: [[0, 5]], marker: () => null})
					.textContent.length`, unit)
		})
	}
}

func TestMarks(t *testing.T) {
	p, _ := start(t, "/")
	source := "- one **two** three\n- four"
	got := call[[]string](p, "markdown.js", `
		const fragment = module.render(args[0], {marks: [[4, 15]]});
		return [...fragment.querySelectorAll("mark")].map((mark) => mark.textContent)`, source)
	if diff := cmp.Diff([]string{"e ", "two", " t"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestRangeOfCharacters: what stands for other words of the source leads back to all of them.
func TestRangeOfCharacters(t *testing.T) {
	p, _ := start(t, "/")
	got := call[[]string](p, "markdown.js", `
		const frame = document.createElement("div");
		frame.append(module.render(args[0], {marks: [[0, 11]]}));
		const range = document.createRange();
		range.selectNodeContents(frame.querySelectorAll("mark")[1]);
		return [frame.querySelectorAll("mark")[1].textContent,
			args[0].slice(...module.sourceRangeOf(range))];`, "one &mdash; two")
	if diff := cmp.Diff([]string{"—", "&mdash;"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestQuoteRange(t *testing.T) {
	p, _ := start(t, "/")
	for _, test := range []struct {
		name       string
		start, end int
		quote      string
		want       []int
	}{
		{"code points", 12, 14, "ab", []int{4, 6}},
		{"wrong offsets", 10, 12, "ab", []int{4, 6}},
		{"beyond the text", 900, 902, "ab", []int{4, 6}},
		{"before the passage", 3, 5, "ab", []int{4, 6}},
		{"not in the passage", 12, 14, "zz", nil},
		{"no quote", 12, 12, "", []int{4, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.in(t)
			got := call[[]int](p, "quote.js", `return module.quoteRange(...args)`,
				object{"char_start": test.start, "char_end": test.end, "quote": test.quote},
				object{"char_start": 10, "char_end": 15, "text": "🤖🦿abc"})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStarters(t *testing.T) {
	p, _ := start(t, "/")
	for _, test := range []struct{ titles, want []string }{
		{nil, []string{}},
		{[]string{"A", "B", "A", ""}, []string{"A", "B"}},
		{
			[]string{"A", "B", "What is C", "D", "E", "F", "What is C?", strings.Repeat("x", 61)},
			[]string{"What is C?", "A", "D", "F"},
		},
		{
			[]string{"A?", "B", "C?", "D?", "E?", "F?"},
			[]string{"A?", "C?", "D?", "E?"},
		},
	} {
		documents := []object{}
		for _, title := range test.titles {
			documents = append(documents, object{"title": title})
		}
		got := call[[]string](p, "starters.js", `return module.starters(args[0])`, documents)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: %s", test.titles, diff)
		}
	}
}

// streamOf is JavaScript for a stream of byte chunks.
const streamOf = `const streamOf = (chunks) => new ReadableStream({start(control) {
	for (const chunk of chunks) control.enqueue(chunk);
	control.close();
}});`

func TestEventStream(t *testing.T) {
	p, _ := start(t, "/")
	type event struct{ Event, Data string }
	for _, test := range []struct {
		name   string
		chunks []string
		want   []event
	}{
		{"whole", []string{"event: token\ndata: a\n\n"}, []event{{"token", "a"}}},
		{"no name", []string{"data:a\n\n"}, []event{{"message", "a"}}},
		{"several lines", []string{"data: a\ndata: b\n\n"}, []event{{"message", "a\nb"}}},
		{
			"line ends",
			[]string{"event: x\r\ndata: a\r\n\r\nevent: y\rdata: b\r\r\ndata: c\n\n"},
			[]event{{"x", "a"}, {"y", "b"}, {"message", "c"}},
		},
		{
			"line end split",
			[]string{"data: a\r", "\ndata: b\r", "\n\r", "\n"},
			[]event{{"message", "a\nb"}},
		},
		{
			"split anywhere",
			[]string{"ev", "ent: to", "ken\nda", "ta: ab", "c\n", "\n"},
			[]event{{"token", "abc"}},
		},
		{
			"comment and others",
			[]string{": ping\n\nid: 3\nretry: 5\ndata: a\nnonsense\n\n"},
			[]event{{"message", "a"}},
		},
		{"cut off", []string{"data: a\n\nevent: done\ndata: b\n"}, []event{{"message", "a"}}},
		{"empty event", []string{"event: x\n\ndata: a\n\n"}, []event{{"message", "a"}}},
		{"byte order mark", []string{"\ufeffdata: a\n\n"}, []event{{"message", "a"}}},
		{"nothing", nil, []event{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.in(t)
			got := call[[]event](p, "sse.js", streamOf+`
				const chunks = (args[0] ?? []).map((chunk) => new TextEncoder().encode(chunk));
				const found = [];
				for await (const {event, data} of module.readEvents(streamOf(chunks))) {
					found.push({Event: event, Data: data});
				}
				return found;`, test.chunks)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLetterSplitBetweenChunks(t *testing.T) {
	p, _ := start(t, "/")
	got := call[string](p, "sse.js", streamOf+`
		const bytes = new TextEncoder().encode("data: 🤖ہے\n\n");
		const stream = streamOf(Array.from(bytes, (byte) => new Uint8Array([byte])));
		for await (const {data} of module.readEvents(stream)) return data;`)
	if got != "🤖ہے" {
		t.Errorf("read %q", got)
	}
}
