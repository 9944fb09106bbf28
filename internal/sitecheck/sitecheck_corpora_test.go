//go:build corpora

package sitecheck

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/docsite"
)

func corpus(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("LECTERN_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(root, "corpora", name)
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestCorporaDocusaurus: nothing is reported of sites that build.
func TestCorporaDocusaurus(t *testing.T) {
	for name, pages := range map[string]int{
		"docusaurus-template": 9, "docusaurus-template/docs": 9,
		"robotics-textbook": 44, "robotics-textbook/docs": 44,
	} {
		report, err := Check(t.Context(), corpus(t, name), docsite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if report.Kind != docsite.Docusaurus || report.Pages != pages || report.Links < 20 {
			t.Errorf("%s: %s, %d pages, %d links", name, report.Kind, report.Pages, report.Links)
		}
		for _, f := range report.Findings {
			t.Errorf("%s: %s: %s", name, brief(f), f.Message)
		}
	}
}

// TestCorporaRustBook: the corpus has the book's pages without its pictures, and one link of the book
// leads to a page that has another name by now.
func TestCorporaRustBook(t *testing.T) {
	report, err := Check(t.Context(), corpus(t, "rust-book"), docsite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, f := range report.Findings {
		switch {
		case f.Rule == "broken-image" && strings.Contains(f.Message, `"img/`):
		case f.Rule == "broken-link" && strings.Contains(f.Message, "ch19-01-unsafe-rust.html"):
			links++
		default:
			t.Errorf("%s: %s", brief(f), f.Message)
		}
	}
	if links != 1 {
		t.Errorf("the broken link was found %d times", links)
	}
}
