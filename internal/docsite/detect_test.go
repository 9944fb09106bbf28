package docsite

import (
	"path/filepath"
	"testing"
)

func TestDetect(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		dir   string
		want  Kind
	}{
		{"nothing", map[string]string{"x.png": ""}, ".", Plain},
		{"not there", nil, "absent", Plain},
		{"texts", map[string]string{"a.md": "# A", "1-notes.md": "# B", "2.txt": ""}, ".", Plain},
		{"a file", map[string]string{"a.mdx": ""}, "a.mdx", Plain},
		{"config", map[string]string{"docusaurus.config.mts": ""}, ".", Docusaurus},
		{
			"config above",
			map[string]string{"docusaurus.config.js": "", "docs/a/b.md": ""},
			"docs/a",
			Docusaurus,
		},
		{"config above the repository", map[string]string{
			"docusaurus.config.js": "", "repo/.git/HEAD": "", "repo/docs/a.md": "",
		}, "repo/docs", Plain},
		{"category", map[string]string{"a/_category_.yml": ""}, ".", Docusaurus},
		{"mdx", map[string]string{"a/b/c.mdx": ""}, ".", Docusaurus},
		{"hidden mdx", map[string]string{".a/c.mdx": "", "node_modules/a.mdx": ""}, ".", Plain},
		{"numbers", map[string]string{"01-a/01-b.md": "", "01-a/02-c.md": ""}, ".", Docusaurus},
		{"dates", map[string]string{"2021-11-a.md": "", "2021-12-b.md": ""}, ".", Plain},
		{"front matter", map[string]string{"a.md": "---\nsidebar_label: x\n---\n"}, ".", Docusaurus},
		{"other front matter", map[string]string{"a.md": "---\ntitle: x\n---\n"}, ".", Plain},
		{"bad front matter", map[string]string{"a.md": "---\n[\n---\n"}, ".", Plain},
		{"book", map[string]string{"SUMMARY.md": "", "a.mdx": ""}, ".", MDBook},
		{"book in src", map[string]string{"src/SUMMARY.md": "", "book.toml": ""}, ".", MDBook},
		{"book elsewhere", map[string]string{
			"text/SUMMARY.md": "",
			"book.toml":       "[book]\nsrc = 'text'",
		}, ".", MDBook},
		{"book in a site's repository", map[string]string{
			"docusaurus.config.js": "", "book/SUMMARY.md": "",
		}, "book", MDBook},
		{
			"site with a summary",
			map[string]string{"docusaurus.config.js": "", "SUMMARY.md": ""},
			".",
			Docusaurus,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, tt.files)
			if got := Detect(filepath.Join(dir, tt.dir)); got != tt.want {
				t.Errorf("Detect = %q, want %q", got, tt.want)
			}
		})
	}
}
