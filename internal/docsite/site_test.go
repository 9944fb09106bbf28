package docsite

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
)

// writeFiles writes files, named by paths with slashes, below a fresh folder and returns it.
func writeFiles(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// open opens dir and expects it to have no problems.
func open(t *testing.T, dir string, o Options) *Site {
	t.Helper()
	site, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range site.Problems {
		t.Errorf("problem with %s: %v", p.Path, p.Err)
	}
	return site
}

// byID returns one field of each page by its doc_id.
func byID(site *Site, field func(Page) string) map[string]string {
	m := make(map[string]string)
	for _, p := range site.Pages {
		m[p.DocID] = field(p)
	}
	return m
}

func reasons(site *Site) map[string]string {
	m := make(map[string]string)
	for _, s := range site.Skipped {
		m[s.Path] = s.Reason
	}
	return m
}

func wantCode(t *testing.T, err error, code book.Code, parts ...string) {
	t.Helper()
	if got := book.CodeOf(err); got != code {
		t.Errorf("error %v has code %q, want %q", err, got, code)
	}
	for _, part := range parts {
		if err != nil && !strings.Contains(book.MessageOf(err), part) {
			t.Errorf("message %q does not hold %q", book.MessageOf(err), part)
		}
	}
}

// builtSite is a site that Docusaurus 3.10.2 built in two locales, and what it made of it.
type builtSite struct {
	Files map[string]string
	Pages []struct {
		Locale, Source, ID, Permalink string
		Unlisted                      bool
	}
	Categories map[string][]string
}

func readBuiltSite(t *testing.T) builtSite {
	t.Helper()
	src, err := os.ReadFile("testdata/docusaurus-site.json")
	if err != nil {
		t.Fatal(err)
	}
	var built builtSite
	if err := json.Unmarshal(src, &built); err != nil {
		t.Fatal(err)
	}
	return built
}

// TestDocusaurusSite compares a whole site with versions and translations, opened at its root,
// with what Docusaurus built of it.
func TestDocusaurusSite(t *testing.T) {
	built := readBuiltSite(t)
	dir := writeFiles(t, built.Files)
	type identity struct{ ID, URL string }
	for _, locale := range []string{"en", "ur"} {
		site := open(t, dir, Options{Locale: locale})
		got, want := make(map[string]identity), make(map[string]identity)
		for _, p := range site.Pages {
			got[p.Path] = identity{p.DocID, p.URL}
		}
		for _, p := range built.Pages {
			if p.Locale != locale || p.Unlisted {
				continue
			}
			id := p.ID
			if _, rest, ok := strings.Cut(p.Source, "/version-"); ok {
				version, _, _ := strings.Cut(rest, "/")
				id = "version-" + version + "/" + id
			}
			if locale == "ur" {
				id = "ur/" + id
			}
			want[p.Source] = identity{id, "https://ex.com" + p.Permalink}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: pages (-built +got):\n%s", locale, diff)
		}
	}
}
