package docsite

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

func TestPlain(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"README.md":                "text only",
		"b/two_words-here.TXT":     "# not a heading",
		"a.markdown":               "Setext *title*\n===\n",
		"b/matter.md":              "---\ntitle: From matter\n---\n# From heading",
		"b/README.md":              "no heading",
		".hidden.md":               "# no",
		".git/x.md":                "# no",
		"node_modules/pkg/read.md": "# no",
		"picture.png":              "no",
		".md":                      "no",
	})
	if got := Detect(dir); got != Plain {
		t.Errorf("Detect = %q", got)
	}
	site := open(t, dir, Options{BaseURL: "https://ex.com/wiki", Locale: "en"})
	page := func(id, title, url string, format markdown.Format) Page {
		return Page{
			DocID: id, Path: id, Chapter: title, Title: title, URL: "https://ex.com/wiki/" + url,
			Locale: "en", Format: format,
		}
	}
	want := []Page{
		page("README.md", "README", "README", markdown.Markdown),
		page("a.markdown", "Setext title", "a", markdown.Markdown),
		page("b/README.md", "B", "b/README", markdown.Markdown),
		page("b/matter.md", "From matter", "b/matter", markdown.Markdown),
		page("b/two_words-here.TXT", "Two words here", "b/two_words-here", markdown.Text),
	}
	if diff := cmp.Diff(want, site.Pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	for _, p := range open(t, dir, Options{}).Pages {
		if p.URL != "" {
			t.Errorf("%s has the URL %q without a base", p.DocID, p.URL)
		}
	}
}

func TestSingleFile(t *testing.T) {
	dir := writeFiles(t, map[string]string{"notes": "text", "other.md": "# Other"})
	site := open(t, filepath.Join(dir, "notes"), Options{})
	want := []Page{{
		DocID: "notes", Path: "notes", Chapter: "Notes", Title: "Notes", Format: markdown.Text,
	}}
	if diff := cmp.Diff(want, site.Pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	if src, err := site.Load(site.Pages[0]); err != nil || string(src) != "text" {
		t.Errorf("Load = %q, %v", src, err)
	}
	_, err := Open(filepath.Join(dir, "other.md"), Options{Kind: Docusaurus})
	wantCode(t, err, book.Invalid, "other.md")
}

func TestTitles(t *testing.T) {
	for body, want := range map[string]string{
		"# Title":                                  "Title",
		"#\tTitle ##":                              "Title",
		"   # Title":                               "Title",
		"    # code":                               "",
		"#Title":                                   "",
		"## Second\n\n# First":                     "First",
		"```\n# in code\n```\n# After":             "After",
		"~~~~\n# in code\n~~~\n# still\n~~~~\n":    "",
		"<!-- a\n# b\n-->\n# After":                "After",
		"{/* a\n# b\n*/}\n# After":                 "After",
		"import X from 'y'\n\n# After":             "After",
		"# The `a*b` **bold** [link](x) {#the-id}": "The a*b bold link",
		"# C\\# &amp; <Icon name=\"x\"/> more":     "C# & more",
		"# {/* #id */}\n\n# Second":                "Second",
		"Two\nlines\n===":                          "Two lines",
		"\n===":                                    "",
		"text\n\n===":                              "",
		"# ":                                       "",
	} {
		if got := firstHeading([]byte(body)); got != want {
			t.Errorf("firstHeading(%q) = %q, want %q", body, got, want)
		}
	}
}

func FuzzFirstHeading(f *testing.F) {
	f.Add("# Title\n```\n# x")
	f.Add("a\n===\n<!-- \n# \\")
	f.Fuzz(func(t *testing.T, body string) {
		if got := firstHeading([]byte(body)); got != oneLine(got) {
			t.Errorf("title %q holds line ends", got)
		}
	})
}
