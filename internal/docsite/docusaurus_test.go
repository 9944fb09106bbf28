package docsite

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

// versionedSite has two released versions, translations and a config with a base URL.
var versionedSite = map[string]string{
	"docusaurus.config.js": `export default {url: "https://ex.com", baseUrl: "/b/",
		i18n: {defaultLocale: "en", locales: ["en", "ur"]}};`,
	"versions.json":                     `["2.0", "1.0"]`,
	"docs/a.md":                         "# A",
	"docs/01-part/_category_.json":      `{"label": "Part one"}`,
	"docs/01-part/01-b.md":              "# B",
	"versioned_docs/version-2.0/a.md":   "# A2",
	"versioned_docs/version-1.0/a.md":   "# A1",
	"versioned_docs/version-0.1/a.md":   "# not in versions.json",
	i18nUR + "/current/01-part/01-b.md": "# UR B",
	i18nUR + "/current/gone.md":         "# UR",
	i18nUR + "/version-1.0/a.md":        "# UR A1",
	i18nUR + "/current.json":            `{"sidebar.x.category.Part one": {"message": "حصہ"}}`,
}

const i18nUR = "i18n/ur/docusaurus-plugin-content-docs"

func TestDocusaurusVersionsAndLocales(t *testing.T) {
	dir := writeFiles(t, versionedSite)
	tests := []struct {
		name string
		dir  string
		o    Options
		want map[string]string // doc_id: URL
	}{
		{"whole site", ".", Options{}, map[string]string{
			"a": "https://ex.com/b/docs/next/a", "part/b": "https://ex.com/b/docs/next/part/b",
			"version-2.0/a": "https://ex.com/b/docs/a", "version-1.0/a": "https://ex.com/b/docs/1.0/a",
			"ur/part/b":        "https://ex.com/b/ur/docs/next/part/b",
			"ur/version-1.0/a": "https://ex.com/b/ur/docs/1.0/a",
		}},
		{"options win", ".", Options{
			BaseURL: "/", RouteBasePath: "/", VersionPath: "/", Locale: "en", IDPrefix: "x/",
		}, map[string]string{
			"x/a": "/a", "x/part/b": "/part/b", "x/version-2.0/a": "/a", "x/version-1.0/a": "/1.0/a",
		}},
		{"docs folder", "docs", Options{}, map[string]string{
			"a": "https://ex.com/b/docs/next/a", "part/b": "https://ex.com/b/docs/next/part/b",
		}},
		{"part of the docs", "docs/01-part", Options{}, map[string]string{
			"part/b": "https://ex.com/b/docs/next/part/b",
		}},
		{"folder of a version", "versioned_docs/version-1.0", Options{}, map[string]string{
			"version-1.0/a": "https://ex.com/b/docs/1.0/a",
		}},
		{"folder of a translation", i18nUR + "/current/01-part", Options{}, map[string]string{
			"ur/part/b": "https://ex.com/b/ur/docs/next/part/b",
		}},
		{"translation of a version", i18nUR + "/version-1.0", Options{}, map[string]string{
			"ur/version-1.0/a": "https://ex.com/b/ur/docs/1.0/a",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			site := open(t, filepath.Join(dir, tt.dir), tt.o)
			got := byID(site, func(p Page) string { return p.URL })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDocusaurusUnknownLocale(t *testing.T) {
	_, err := Open(writeFiles(t, versionedSite), Options{Locale: "fr"})
	if book.CodeOf(err) != book.Invalid || !strings.Contains(book.MessageOf(err), "en, ur") {
		t.Errorf("a locale that the site does not have: %v, want the ones that it has", err)
	}
}

func TestDocusaurusSkipped(t *testing.T) {
	site := open(t, writeFiles(t, versionedSite), Options{})
	got := slices.Sorted(maps.Keys(reasons(site)))
	want := []string{i18nUR + "/current/gone.md", "versioned_docs/version-0.1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

func TestDocusaurusPage(t *testing.T) {
	dir := writeFiles(t, versionedSite)
	site := open(t, dir, Options{Locale: "ur"})
	for _, p := range site.Pages {
		if p.DocID != "ur/part/b" {
			continue
		}
		want := Page{
			DocID: "ur/part/b", Path: i18nUR + "/current/01-part/01-b.md", Chapter: "حصہ",
			Title: "UR B", URL: "https://ex.com/b/ur/docs/next/part/b", Locale: "ur",
			Format: markdown.MDX,
		}
		if diff := cmp.Diff(want, p); diff != "" {
			t.Errorf("page (-want +got):\n%s", diff)
		}
		src, err := site.Load(p)
		if err != nil || string(src) != "# UR B" {
			t.Errorf("Load = %q, %v", src, err)
		}
		return
	}
	t.Error("ur/part/b is not listed")
}

func TestDocusaurusVersionsWithoutList(t *testing.T) {
	files := map[string]string{"docs/a.md": "# A", "docusaurus.config.ts": ""}
	for _, v := range []string{"1.9", "1.10", "1.2"} {
		files["versioned_docs/version-"+v+"/a.md"] = "# A"
	}
	got := byID(open(t, writeFiles(t, files), Options{}), func(p Page) string { return p.URL })
	want := map[string]string{
		"a": "/docs/next/a", "version-1.10/a": "/docs/a", "version-1.9/a": "/docs/1.9/a",
		"version-1.2/a": "/docs/1.2/a",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestDocusaurusChapters(t *testing.T) {
	site := open(t, writeFiles(t, map[string]string{
		"top.mdx":                 "# Top page",
		"1-a/_category_.json":     "{\"label\": \"From JSON\"}",
		"1-a/deep/er/page.md":     "# Page",
		"1-a/deep/_category_.yml": "label: not a top-level folder",
		"2-b/_category_.yml":      "label: 'From: YAML'",
		"2-b/page.md":             "# Page",
		"3-c/_category_.yaml":     "position: 3",
		"3-c/page.md":             "# Page of c",
		"4-d/index.md":            "---\nsidebar_label: From index\n---\n# Index",
		"4-d/page.md":             "# Page",
		"5-e/README.md":           "---\ntitle: From readme\n---",
		"5-e/page.md":             "# Page",
		"6-f/page.md":             "---\nsidebar_label: short\n---\n# Page of f",
	}), Options{})
	got := byID(site, func(p Page) string { return p.Chapter })
	want := map[string]string{
		"top": "Top page", "a/deep/er/page": "From JSON", "b/page": "From: YAML",
		"c/page": "Page of c", "d/index": "From index", "d/page": "From index",
		"e/README": "From readme", "e/page": "From readme", "f/page": "Page of f",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("chapters (-want +got):\n%s", diff)
	}
}

func TestDocusaurusProblems(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"a.mdx":                 "# A",
		"yaml.md":               "---\ntitle: [\n---\n",
		"slash.md":              "---\nid: a/b\n---\n",
		"slug.md":               "---\nslug: what?\n---\n",
		"dots.md":               "---\nid: ..\nslug: x\n---\n",
		"utf8.md":               "# \xff",
		"back\\slash.md":        "# B",
		"part/_category_.json":  "{\"label\": ",
		"part/page.md":          "# Page",
		"other/_category_.yaml": "- no\n- mapping",
		"other/page.md":         "# Page",
	})
	site, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]book.Code)
	for _, p := range site.Problems {
		got[p.Path] = book.CodeOf(p.Err)
		wantCode(t, p.Err, book.Invalid, p.Path)
	}
	want := map[string]book.Code{
		"yaml.md": book.Invalid, "slash.md": book.Invalid, "slug.md": book.Invalid,
		"dots.md": book.Invalid, "utf8.md": book.Invalid, "back\\slash.md": book.Invalid,
		"part/_category_.json": book.Invalid, "other/_category_.yaml": book.Invalid,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	ids := slices.Sorted(maps.Keys(byID(site, func(p Page) string { return "" })))
	if diff := cmp.Diff([]string{"a", "other/page", "part/page"}, ids); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestConflictNamesBothFiles(t *testing.T) {
	dir := writeFiles(t, map[string]string{"01-a.md": "# A", "02-a.md": "# A", "b.mdx": "# B"})
	_, err := Open(dir, Options{})
	wantCode(t, err, book.Conflict, "01-a.md", "02-a.md", `"a"`)
	// Two spellings of one name in Unicode are one doc_id.
	dir = writeFiles(t, map[string]string{"\u00e9.txt": "x", "e\u0301.txt": "x"})
	_, err = Open(dir, Options{})
	wantCode(t, err, book.Conflict, "\u00e9.txt", "e\u0301.txt")
}

// TestDocusaurusConfig: what the configuration says literally is what the site does.
func TestDocusaurusConfig(t *testing.T) {
	config := func(top, docs string) map[string]string {
		return map[string]string{
			"docusaurus.config.js": "module.exports = {" + top +
				" presets: [['classic', {docs: {" + docs + "}}]]};",
			"docs/1-a.md": "# A", "docs/b/index.mdx": "# B", "docs/home.md": "---\nslug: /\n---\n",
			"text/c.md": "---\nmdx:\n  format: md\n---\n",
		}
	}
	type entry struct {
		URL    string
		Format markdown.Format
	}
	const md, mdx = markdown.Markdown, markdown.MDX
	for _, tt := range []struct {
		name, top, docs string
		want            map[string]entry
	}{
		{"nothing", "", "", map[string]entry{
			"a": {"/docs/a", mdx}, "b/index": {"/docs/b/", mdx}, "home": {"/docs/", mdx},
		}},
		{"slash", "trailingSlash: true, baseUrl: '/x/',", "routeBasePath: '/'", map[string]entry{
			"a": {"/x/a/", mdx}, "b/index": {"/x/b/", mdx}, "home": {"/x/", mdx},
		}},
		{"no slash", "trailingSlash: false,", "numberPrefixParser: false", map[string]entry{
			"1-a": {"/docs/1-a", mdx}, "b/index": {"/docs/b", mdx}, "home": {"/docs", mdx},
		}},
		{
			"front page", "trailingSlash: false, baseUrl: '/x/',", "routeBasePath: '/'",
			map[string]entry{"a": {"/x/a", mdx}, "b/index": {"/x/b", mdx}, "home": {"/x/", mdx}},
		},
		{"format", "markdown: {format: 'detect'},", "", map[string]entry{
			"a": {"/docs/a", md}, "b/index": {"/docs/b/", mdx}, "home": {"/docs/", md},
		}},
		{"folder", "", "path: './text', routeBasePath: 'guide'", map[string]entry{
			"c": {"/guide/c", md},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site := open(t, writeFiles(t, config(tt.top, tt.docs)), Options{})
			got := make(map[string]entry)
			for _, p := range site.Pages {
				got[p.DocID] = entry{p.URL, p.Format}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
	_, err := Open(writeFiles(t, config("", "path: '../docs'")), Options{})
	wantCode(t, err, book.Invalid, "../docs")
}

// TestDocusaurusIncomplete: what the site names and lacks is a problem, not an empty list.
func TestDocusaurusIncomplete(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"docusaurus.config.js": "", "versions.json": `["1.0"]`, "docs/a\x1b[2J.md": "# A",
	})
	site, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]book.Code{
		"versioned_docs/version-1.0": book.NotFound, `"docs/a\x1b[2J.md"`: book.Invalid,
	}
	if diff := cmp.Diff(want, codes(site)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	for _, versions := range []string{"{", `["../.."]`, `[""]`} {
		dir := writeFiles(t, map[string]string{
			"docusaurus.config.js": "", "versions.json": versions, "docs/a.md": "# A",
		})
		site, err := Open(dir, Options{})
		if err != nil || codes(site)["versions.json"] != book.Invalid {
			t.Errorf("versions.json %s: %v, problems %v", versions, err, codes(site))
		}
	}
}
