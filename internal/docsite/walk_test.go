package docsite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

func symlink(t *testing.T, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
}

func ids(site *Site) []string {
	var ids []string
	for _, p := range site.Pages {
		ids = append(ids, p.DocID)
	}
	return ids
}

func codes(site *Site) map[string]book.Code {
	m := make(map[string]book.Code)
	for _, p := range site.Problems {
		m[p.Path] = book.CodeOf(p.Err)
	}
	return m
}

func TestLinks(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"docs/real.md": "# Real", "docs/part/page.md": "# Page", "secret.md": "# Secret",
		"other/far.md": "# Far",
	})
	docs := filepath.Join(dir, "docs")
	symlink(t, "part/page.md", filepath.Join(docs, "inside.md"))
	symlink(t, "../secret.md", filepath.Join(docs, "outside.md"))
	symlink(t, filepath.Join(dir, "secret.md"), filepath.Join(docs, "absolute.md"))
	symlink(t, "nowhere.md", filepath.Join(docs, "broken.md"))
	symlink(t, "self.md", filepath.Join(docs, "self.md"))
	symlink(t, "..", filepath.Join(docs, "part", "loop"))
	symlink(t, "../other", filepath.Join(docs, "away"))
	symlink(t, "gone", filepath.Join(docs, "broken-folder"))
	if err := syscall.Mkfifo(filepath.Join(docs, "pipe.md"), 0o644); err != nil {
		t.Fatal(err)
	}
	symlink(t, "pipe.md", filepath.Join(docs, "to-pipe.md"))
	site, err := Open(docs, Options{Kind: Plain})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"inside.md", "part/page.md", "real.md"}, ids(site)); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	want := map[string]book.Code{"broken.md": book.Unavailable, "self.md": book.Unavailable}
	if diff := cmp.Diff(want, codes(site)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	const out = "a link that leads out of the folder; links are followed only inside"
	wantSkipped := map[string]string{
		"outside.md": out, "absolute.md": out, "away": out,
		"part/loop":  "a link to a folder; links to folders are not followed",
		"pipe.md":    "neither a file nor a folder",
		"to-pipe.md": "a link to neither a file nor a folder",
	}
	if diff := cmp.Diff(wantSkipped, reasons(site)); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	for _, p := range []string{"outside.md", "../secret.md", "away/far.md"} {
		if src, err := site.Load(Page{Path: p}); err == nil {
			t.Errorf("Load(%s) = %q, want an error", p, src)
		}
	}
}

func TestFolderThatIsALink(t *testing.T) {
	dir := writeFiles(t, map[string]string{"real/a.txt": "a"})
	link := filepath.Join(dir, "link")
	symlink(t, "real", link)
	if got := ids(open(t, link, Options{})); !slices.Equal(got, []string{"a.txt"}) {
		t.Errorf("pages %q", got)
	}
}

func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := writeFiles(t, map[string]string{
		"a.md": "# A", "closed.md": "# Closed", "closed.txt": "x", "folder/b.md": "# B",
	})
	for _, p := range []string{"closed.md", "closed.txt", "folder"} {
		p := filepath.Join(dir, p)
		if err := os.Chmod(p, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(p, 0o755) })
	}
	site, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]book.Code{
		"closed.md": book.Unavailable, "closed.txt": book.Unavailable, "folder": book.Unavailable,
	}
	if diff := cmp.Diff(want, codes(site)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	_, err = Open(filepath.Join(dir, "folder"), Options{})
	wantCode(t, err, book.Unavailable, "folder", "right")
}

// TestPartlyReadable: what cannot be read is reported, and is no reason to say "no page".
func TestPartlyReadable(t *testing.T) {
	deep := strings.Repeat("d/", maxDepth+1) + "x.md"
	dir := writeFiles(t, map[string]string{deep: "# X", "bad\xff.md": "# Bad", "bad\xfe.png": ""})
	big := filepath.Join(dir, "big.md")
	if err := os.WriteFile(big, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, markdown.MaxSourceBytes+1); err != nil {
		t.Fatal(err)
	}
	site, err := Open(dir, Options{Kind: Plain})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]book.Code{
		`"bad\xff.md"`: book.Invalid, "big.md": book.TooLarge,
		strings.TrimSuffix(strings.Repeat("d/", maxDepth+1), "/"): book.TooLarge,
	}
	if diff := cmp.Diff(want, codes(site)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(site.Pages) > 0 {
		t.Errorf("pages %q", ids(site))
	}
	_, err = site.Load(Page{Path: "big.md"})
	wantCode(t, err, book.TooLarge, "big.md")
	_, err = site.Load(Page{Path: "gone.md"})
	wantCode(t, err, book.NotFound, "gone.md")
}

