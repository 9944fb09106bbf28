package markdown

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTitle(t *testing.T) {
	tests := map[string]string{
		"---\ntitle: From *front* matter\n---\n# H\n": "From *front* matter",
		"---\ntitle: 2024\n---\n":                     "2024",
		"---\ntitle: \" \"\n---\n# H\n":               "H",
		"---\ntitle:\n---\n## A\n\n# The `H` & *M*\n": "The H & M",
		"Setext [a](b)\n===\n":                        "Setext a",
		"## A\n":                                      "",
		"":                                            "",
	}
	for source, want := range tests {
		page, err := Parse([]byte(source), Markdown)
		if err != nil {
			t.Fatal(err)
		}
		if page.Title != want {
			t.Errorf("title of %q = %q, want %q", source, page.Title, want)
		}
	}
}

func TestFrontMatterValues(t *testing.T) {
	source := "---\nslug: /a\nsidebar_position: 1.5\ndraft: true\ntags: [a, {b: 2}]\n" +
		"date: 2026-01-02\nat: 2026-01-02T03:04:05Z\n1: one\nnone: null\nnan: .nan\n" +
		"x: &x {y: z}\nagain: *x\n---\nbody\r\n"
	values, body, err := SplitFrontMatter([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"slug": "/a", "sidebar_position": 1.5, "draft": true,
		"tags": []any{"a", map[string]any{"b": 2}}, "date": "2026-01-02",
		"at": "2026-01-02T03:04:05Z", "1": "one", "none": nil, "nan": "NaN",
		"x": map[string]any{"y": "z"}, "again": map[string]any{"y": "z"},
	}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("front matter differs (-want +got):\n%s", diff)
	}
	if string(body) != "body\n" {
		t.Errorf("body = %q", body)
	}
	if values, body, err := SplitFrontMatter([]byte("---\n---\na")); err != nil ||
		values == nil || string(body) != "a" {
		t.Errorf("empty front matter = %v, %q, %v", values, body, err)
	}
	if values, body, err := SplitFrontMatter([]byte("a\n---\n")); err != nil ||
		values != nil || string(body) != "a\n---\n" {
		t.Errorf("no front matter = %v, %q, %v", values, body, err)
	}
}

func TestHeadings(t *testing.T) {
	source := "# Ünï [a][b] & `c_d` &amp; <https://e.f>\n\n## Where’s the `->` Operator?\n\n" +
		"## *a_b* snake_case \\*x\\* ![alt](i.png)\n\n## [no][ref] Σίσυφος\n\n##\n\n## A-1\n\n## A\n\n## A\n\n" +
		"- ## In `Rc<T>`\n\n[b]: c\n"
	type heading struct{ Text, Docusaurus, MDBook string }
	want := []heading{
		{"Ünï a & c_d & https://e.f", "", "Ünï-a--c_d--httpsef"},
		{"Where’s the -> Operator?", "wheres-the---operator", "wheres-the---operator"},
		{"a_b snake_case *x* alt", "a_b-snake_case-x-alt", "a_b-snake_case-x-alt"},
		{"[no][ref] Σίσυφος", "noref-σίσυφος", "noref-Σίσυφος"},
		{"", "", ""},
		{"A-1", "a-1", "a-1"},
		{"A", "a", "a"},
		{"A", "a-2", "a-1"},
		{"In Rc<T>", "in-rct", "in-rct"},
	}
	var got []heading
	for _, format := range []Format{Markdown, MDBook} {
		page, err := Parse([]byte(source), format)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range page.Headings {
			if format == Markdown {
				got = append(got, heading{Text: h.Text, Docusaurus: h.Anchor})
			} else {
				got[i].MDBook = h.Anchor
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headings differ (-want +got):\n%s", diff)
	}
}
