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
