package sitecheck

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/docsite"
)

// writeLargeSite makes a Docusaurus site of n pages of some 4 KB, each with front matter, headings,
// code, and ten links, images and anchors. It returns how many bytes they have.
func writeLargeSite(tb testing.TB, dir string, n int) (size int64) {
	tb.Helper()
	files := map[string]string{
		"docusaurus.config.js": soundConfig, "package.json": soundPackage, "static/img/logo.png": "\x89PNG",
	}
	const perFolder = 100
	name := func(i int) string { return fmt.Sprintf("part-%03d/page-%05d", i/perFolder, i) }
	prose := "The robot reads its sensors, and the controller turns what they say into a plan. " +
		"Each step of the plan names a joint, an angle and the time by which it is to be there.\n"
	secret := "The password is asked for once; the key and the token that come of it are kept.\n"
	for i := range n {
		var b strings.Builder
		fmt.Fprintf(&b, "---\ntitle: Page %d\nsidebar_position: %d\ntags: [robots]\n---\n\n", i, i%perFolder)
		for section := range 5 {
			other := (i*7 + section*131) % n
			fmt.Fprintf(&b, "## Section %d\n\n%s%s\n", section, prose, prose)
			fmt.Fprintf(&b, "See [a page](../%s.md#section-%d) and [another](/docs/%s), ![logo](/img/logo.png).\n\n",
				name(other), section, name((other+1)%n))
			fmt.Fprintf(&b, "- one\n- `code`\n\n```python\ndef step(x):\n    return x + %d\n```\n\n%s%s\n", section, prose, secret)
		}
		files["docs/"+name(i)+".md"] = b.String()
	}
	for path, text := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
		size += int64(len(text))
	}
	return size
}

// BenchmarkCheck checks a site of 14,000 pages.
func BenchmarkCheck(b *testing.B) {
	const pages = 14_000
	dir := b.TempDir()
	size := writeLargeSite(b, dir, pages)
	b.SetBytes(size)
	for b.Loop() {
		start := time.Now()
		report, err := Check(b.Context(), dir, docsite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if report.Pages != pages || len(report.Findings) > 0 {
			b.Fatalf("%d pages, findings %v", report.Pages, report.Findings[:min(3, len(report.Findings))])
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/check")
	}
}
