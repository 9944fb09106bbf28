package docsite

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

const bookSummary = `# Summary

[Preface](README.md)

# Part *one*

- [First ` + "`code`" + ` chapter](first.md)
  - [Nested](./nested/README.md)
    - [Deeper](nested/deep%20page.md#anchor)
- [Draft]()
- [First again](first.md)

---

## Part two

* [Other](other.md)
  * [Below other](<nested/below other.md> "title")

[Elsewhere](https://example.org/x.md)
<!-- [No](no.md)
- [No](no.md) -->
[Appendix](appendix.md)
`

func TestMDBook(t *testing.T) {
	files := map[string]string{
		"book.toml": "[book]\nsrc = \"text\" # not src\nlanguage = 'de'\n\n" +
			"[output.html]\nsite-url = \"/manual/\"\n",
		"text/SUMMARY.md":            bookSummary,
		"text/README.md":             "# Read me",
		"text/first.md":              "# First",
		"text/nested/README.md":      "# Nested",
		"text/nested/deep page.md":   "# Deep",
		"text/nested/below other.md": "# Below",
		"text/other.md":              "# Other",
		"text/appendix.md":           "# Appendix",
		"text/unlisted.md":           "# Unlisted",
		"text/picture.svg":           "<svg/>",
	}
	dir := writeFiles(t, files)
	if got := Detect(dir); got != MDBook {
		t.Errorf("Detect = %q", got)
	}
	site := open(t, dir, Options{})
	page := func(id, chapter, title, url string) Page {
		return Page{
			DocID: id, Path: "text/" + id, Chapter: chapter, Title: title, URL: "/manual/" + url,
			Locale: "de", Format: markdown.MDBook,
		}
	}
	want := []Page{
		page("README.md", "Preface", "Preface", "index.html"),
		page("first.md", "Part one", "First code chapter", "first.html"),
		page("nested/README.md", "Part one", "Nested", "nested/index.html"),
		page("nested/deep page.md", "Part one", "Deeper", "nested/deep page.html"),
		page("other.md", "Part two", "Other", "other.html"),
		page("nested/below other.md", "Part two", "Below other", "nested/below other.html"),
		page("appendix.md", "Appendix", "Appendix", "appendix.html"),
	}
	if diff := cmp.Diff(want, site.Pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	wantSkipped := map[string]string{
		"text/SUMMARY.md":  `the draft chapter "Draft" has no page`,
		"text/unlisted.md": "SUMMARY.md does not list it; mdBook does not build it",
	}
	if diff := cmp.Diff(wantSkipped, reasons(site)); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

// TestMDBookWithoutParts: the chapter of a nested page is the top-level chapter it lies in.
func TestMDBookWithoutParts(t *testing.T) {
	site := open(t, writeFiles(t, map[string]string{
		"src/SUMMARY.md": "# Summary\n\n- [One](one.md)\n    - [Two](two.md)\n- [Three](three.md)\n",
		"src/one.md":     "", "src/two.md": "", "src/three.md": "",
	}), Options{BaseURL: "https://ex.com"})
	type entry struct{ Chapter, URL string }
	got := make(map[string]entry)
	for _, p := range site.Pages {
		got[p.DocID] = entry{p.Chapter, p.URL}
	}
	want := map[string]entry{
		"one.md":   {"One", "https://ex.com/one.html"},
		"two.md":   {"One", "https://ex.com/two.html"},
		"three.md": {"Three", "https://ex.com/three.html"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestMDBookProblems(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"book/SUMMARY.md": "- [A](a.md)\n- [Gone](gone.md)\n- [Out](../out.md)\n- [Folder](dir)\n",
		"book/a.md":       "# A", "book/dir/x.md": "# X", "out.md": "# Out",
	})
	site, err := Open(dir+"/book", Options{})
	if err != nil {
		t.Fatal(err)
	}
	codes := make(map[string]book.Code)
	for _, p := range site.Problems {
		codes[p.Path] = book.CodeOf(p.Err)
	}
	want := map[string]book.Code{
		"gone.md": book.NotFound, "../out.md": book.Invalid, "dir": book.Invalid,
	}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(site.Pages) != 1 {
		t.Errorf("%d pages, want 1", len(site.Pages))
	}
}

func TestMDBookWithoutPages(t *testing.T) {
	dir := writeFiles(t, map[string]string{"SUMMARY.md": "# Summary\n", "a.md": "# A"})
	_, err := Open(dir, Options{})
	wantCode(t, err, book.Invalid, dir, "SUMMARY.md")
	_, err = Open(writeFiles(t, map[string]string{"a.md": "# A"}), Options{Kind: MDBook})
	wantCode(t, err, book.Invalid, "SUMMARY.md")
}

func TestNextLink(t *testing.T) {
	for line, want := range map[string][3]string{
		"[a](b.md)":              {"a", "b.md", ""},
		"x [a [b] c](d) y":       {"a [b] c", "d", " y"},
		"[`]` a](b(c).md 'x')":   {"`]` a", "b(c).md", ""},
		"[a](<b c).md>)[d](e)":   {"a", "b c).md", "[d](e)"},
		"\\[a](b) [c\\]](d)":     {"c\\]", "d", ""},
		"[a] [b]: c (d) [e](f g": {"", "", ""},
		"[draft]()":              {"draft", "", ""},
	} {
		text, dest, rest := nextLink(line)
		if got := [3]string{text, dest, rest}; got != want {
			t.Errorf("nextLink(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestSummaryWithALongLine(t *testing.T) {
	_, err := parseSummary([]byte("- [a](" + strings.Repeat("b", maxSummaryLine) + ")"))
	wantCode(t, err, book.TooLarge, "SUMMARY.md")
}

func FuzzParseSummary(f *testing.F) {
	f.Add([]byte(bookSummary))
	f.Add([]byte("- [a](b)\n\t- [](c)\n[[x](y)](z)\n- []()\n# \n- [q](/abs) [r](..)"))
	f.Fuzz(func(t *testing.T, src []byte) {
		entries, err := parseSummary(src)
		if err != nil {
			return
		}
		for _, e := range entries {
			if e.title != oneLine(e.title) || e.part != oneLine(e.part) {
				t.Errorf("%+v holds line ends", e)
			}
			p, ok := chapterPath("src", e.path)
			if ok && p != "src" && !strings.HasPrefix(p, "src/") {
				t.Errorf("%q leads out of the folder, to %q", e.path, p)
			}
		}
	})
}