func TestNothingToList(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "absent"), Options{})
	wantCode(t, err, book.NotFound, "absent")
	dir := t.TempDir()
	_, err = Open(dir, Options{})
	wantCode(t, err, book.Invalid, dir, "*.md")
	dir = writeFiles(t, map[string]string{"_a.mdx": "# A"})
	_, err = Open(dir, Options{})
	wantCode(t, err, book.Invalid, "_a.mdx", "docusaurus")
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Open(pipe, Options{})
	wantCode(t, err, book.Invalid, pipe)
}

func TestOptionsAreChecked(t *testing.T) {
	dir := writeFiles(t, map[string]string{"a.md": "# A"})
	for _, o := range []Options{
		{Kind: "sphinx"},
		{Locale: "../en"},
		{Locale: "en/us"},
		{BaseURL: "example.org/book"},
		{BaseURL: "ftp://example.org"},
		{BaseURL: "https://u:p@example.org"},
		{BaseURL: "https://example.org/?q"},
		{BaseURL: "javascript:alert(1)"},
		{BaseURL: "/a#b"},
		{BaseURL: "https://"},
		{RouteBasePath: "https://x"},
		{VersionPath: "a?b"},
		{IDPrefix: "../"},
		{IDPrefix: "a//"},
		{IDPrefix: "/a"},
	} {
		if _, err := Open(dir, o); book.CodeOf(err) != book.Invalid {
			t.Errorf("Open with %+v: %v, want an invalid error", o, err)
		}
	}
}

// TestDeterministic: the same folder gives the same site.
func TestDeterministic(t *testing.T) {
	dir := writeFiles(t, readBuiltSite(t).Files)
	first := open(t, dir, Options{})
	for range 3 {
		if diff := cmp.Diff(first, open(t, dir, Options{}), cmp.AllowUnexported(Site{})); diff != "" {
			t.Fatalf("another run differs:\n%s", diff)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	const pages = 10_000
	files := make(map[string]string, pages)
	text := strings.Repeat("Some words of a page that has a few of them.\n", 200)
	for i := range pages {
		files[fmt.Sprintf("%02d-part/%d-page%d.md", i/500, i%500+1, i)] = fmt.Sprintf("---\ntitle: Page %d\nsidebar_position: %d\n---\n\n# Heading\n\n%s", i, i, text)
	}
	dir := writeFiles(b, files)
	b.ReportAllocs()
	for b.Loop() {
		site, err := Open(dir, Options{Kind: Docusaurus})
		if err != nil || len(site.Pages) != pages {
			b.Fatalf("%v, %v", site, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/pages, "µs/page")
}

func TestTooManyFiles(t *testing.T) {
	dir := writeFiles(t, map[string]string{"a/1.md": "", "a/2.md": "", "b/3.md": "", "b/4.md": ""})
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	w := walker{root: root, dir: dir, files: maxPages - 1}
	if got := w.list(".", isPlainPage); !slices.Equal(got, []string{"a/1.md"}) {
		t.Errorf("listed %q", got)
	}
	if len(w.problems) != 1 || w.problems[0].Path != "a/2.md" {
		t.Errorf("problems %v, want one with a/2.md", w.problems)
	}
}

// TestSiteWithoutConfiguration: a docs folder inside is the site's only where nothing else is.
func TestSiteWithoutConfiguration(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"site", map[string]string{"README.md": "", "docs/a.mdx": "", "src/b.md": ""}, []string{"a"}},
		{
			"folder beside",
			map[string]string{"docs/a.mdx": "", "guide/b.md": ""},
			[]string{"docs/a", "guide/b"},
		},
		{"page beside", map[string]string{"docs/a.mdx": "", "b.md": ""}, []string{"b", "docs/a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site := open(t, writeFiles(t, tt.files), Options{})
			if diff := cmp.Diff(tt.want, ids(site)); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
}
