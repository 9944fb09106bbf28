//go:build corpora

package docsite

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shared returns a path in the folder of corpora.
func shared(t *testing.T, elements ...string) string {
	t.Helper()
	root := os.Getenv("LECTERN_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	p := filepath.Join(append([]string{root}, elements...)...)
	if _, err := os.Stat(p); err != nil {
		t.Fatal(err)
	}
	return p
}

func openCorpus(t *testing.T, kind Kind, elements ...string) *Site {
	t.Helper()
	dir := shared(t, elements...)
	if got := Detect(dir); got != kind {
		t.Errorf("Detect = %q, want %q", got, kind)
	}
	site, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(site.Problems) > 0 {
		t.Errorf("problems: %v", site.Problems)
	}
	for _, p := range site.Pages {
		if src, err := site.Load(p); err != nil || len(src) == 0 {
			t.Errorf("%s: %d bytes, %v", p.Path, len(src), err)
		}
	}
	return site
}

// TestCorporaRustBook: the doc_ids are the names by which the questions about the book know its pages;
// SUMMARY.md itself is among those names, but mdBook makes no page of it.
func TestCorporaRustBook(t *testing.T) {
	f, err := os.Open(shared(t, "qa", "rust-quiz", "corpus.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var want []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var doc struct {
			ID string `json:"_id"`
		}
		if err := json.Unmarshal(lines.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		if doc.ID != summaryFile {
			want = append(want, doc.ID)
		}
	}
	for _, dir := range [][]string{{"corpora", "rust-book"}, {"corpora", "rust-book", "src"}} {
		site := openCorpus(t, MDBook, dir...)
		var got []string
		for _, p := range site.Pages {
			got = append(got, p.DocID)
			if wantURL := "/" + strings.TrimSuffix(p.DocID, ".md") + ".html"; p.URL != wantURL {
				t.Errorf("%s: URL %q, want %q", p.DocID, p.URL, wantURL)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("doc_ids (-want +got):\n%s", diff)
		}
		if len(site.Skipped) > 0 {
			t.Errorf("skipped: %v", site.Skipped)
		}
	}
}

func TestCorporaRoboticsTextbook(t *testing.T) {
	for _, dir := range [][]string{
		{"corpora", "robotics-textbook"}, {"corpora", "robotics-textbook", "docs"},
	} {
		site := openCorpus(t, Docusaurus, dir...)
		if got := len(site.Pages); got != 44 {
			t.Errorf("%d pages, want 44", got)
		}
	}
}

func TestCorporaDocusaurusTemplate(t *testing.T) {
	for _, dir := range [][]string{
		{"corpora", "docusaurus-template"}, {"corpora", "docusaurus-template", "docs"},
	} {
		site := openCorpus(t, Docusaurus, dir...)
		chapters := make(map[string]int)
		for _, p := range site.Pages {
			chapters[p.Chapter]++
		}
		want := map[string]int{"Tutorial Intro": 1, "Tutorial - Basics": 6, "Tutorial - Extras": 2}
		if diff := cmp.Diff(want, chapters); diff != "" {
			t.Errorf("chapters (-want +got):\n%s", diff)
		}
	}
}
