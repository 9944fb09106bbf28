package sitecheck

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/docsite"
)

// messages returns the messages of the findings of one rule.
func messages(t *testing.T, files map[string]string, rule string) []string {
	t.Helper()
	report, err := Check(t.Context(), writeFiles(t, files), docsite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, f := range report.Findings {
		if f.Rule == rule {
			texts = append(texts, string(f.Severity)+": "+f.Message)
		} else {
			t.Errorf("%s: %s", brief(f), f.Message)
		}
	}
	return texts
}

// contain tells whether there is one message for each wanted part, in this order.
func contain(got, want []string) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range want {
		severity, part, _ := strings.Cut(want[i], " ")
		if !strings.HasPrefix(got[i], severity+":") || !strings.Contains(got[i], part) {
			return false
		}
	}
	return true
}

// TestConfig: each case is a configuration whose other settings are sound.
func TestConfig(t *testing.T) {
	const start, end = "module.exports = {\ntitle: 'T',\n", "\npresets: [['classic', {blog: false}]],\n};\n"
	pages := "url: 'https://Acme.github.io', organizationName: 'acme', projectName: 'book', baseUrl: '/book/',"
	for name, tt := range map[string]struct {
		settings string
		files    map[string]string
		want     []string
	}{
		"project page":   {pages, nil, nil},
		"wrong base URL": {strings.Replace(pages, "'/book/'", "'/'", 1), nil, []string{`error it must be "/book/"`}},
		"organisation's page": {
			"url: 'https://acme.github.io', organizationName: 'acme', projectName: 'acme.github.io', baseUrl: '/',", nil, nil,
		},
		"organisation's page below a path": {
			"url: 'https://acme.github.io', organizationName: 'acme', projectName: 'acme.github.io', baseUrl: '/x/',",
			nil,
			[]string{`error it must be "/"`},
		},
		"another organisation": {strings.Replace(pages, "'acme'", "'other'", 1), nil, []string{`error organizationName "other" contradicts`}},
		"names are missing": {
			"url: 'https://acme.github.io', baseUrl: '/book/',", nil,
			[]string{"warning organizationName is missing", "warning projectName is missing"},
		},
		"domain": {"url: 'https://b.example', baseUrl: '/',", map[string]string{"static/CNAME": "b.example\n"}, nil},
		"another domain": {
			"url: 'https://a.example', baseUrl: '/',",
			map[string]string{"static/CNAME": "b.example"},
			[]string{"error the site is at b.example"},
		},
		"domain with a path": {
			"url: 'https://b.example', baseUrl: '/book/',",
			map[string]string{"static/CNAME": "b.example"},
			[]string{`error must be "/"`},
		},
		"bad CNAME": {
			"url: 'https://b.example', baseUrl: '/',",
			map[string]string{"static/CNAME": "https://b.example/"},
			[]string{"error CNAME must hold one domain"},
		},
		"no url":         {"baseUrl: '/',", nil, []string{"error url is missing"}},
		"spread":         {"...common, baseUrl: '/',", nil, nil},
		"computed":       {"url: process.env.URL, baseUrl: process.env.BASE || '/',", nil, nil},
		"url of nothing": {"url: 'book.example', baseUrl: '/',", nil, []string{`error "book.example" is no address`}},
		"url with path":  {"url: 'https://b.example/book', baseUrl: '/',", nil, []string{`error put "/book" into baseUrl`}},
		"template's url": {"url: 'https://your-docusaurus-site.example.com', baseUrl: '/',", nil, []string{"warning the template's"}},
		"base without slash": {
			"url: 'https://b.example', baseUrl: 'book',", nil, []string{`warning "/book/"`},
		},
		"unknown level": {
			"url: 'https://b.example', baseUrl: '/', onBrokenLinks: 'error',", nil, []string{`error "error" is none of`},
		},
		"links do not fail": {
			"url: 'https://b.example', baseUrl: '/', onBrokenLinks: 'log',", nil, []string{`warning set it to "throw"`},
		},
		"default is no locale": {
			"url: 'https://b.example', baseUrl: '/', i18n: {defaultLocale: 'en', locales: ['de']},",
			map[string]string{"i18n/de/code.json": "{}"},
			[]string{`error defaultLocale "en" is none of`},
		},
		"locale without folder": {
			"url: 'https://b.example', baseUrl: '/', i18n: {defaultLocale: 'en', locales: ['en', 'de']},", nil,
			[]string{"warning no folder i18n/de"},
		},
		"folder without locale": {
			"url: 'https://b.example', baseUrl: '/', i18n: {defaultLocale: 'en', locales: ['en']},",
			map[string]string{"i18n/de/docusaurus-plugin-content-docs/current/a.md": "# A", "docs/a.md": "# A"},
			[]string{`warning does not name "de"`},
		},
		"static folder": {
			"url: 'https://b.example', baseUrl: '/', staticDirectories: ['static', 'nope'],",
			map[string]string{"static/x.txt": "x"},
			[]string{`error "nope" is not there`},
		},
		"favicon": {"url: 'https://b.example', baseUrl: '/', favicon: 'nope.ico',", nil, []string{"warning in no static folder"}},
		"sidebars": {
			"url: 'https://b.example', baseUrl: '/', x: 1,\npresets: [['classic', {docs: {sidebarPath: './nope.js', routeBasePath: 'a b'}}]],",
			nil,
			[]string{"error cannot be the path", `error "./nope.js" is not there`},
		},
		"unread": {"url: 'https://b.example', baseUrl: '/', x: /[']/,", nil, []string{"warning without running it"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{
				"docs/intro.md": "# Intro\n", "package.json": soundPackage,
				"docusaurus.config.js": start + tt.settings + end,
			}
			maps.Copy(files, tt.files)
			if got := messages(t, files, "config"); !contain(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPackage(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"sound":   {soundPackage, nil},
		"missing": {"", []string{"warning there is no package.json"}},
		"broken":  {"{\n\"scripts\": {,}\n}", []string{"error not valid JSON"}},
		"versions differ": {
			strings.Replace(soundPackage, `preset-classic": "3.10.2"`, `preset-classic": "3.9.0"`, 1),
			[]string{`error @docusaurus/preset-classic is at "3.9.0"`},
		},
		"no Docusaurus":   {strings.ReplaceAll(soundPackage, "@docusaurus", "@other"), []string{"error @docusaurus/core is not among"}},
		"no build script": {strings.Replace(soundPackage, `"build"`, `"start"`, 1), []string{`error no script "build"`}},
		"no engines":      {strings.Replace(soundPackage, `"engines"`, `"x"`, 1), []string{"warning which Node"}},
		"old Node":        {strings.Replace(soundPackage, ">=20.0", ">=18.0", 1), []string{"warning needs at least 20"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := soundSite()
			delete(files, "package.json")
			if tt.text != "" {
				files["package.json"] = tt.text
			}
			if got := messages(t, files, "package"); !contain(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestPackageLine: a finding of package.json has the line of what it is about.
func TestPackageLine(t *testing.T) {
	files := soundSite()
	files["package.json"] = strings.Replace(soundPackage, `preset-classic": "3.10.2"`, `preset-classic": "3.9.0"`, 1)
	want := []string{"error package package.json:4"}
	if diff := cmp.Diff(want, briefs(t, writeFiles(t, files), docsite.Options{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnknownPages: where plugins or the lack of a configuration leave open which pages there are,
// nothing is said of addresses that may be theirs.
func TestUnknownPages(t *testing.T) {
	const page = "# X\n\n[a](/elsewhere/x) [b](/docs/nope) [c](./nope2) [d](../../nope3.md)\n"
	config := func(plugins string) string {
		return strings.Replace(soundConfig, "  presets", "  plugins: ["+plugins+"],\n  presets", 1)
	}
	both := []string{"/docs/nope", "./nope2", "../../nope3.md"}
	for name, tt := range map[string]struct {
		config string
		want   []string
	}{
		"known plugin":         {config("'@docusaurus/plugin-ideal-image'"), append([]string{"/elsewhere/x"}, both...)},
		"unknown plugin":       {config("'some-plugin'"), both},
		"plugin as a function": {config("myPlugin"), both},
		"another docs plugin": {
			config("['@docusaurus/plugin-content-docs', {id: 'e', path: 'e', routeBasePath: 'elsewhere'}]"), both,
		},
		"no preset":        {"module.exports = {title: 'T', url: 'https://b.example', baseUrl: '/'};", both},
		"no configuration": {"", []string{"./nope2"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := soundSite()
			files["docs/x.md"] = page
			files["docusaurus.config.js"] = tt.config
			if tt.config == "" {
				delete(files, "docusaurus.config.js")
				delete(files, "package.json")
			}
			got := map[string]bool{}
			report, err := Check(t.Context(), writeFiles(t, files), docsite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report.Findings {
				got[linkOf(t, f)] = true
			}
			if diff := cmp.Diff(set(tt.want), got); diff != "" {
				t.Errorf("broken links (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBlog: posts are pages of the site, with links of their own; they are no documents.
func TestBlog(t *testing.T) {
	files := soundSite()
	files["docusaurus.config.js"] = strings.Replace(soundConfig, "{blog: false}", "{}", 1)
	files["blog/2026-01-02-hello/index.md"] = "---\ntitle: H\n---\n\n[a](../2026-01-03-slug.md) [b](/docs/intro) [c](/docs/nope)\n"
	files["blog/2026-01-03-slug.md"] = "---\nslug: named\n---\n\n[a](/blog/2026/01/02/hello) [b](/blog/named) [c](/blog/tags/x)\n"
	files["docs/x.md"] = "# X\n\n[a](/blog/named) [b](/blog) [c](/blog/nope)\n"
	want := []string{"error broken-link blog/2026-01-02-hello/index.md:5", "error broken-link docs/x.md:3"}
	if diff := cmp.Diff(want, briefs(t, writeFiles(t, files), docsite.Options{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPartOfSite: a docs folder is checked with all that its site has, and only its own files are
// reported.
func TestPartOfSite(t *testing.T) {
	files := soundSite()
	files["docs/x.md"] = "# X\n\n[a](/img/logo.png) [b](/docs/intro) [c](/docs/nope)\n"
	files["src/pages/p.md"] = "[a](/docs/nope)\n"
	dir := writeFiles(t, files)
	for part, want := range map[string][]string{
		".":         {"error broken-link docs/x.md:3", "error broken-link src/pages/p.md:1"},
		"docs":      {"error broken-link x.md:3"},
		"docs/x.md": {"error broken-link x.md:3"},
	} {
		if diff := cmp.Diff(want, briefs(t, dir+"/"+part, docsite.Options{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", part, diff)
		}
	}
}
