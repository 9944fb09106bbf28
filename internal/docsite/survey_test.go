package docsite

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
)

// TestLook: a survey has what Open leaves out or refuses.
func TestLook(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"docusaurus.config.js": "module.exports = {url: 'https://ex.com', baseUrl: '/b/', " +
			"presets: [['classic', {docs: {routeBasePath: 'guide'}}]]};",
		"docs/01-a.md": "# A", "docs/02-a.md": "# Other A",
		"docs/draft.md": "---\ndraft: true\n---\n# D", "docs/hidden.md": "---\nunlisted: true\n---\n# H",
		"i18n/ur/docusaurus-plugin-content-docs/current/01-a.md": "# U",
	})
	if _, err := Open(dir, Options{}); book.CodeOf(err) != book.Conflict {
		t.Fatalf("Open: %v", err)
	}
	paths := func(pages []Page) []string {
		var all []string
		for _, p := range pages {
			all = append(all, p.Path+" "+p.URL)
		}
		return all
	}
	type summary struct {
		Opened, Config, Base, DocsBase string
		Single                         bool
		Pages, Hidden, Drafts          []string
		Duplicates                     []string
		Folders                        []DocsFolder
		Locales                        []string
	}
	translated := "i18n/ur/docusaurus-plugin-content-docs/current"
	want := summary{
		Opened: ".", Config: "docusaurus.config.js", Base: "/b/", DocsBase: "/b/guide/",
		Pages:      []string{"docs/01-a.md https://ex.com/b/guide/a", translated + "/01-a.md https://ex.com/b/ur/guide/a"},
		Hidden:     []string{"docs/hidden.md https://ex.com/b/guide/hidden"},
		Drafts:     []string{"docs/draft.md https://ex.com/b/guide/draft"},
		Duplicates: []string{"docs/01-a.md docs/02-a.md"},
		Folders:    []DocsFolder{{Dir: "docs", Base: "/b/guide/"}},
		Locales:    []string{"ur"},
	}
	for part, opened := range map[string]string{".": ".", "docs": "docs", "docs/01-a.md": "docs/01-a.md"} {
		s, err := Look(filepath.Join(dir, part), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := summary{
			Opened: s.Opened, Config: s.ConfigFile, Base: s.Base, DocsBase: s.DocsBase, Single: s.Single,
			Pages: paths(s.Pages), Hidden: paths(s.Hidden), Drafts: paths(s.Drafts),
			Folders: s.DocsFolders, Locales: s.Locales,
		}
		for _, d := range s.Duplicates {
			got.Duplicates = append(got.Duplicates, d[0].Path+" "+d[1].Path)
		}
		want.Opened = opened
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", part, diff)
		}
	}
	s, err := Look(dir, Options{Locale: "ur"})
	if err != nil {
		t.Fatal(err)
	}
	folder := DocsFolder{Dir: "docs", Translated: translated, Base: "/b/ur/guide/"}
	if diff := cmp.Diff([]DocsFolder{folder}, s.DocsFolders); diff != "" {
		t.Errorf("one locale (-want +got):\n%s", diff)
	}
}

// TestLookEmpty: a folder without pages is surveyed, one that is not there is not.
func TestLookEmpty(t *testing.T) {
	s, err := Look(t.TempDir(), Options{})
	if err != nil || len(s.Pages) > 0 || s.Kind != Plain {
		t.Errorf("empty folder: %+v, %v", s, err)
	}
	if _, err := Look(filepath.Join(t.TempDir(), "nowhere"), Options{}); book.CodeOf(err) != book.NotFound {
		t.Errorf("missing folder: %v", err)
	}
	file := filepath.Join(writeFiles(t, map[string]string{"a.md": "# A"}), "a.md")
	if s, err = Look(file, Options{}); err != nil || !s.Single || s.Opened != "a.md" {
		t.Errorf("a file: %+v, %v", s, err)
	}
}
