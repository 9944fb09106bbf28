package sitecheck

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRules: docs/check.md has a row for each rule, with its meaning.
func TestRules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "check.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (.*) \\|$").FindAllSubmatch(text, -1) {
		documented[string(m[1])] = string(m[2])
	}
	if diff := cmp.Diff(Rules, documented); diff != "" {
		t.Errorf("docs/check.md (-code +documented):\n%s", diff)
	}
}
