package docsite

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConfig(t *testing.T) {
	got := parseConfig(`// @ts-check
import {themes} from 'prism-react-renderer';
/* url: 'https://comment.example' */
const config: Config = {
  title: 'It is "fine"', url: "https://ex.com", // url: 'https://no.example'
  baseUrl: process.env.BASE ?? '/computed/',
  'trailingSlash': true,
  organizationName: 'a' + 'b',
  tagline: ` + "`static`, x: `${dynamic}`" + `,
  i18n: {defaultLocale: 'de', locales: ['de', 'en']},
  presets: [['classic', ({
    docs: {path: '../docs', routeBasePath: '/', lastVersion: 'current',
      versions: {current: {path: 'now'}}},
    blog: {routeBasePath: 'news'},
  })]],
  themeConfig: {navbar: {logo: {src: 'x'}}},
};
export default config;`)
	want := siteConfig{
		"title": `It is "fine"`, "url": "https://ex.com", "trailingSlash": "true",
		"tagline": "static", "i18n.defaultLocale": "de",
		"presets.docs.path": "../docs", "presets.docs.routeBasePath": "/",
		"presets.docs.lastVersion": "current", "presets.docs.versions.current.path": "now",
		"presets.blog.routeBasePath": "news", "themeConfig.navbar.logo.src": "x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	for _, broken := range []string{"{url: 'x'", "url: 'x'}", "{url: ('x'}", "{url: 'x\n}"} {
		if got := parseConfig(broken); len(got) > 0 {
			t.Errorf("parseConfig(%q) = %v, want nothing", broken, got)
		}
	}
}

// TestReadConfig: settings come with their lines, computed ones and list items too, and a plugin's
// with its name.
func TestReadConfig(t *testing.T) {
	got, ok := ReadConfig(`const base = '/';
export default {
  ...common,
  url: process.env.URL,
  organizationName: 'a' + 'b', base,
  plugins: ['one', two, ['three', {path: 'x', nested: {deep: true}}]],
  createRedirects(path) { return [path]; },
};`)
	if !ok {
		t.Fatal("not read")
	}
	type brief struct {
		Name, Value, Of string
		Computed, Item  bool
		Line            int
	}
	var all []brief
	for _, s := range got {
		all = append(all, brief{s.Name, s.Value, s.Of, s.Computed, s.Item, s.Line})
	}
	want := []brief{
		{Name: "...common", Computed: true, Line: 3},
		{Name: "url", Computed: true, Line: 4},
		{Name: "organizationName", Computed: true, Line: 5},
		{Name: "base", Computed: true, Line: 5},
		{Name: "plugins", Computed: true, Line: 6},
		{Name: "plugins", Value: "one", Item: true, Line: 6},
		{Name: "plugins", Computed: true, Item: true, Line: 6},
		{Name: "plugins", Value: "three", Item: true, Line: 6},
		{Name: "plugins.path", Value: "x", Of: "three", Line: 6},
		{Name: "plugins.nested", Computed: true, Of: "three", Line: 6},
		{Name: "plugins.nested.deep", Value: "true", Of: "three", Line: 6},
		{Name: "createRedirects", Computed: true, Line: 7},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if _, ok := ReadConfig("{url: ['x'}"); ok {
		t.Error("brackets that do not match are read")
	}
}

func TestBaseURL(t *testing.T) {
	for _, tt := range []struct {
		config siteConfig
		want   string
	}{
		{nil, "/"},
		{siteConfig{"baseUrl": "/b/"}, "/b/"},
		{siteConfig{"url": "https://ex.com"}, "https://ex.com/"},
		{siteConfig{"url": "https://ex.com/", "baseUrl": "/b"}, "https://ex.com/b"},
		{siteConfig{"url": "not a url", "baseUrl": "/b"}, "/"},
	} {
		if got := tt.config.baseURL(); got != tt.want {
			t.Errorf("%v: base URL %q, want %q", tt.config, got, tt.want)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(`export default {url: 'https://ex.com', presets: [['classic', {docs: {path: "a"}}]]};`)
	f.Add("{a: `${b}`, 'c': \"\\\"\"} // x\n/* ")
	f.Fuzz(func(t *testing.T, src string) {
		c := parseConfig(src)
		if _, _, err := splitBase(c.baseURL()); err != nil {
			t.Errorf("base URL: %v", err)
		}
	})
}
