package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestPages: the files that the pages tell to use are there.
func TestPages(t *testing.T) {
	pages, err := filepath.Glob("../docs/deploy/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	named := regexp.MustCompile(`\b(?:deploy/[a-z]+[./]|scripts/|examples/|\.github/)[\w./-]*\w`)
	for _, page := range append(pages, "../docs/upgrade.md", "../docs/release.md", "../README.md") {
		for _, file := range named.FindAllString(read(t, page), -1) {
			if _, err := os.Stat(filepath.Join("..", file)); err != nil && file != "deploy/.env" {
				t.Errorf("%s: there is no %s", page, file)
			}
		}
	}
}
