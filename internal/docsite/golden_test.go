package docsite

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goldenPage is a page as a real Docusaurus build described it.
type goldenPage struct {
	Source, ID, Slug, Permalink string
	Unlisted                    bool
}

func readGolden(t *testing.T, name string) []goldenPage {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Pages []goldenPage }
	if err := json.Unmarshal(src, &golden); err != nil {
		t.Fatal(err)
	}
	return golden.Pages
}

// TestDocusaurusGolden compares ids and permalinks with those of Docusaurus 3.10.2.
func TestDocusaurusGolden(t *testing.T) {
	// The golden site had these two as well; their sources are not among the copied docs.
	left := map[string]bool{
		"@site/i18n/ur/docusaurus-plugin-content-docs/current/01-intro/01-hello_world.mdx": true,
		"@site/versioned_docs/version-1.0/old.md":                                          true,
	}
	type identity struct{ ID, URL string }
	pages := make(map[string]map[string]identity) // by locale and path
	skipped := make(map[string]string)
	for _, locale := range []string{"en", "ur"} {
		site, err := Open("testdata/docusaurus-golden-docs", Options{
			BaseURL: "/book/", VersionPath: "next", Locale: locale,
		})
		if err != nil {
			t.Fatal(err)
		}
		if site.Kind != Docusaurus || len(site.Problems) > 0 {
			t.Fatalf("kind %q, problems %v", site.Kind, site.Problems)
		}
		pages[locale] = make(map[string]identity)
		for _, p := range site.Pages {
			pages[locale][p.Path] = identity{p.DocID, p.URL}
		}
		for _, s := range site.Skipped {
			skipped[s.Path] = s.Reason
		}
	}
	seen := 0
	for _, g := range readGolden(t, "docusaurus-golden.json") {
		if left[g.Source] {
			continue
		}
		path := strings.TrimPrefix(g.Source, "@site/docs/")
		if g.Unlisted {
			if !strings.HasPrefix(skipped[path], "unlisted") {
				t.Errorf("%s: skipped because %q, want unlisted", path, skipped[path])
			}
			continue
		}
		locale, id := "en", g.ID
		if strings.HasPrefix(g.Permalink, "/book/ur/") {
			locale, id = "ur", "ur/"+g.ID
		}
		if diff := cmp.Diff(identity{id, g.Permalink}, pages[locale][path]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		seen++
	}
	if want := len(pages["en"]); seen != want || len(pages["ur"]) != want {
		t.Errorf("%d golden pages, %d listed in en, %d in ur", seen, want, len(pages["ur"]))
	}
	for path, reason := range map[string]string{"_partial.md": "\"_\"", "draft.md": "draft"} {
		if !strings.Contains(skipped[path], reason) {
			t.Errorf("%s: skipped because %q, want one with %q", path, skipped[path], reason)
		}
	}
}
