package sitecheck

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/docsite"
)

// writeFiles makes a folder with these files.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// brief is a finding as the cases have it.
func brief(f Finding) string {
	return fmt.Sprintf("%s %s %s:%d", f.Severity, f.Rule, f.Path, f.Line)
}

func briefs(t *testing.T, dir string, o docsite.Options) []string {
	t.Helper()
	report, err := Check(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, f := range report.Findings {
		if Rules[f.Rule] == "" {
			t.Errorf("the rule %q is not among Rules", f.Rule)
		}
		found = append(found, brief(f))
	}
	return found
}

const soundConfig = `module.exports = {
  title: 'Book', url: 'https://book.example.org', baseUrl: '/',
  presets: [['classic', {blog: false}]],
};
`

const soundPackage = `{
  "scripts": {"build": "docusaurus build"},
  "engines": {"node": ">=20.0"},
  "dependencies": {"@docusaurus/core": "3.10.2", "@docusaurus/preset-classic": "3.10.2"}
}
`

// soundSite is a site without a fault.
func soundSite() map[string]string {
	return map[string]string{
		"docusaurus.config.js": soundConfig, "package.json": soundPackage,
		"docs/intro.md":      "# Intro\n\n## Part {#part}\n\n[there](guide/a.md#one) [again](/docs/guide/a)\n",
		"docs/guide/a.md":    "---\ntitle: A\n---\n\n## One\n\n![pic](./pic.png) [back](../intro.md)\n",
		"docs/guide/pic.png": "\x89PNG", "static/img/logo.png": "\x89PNG",
	}
}

// TestSiteCases: what is wrong with a site that differs from a sound one in a few files. A "…" in a
// text stands for what the sound site has there.
func TestSiteCases(t *testing.T) {
	config := func(settings string) string {
		return strings.Replace(soundConfig, "  presets", "  "+settings+"\n  presets", 1)
	}
	page := func(text string) map[string]string { return map[string]string{"docs/x.md": "# X\n\n" + text + "\n"} }
	for name, tt := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"sound": {nil, nil},

		// Links.
		"no such file":  {page("[x](./nope.md)"), []string{"error broken-link docs/x.md:3"}},
		"wrong folder":  {page("[x](a.md)"), []string{"error broken-link docs/x.md:3"}},
		"wrong case":    {page("[x](Intro.md)"), []string{"error broken-link docs/x.md:3"}},
		"absolute file": {page("[x](/docs/intro.md)"), nil},
		"only from the page": {
			map[string]string{"docs/guide/x.md": "[x](./intro.md) [y](intro.md)"},
			[]string{"error broken-link docs/guide/x.md:1"},
		},
		"from the docs":       {page("[x](/guide/a.md)"), nil},
		"alias":               {page("[x](@site/docs/nope.md)"), []string{"error broken-link docs/x.md:3"}},
		"out of the docs":     {map[string]string{"docs/x.md": "[x](../README.md)", "README.md": "x"}, []string{"error broken-link docs/x.md:1"}},
		"draft":               {map[string]string{"docs/x.md": "[x](d.md)", "docs/d.md": "---\ndraft: true\n---\n# D"}, []string{"error broken-link docs/x.md:1"}},
		"unlisted":            {map[string]string{"docs/x.md": "[x](d.md)", "docs/d.md": "---\nunlisted: true\n---\n# D"}, nil},
		"no such page":        {page("[x](/docs/nope)"), []string{"error broken-link docs/x.md:3"}},
		"relative page":       {page("[x](./guide)"), []string{"error broken-link docs/x.md:3"}},
		"slash at the end":    {page("[x](/docs/intro/)"), nil},
		"encoded":             {map[string]string{"docs/x.md": "[x](b%20c.md) [y](/docs/b%20c)", "docs/b c.md": "# B"}, nil},
		"html":                {page("[x](/docs/intro.html)"), []string{"error broken-link docs/x.md:3"}},
		"reference":           {page("[x][r] [r]\n\n[r]: ./nope.md"), []string{"error broken-link docs/x.md:3"}},
		"autolink in list":    {page("- [x](./nope.md)\n- [y](./intro.md)"), []string{"error broken-link docs/x.md:3"}},
		"in a table":          {page("| a |\n| - |\n| [x](./nope.md) |"), []string{"error broken-link docs/x.md:5"}},
		"in an admonition":    {page(":::note\n\n[x](./nope.md)\n\n:::"), []string{"error broken-link docs/x.md:5"}},
		"in JSX":              {page("<div>\n    [x](./nope.md)\n</div>"), []string{"error broken-link docs/x.md:4"}},
		"in a footnote":       {page("x[^1]\n\n[^1]: [x](./nope.md)"), []string{"error broken-link docs/x.md:5"}},
		"in a heading":        {page("## [x](./nope.md)"), []string{"error broken-link docs/x.md:3"}},
		"in code":             {page("`[x](./nope.md)`\n\n```\n[x](./nope.md)\n```\n\n{/* [x](./nope.md) */}"), nil},
		"in indented code":    {page("<Tabs>\n    ```md\n    a\n\n    [x](./nope.md)\n    ```\n</Tabs>"), nil},
		"empty":               {page("[x]()"), []string{"warning empty-link docs/x.md:3"}},
		"outside":             {page("[x](https://nope.example) [y](mailto:a@b.c) [z](//nope.example)"), nil},
		"pathname":            {page("[x](pathname:///nope.zip)"), nil},
		"file beside":         {map[string]string{"docs/x.md": "[x](./data.csv) [y](./nope.csv)", "docs/data.csv": "1"}, []string{"error broken-link docs/x.md:1"}},
		"static file":         {page("[x](/img/logo.png) [y](/img/nope.png)"), []string{"error broken-link docs/x.md:3"}},
		"site file":           {page("[x](@site/static/img/logo.png) [y](@site/nope.pdf)"), []string{"error broken-link docs/x.md:3"}},
		"Link":                {page("<Link to=\"/docs/nope\">x</Link> <Link to=\"/docs/intro\">y</Link>"), []string{"error broken-link docs/x.md:3"}},
		"plain a":             {page("<a href=\"/docs/nope\">x</a> <a href=\"/docs/intro\">y</a>"), []string{"warning broken-link docs/x.md:3"}},
		"multiline tag":       {page("text\n\n<Link\n  to={'/docs/nope'}\n>x</Link>"), []string{"error broken-link docs/x.md:5"}},
		"generated index":     {map[string]string{"docs/x.md": "[x](/docs/category/g-h) [y](/docs/category/nope)", "docs/g/_category_.json": `{"label": "G H", "link": {"type": "generated-index"}}`, "docs/g/p.md": "# P"}, []string{"error broken-link docs/x.md:1"}},
		"page of React":       {map[string]string{"docs/x.md": "[x](/tools) [y](/nope)", "src/pages/tools.jsx": "x"}, []string{"error broken-link docs/x.md:1"}},
		"page in Markdown":    {map[string]string{"src/pages/p.md": "[x](/docs/intro) [y](q.md) [z](/docs/nope)", "src/pages/q.md": "# Q"}, []string{"error broken-link src/pages/p.md:1"}},
		"part":                {map[string]string{"docs/x.md": "import P from './_p.mdx';\n\n# X\n\n<P />\n\n[x](#inside)", "docs/_p.mdx": "## Inside\n\n[x](./nope.md)"}, []string{"error broken-link docs/_p.mdx:3"}},
		"CRLF and BOM":        {map[string]string{"docs/x.md": "\uFEFF---\r\ntitle: X\r\n---\r\n\r\n[x](./nope.md)\r\n"}, []string{"error broken-link docs/x.md:5"}},
		"links are ignored":   {map[string]string{"docs/x.md": "[x](/docs/nope) [y](./nope.md)", "docusaurus.config.js": config("onBrokenLinks: 'ignore',")}, []string{"warning broken-link docs/x.md:1", "warning config docusaurus.config.js:3"}},
		"links are warned of": {map[string]string{"docs/x.md": "[x](/docs/nope)", "docusaurus.config.js": config("onBrokenLinks: 'warn',")}, []string{"warning broken-link docs/x.md:1", "warning config docusaurus.config.js:3"}},

		// Anchors.
		"no such heading":     {page("[x](#nope)"), []string{"warning broken-anchor docs/x.md:3"}},
		"of another page":     {page("[x](./intro.md#nope) [y](./intro.md#part)"), []string{"warning broken-anchor docs/x.md:3"}},
		"of an address":       {page("[x](/docs/intro#nope) [y](/docs/intro#part)"), []string{"warning broken-anchor docs/x.md:3"}},
		"of the title":        {page("[x](./intro.md#intro)"), []string{"warning broken-anchor docs/x.md:3"}},
		"wrong case of id":    {page("[x](./intro.md#Part)"), []string{"warning broken-anchor docs/x.md:3"}},
		"repeated heading":    {page("## A\n\n## A\n\n[x](#a-1) [y](#a-2)"), []string{"warning broken-anchor docs/x.md:7"}},
		"explicit id wins":    {page("## A {#b}\n\n[x](#a)"), []string{"warning broken-anchor docs/x.md:5"}},
		"id in HTML":          {page("<div id=\"here\">x</div>\n\n[x](#here)"), nil},
		"footnote":            {page("x[^n] [y](#user-content-fn-n)\n\n[^n]: z"), nil},
		"empty anchor":        {page("[x](#) [y](./intro.md#)"), nil},
		"encoded anchor":      {page("## عنوان\n\n[x](#%D8%B9%D9%86%D9%88%D8%A7%D9%86)"), nil},
		"unknown component":   {page("<Faq />\n\n[x](#made-by-it)"), nil},
		"anchors fail builds": {map[string]string{"docs/x.md": "[x](#nope)", "docusaurus.config.js": config("onBrokenAnchors: 'throw',")}, []string{"error broken-anchor docs/x.md:1"}},

		// Images and imports.
		"no such image":      {page("![x](./nope.png)"), []string{"error broken-image docs/x.md:3"}},
		"no static image":    {page("![x](/img/nope.png) ![y](/img/logo.png)"), []string{"error broken-image docs/x.md:3"}},
		"image of the site":  {page("![x](@site/static/img/nope.png)"), []string{"error broken-image docs/x.md:3"}},
		"empty image":        {page("![x]()"), []string{"error empty-link docs/x.md:3"}},
		"image by label":     {page("![x][r]\n\n[r]: ./nope.png"), []string{"warning broken-image docs/x.md:3"}},
		"plain img":          {page("<img src=\"/img/nope.png\" /> <img src=\"/img/logo.png\" />"), []string{"warning broken-image docs/x.md:3"}},
		"required":           {page("<img src={require('./nope.png').default} />"), []string{"error broken-import docs/x.md:3"}},
		"imported":           {map[string]string{"docs/x.mdx": "import A from '@site/src/A';\nimport B from './nope';\n\n# X\n", "src/A.tsx": "x"}, []string{"error broken-import docs/x.mdx:2"}},
		"imported package":   {map[string]string{"docs/x.mdx": "import A from 'package';\nimport T from '@theme/Tabs';\n\n# X\n"}, nil},
		"images are ignored": {map[string]string{"docs/x.md": "![x](./nope.png)", "docusaurus.config.js": config("markdown: {hooks: {onBrokenMarkdownImages: 'ignore'}},")}, nil},

		// Pages.
		"one address":             {map[string]string{"docs/x.md": "---\nslug: /intro\n---\n# X"}, []string{"warning duplicate-route docs/x.md:0"}},
		"address of a React page": {map[string]string{"src/pages/docs/intro.js": "x"}, []string{"warning duplicate-route src/pages/docs/intro.js:0"}},
		"one doc_id":              {map[string]string{"docs/01-x.md": "# X", "docs/02-x.md": "# Y"}, []string{"error duplicate-id docs/02-x.md:0"}},
		"broken YAML":             {map[string]string{"docs/x.md": "---\nlist: [a\n---\n# X"}, []string{"error front-matter docs/x.md:2"}},
		"a key twice":             {map[string]string{"docs/x.md": "---\ntitle: X\ntitle: Y\n---\n# X"}, []string{"error front-matter docs/x.md:3"}},
		"no mapping":              {map[string]string{"docs/x.md": "---\njust text\n---\n# X"}, []string{"error front-matter docs/x.md:2"}},
		"not closed":              {map[string]string{"docs/x.md": "---\ntitle: X\n\n# X"}, []string{"error front-matter docs/x.md:1"}},
		"wrong kinds":             {map[string]string{"docs/x.md": "---\nsidebar_position: first\ntags: one\nhide_title: maybe\n---\n# X"}, []string{"error front-matter docs/x.md:2", "error front-matter docs/x.md:3", "error front-matter docs/x.md:4"}},
		"right kinds":             {map[string]string{"docs/x.md": "---\nsidebar_position: '1'\ntags: [one]\nhide_title: 'true'\ntitle: 12\n---\n# X"}, nil},
		"slash in the id":         {map[string]string{"docs/x.md": "---\nid: a/b\n---\n# X"}, []string{"error page-id docs/x.md:0"}},
		"draft and unlisted":      {map[string]string{"docs/x.md": "---\nunlisted: true\ndraft: true\n---\n# X"}, nil},
		"not UTF-8":               {map[string]string{"docs/x.md": "# X\n\nbad \xff byte"}, []string{"error unreadable docs/x.md:3"}},
		"binary":                  {map[string]string{"docs/x.md": "PK\x00\x01"}, []string{"error unreadable docs/x.md:1"}},
		"large page":              {map[string]string{"docs/x.md": "# X\n\n" + strings.Repeat("## Part\n\n"+strings.Repeat("word ", 1000)+"\n\n", 25)}, []string{"warning large-page docs/x.md:0"}},
		"large part":              {map[string]string{"docs/x.md": "# X\n\n" + strings.Repeat("word word word.\n\n", 2000)}, []string{"warning large-page docs/x.md:0"}},

		// The rest of the site.
		"navigation bar": {map[string]string{"docusaurus.config.js": config("themeConfig: {navbar: {items: [\n{to: '/docs/nope', label: 'x'},\n{type: 'doc', docId: 'nope'},\n{type: 'doc', docId: 'guide/a'}]}},")}, []string{"error broken-link docusaurus.config.js:4", "error broken-link docusaurus.config.js:5"}},
		"footer":         {map[string]string{"docusaurus.config.js": config("themeConfig: {footer: {links: [{items: [{to: '/docs/intro#nope', label: 'x'}]}]}},")}, []string{"warning broken-anchor docusaurus.config.js:3"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := soundSite()
			maps.Copy(files, tt.files)
			want := tt.want
			if want == nil {
				want = []string{}
			}
			got := briefs(t, writeFiles(t, files), docsite.Options{})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
