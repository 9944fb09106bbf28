package markdown

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInspect: links, tags, imports and ids come with the lines of the source.
func TestInspect(t *testing.T) {
	source := strings.ReplaceAll(`---
title: T
---
import Part from './_part.mdx';
import {a,
  b} from "../lib/x";
import './style.css';
export const c = 'from here';

# Title

## Given {#given}

[one](./a.md "t") ![two](<b c.png>)
[three][ref] and [ref], &lt;https://x&gt; ’[four](x&amp;y\_z)’

<Tabs>
    <a id="in-tag" href='/d'>text</a>
    [five](e)
    ~~~
    [no](code)
    ~~~
</Tabs>

<Link
  to="/f" flag {...rest}
  data={require('./g.png')} n={'lit'} />

{/* [no](comment) */} ~[no](code)~ [six]({url})

x[^n]

[^n]: [seven](h)

[ref]: ./i.md
`, "~", "`")
	got, err := Inspect([]byte(source), MDX)
	if err != nil {
		t.Fatal(err)
	}
	want := &Inspection{
		Page: got.Page,
		Links: []Link{
			{Destination: "./a.md", Line: 14},
			{Destination: "b c.png", Image: true, Line: 14},
			{Destination: "./i.md", Reference: true, Line: 15},
			{Destination: "./i.md", Reference: true, Line: 15},
			{Destination: "x&y_z", Line: 15},
			{Destination: "e", Line: 19},
			{Destination: "h", Line: 33},
		},
		Tags: []Tag{
			{Name: "Tabs", Line: 17},
			{Name: "a", Line: 18, Attributes: []Attribute{
				{Name: "id", Value: "in-tag"}, {Name: "href", Value: "/d"},
			}},
			{Name: "Link", Line: 25, Attributes: []Attribute{
				{Name: "to", Value: "/f"},
				{Name: "flag"},
				{Name: "data", Value: "require('./g.png')", Computed: true},
				{Name: "n", Value: "lit"},
			}},
		},
		Imports: []Import{
			{Name: "Part", From: "./_part.mdx", Line: 4},
			{From: "../lib/x", Line: 6},
			{From: "./style.css", Line: 7},
		},
		Anchors:      []string{"given", "in-tag", "user-content-fn-n", "user-content-fnref-n"},
		TitleAnchors: []string{"title"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(), cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".Page"
	}, cmp.Ignore())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestInspectHTML: outside of MDX, HTML blocks and indented code hide what looks like a link.
func TestInspectHTML(t *testing.T) {
	source := "<div>\n[no](a)\n</div>\n\n    [no](b)\n\n<a name='here' href=\"c\">x</a> [yes](d)\n\n[odd]: e\n"
	got, err := Inspect([]byte(source), Markdown)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Link{{Destination: "d", Line: 7}}, got.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"here"}, got.Anchors); diff != "" {
		t.Errorf("anchors (-want +got):\n%s", diff)
	}
}

// TestInspectDense: links that would take too long are left out, and that is said.
func TestInspectDense(t *testing.T) {
	for _, part := range []string{"[a](", "[a]: x\n"} {
		source := "[first](x)\n\n" + strings.Repeat(part, (1<<20)/len(part)) + "\n\n[last](y)\n"
		got, err := Inspect([]byte(source), MDX)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Dense || len(got.Links) == 0 || got.Links[0].Destination != "x" {
			t.Errorf("%q: dense %t, %d links", part, got.Dense, len(got.Links))
		}
	}
}

func TestLineOf(t *testing.T) {
	for source, want := range map[string]struct {
		line   int
		matter bool
	}{
		"a\nb\xff":                     {2, false},
		"a\n\nb\x00":                   {3, false},
		"---\na: b\na: c\n---\n":       {3, true},
		"---\n- a\n---\n":              {2, true},
		strings.Repeat(">", 102) + "a": {1, false},
	} {
		_, err := Parse([]byte(source), MDX)
		if LineOf(err) != want.line || InFrontMatter(err) != want.matter {
			t.Errorf("%.20q: line %d of %v, want %+v", source, LineOf(err), err, want)
		}
	}
	if LineOf(nil) != 0 || InFrontMatter(nil) {
		t.Error("no error has a line")
	}
}
