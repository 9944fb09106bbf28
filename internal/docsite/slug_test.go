package docsite

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestStripNumber(t *testing.T) {
	for name, want := range map[string]string{
		"01-intro":        "intro",
		"003 - my doc":    "my doc",
		"3.Deep":          "Deep",
		"10.foo":          "foo",
		"7 - Seven":       "Seven",
		"1__a":            "a",
		"1-.-a":           "a",
		"1\u00a0-\u3000a": "a",
		"7.0-foo":         "7.0-foo",
		"2021-11-foo":     "2021-11-foo",
		"5-":              "5-",
		"5":               "5",
		"5foo":            "5foo",
		"a-1-b":           "a-1-b",
		"٣-foo":           "٣-foo",
		"1-\U0001F680":    "\U0001F680",
		"":                "",
	} {
		if got := stripNumber(name); got != want {
			t.Errorf("stripNumber(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestDocIdentity compares random names, ids and slugs with what the functions of
// @docusaurus/plugin-content-docs 3.10.2 made of them; without "want", they refused.
func TestDocIdentity(t *testing.T) {
	src, err := os.ReadFile("testdata/docusaurus-slugs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		var c struct {
			Source, ID, Slug string
			KeepPrefixes     bool `json:"keep_prefixes"`
			Want             *struct{ ID, Slug, Permalink string }
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		m := docMatter{id: c.ID, slug: c.Slug, keepPrefixes: c.KeepPrefixes}
		id, slug, idErr := docIdentity(c.Source, m)
		switch {
		case c.Want == nil && idErr == nil:
			t.Errorf("%s: id %q, slug %q, want an error", line, id, slug)
		case c.Want == nil:
			wantCode(t, idErr, book.Invalid, shown(c.Source))
		case idErr != nil:
			t.Errorf("%s: %v", line, idErr)
		default:
			permalink := joinURL("", "/b/", "docs", "next", slug)
			if id != c.Want.ID || slug != c.Want.Slug || permalink != c.Want.Permalink {
				t.Errorf("%s: got %q, %q, %q", line, id, slug, permalink)
			}
		}
	}
}

func FuzzDocIdentity(f *testing.F) {
	f.Add("01-a/2.b.md", "", "../x/", false)
	f.Add("A/a.mdx", "id", "/abs", true)
	f.Fuzz(func(t *testing.T, source, id, slug string, keep bool) {
		if source == "" || strings.HasPrefix(source, "/") {
			return
		}
		_, got, err := docIdentity(source, docMatter{id: id, slug: slug, keepPrefixes: keep})
		if err != nil {
			return
		}
		u := joinURL("https://ex.com", "/b/", got)
		if !strings.HasPrefix(got, "/") || !strings.HasPrefix(u, "https://ex.com/b") ||
			strings.Contains(u, "/../") || strings.ContainsAny(u, "?#") {
			t.Errorf("slug %q, URL %q", got, u)
		}
	})
}
