package sitecheck

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/docsite"
)

// config is what docusaurus.config says, as far as it says it literally.
type config struct {
	file     string
	unread   bool // its brackets do not match as far as we can read them
	settings []docsite.Setting
	byName   map[string]docsite.Setting // the last of each name, list items left out
}

// maxConfigBytes is how much of a configuration is read.
const maxConfigBytes = 1 << 20

// readConfig reads the site's configuration, if there is one.
func (c *checker) readConfig() {
	c.config.byName = map[string]docsite.Setting{}
	c.config.file = c.survey.ConfigFile
	if c.config.file == "" {
		return
	}
	src, problem := c.readFile(c.config.file, maxConfigBytes)
	if problem != nil {
		problem.Rule = "config"
		c.add(*problem)
		c.config.unread = true
		return
	}
	settings, ok := docsite.ReadConfig(string(src))
	if !ok {
		c.config.unread = true
		c.warnf("config", c.config.file, 0, "the configuration cannot be read without running it; its "+
			"settings are not checked, and links to pages outside of the docs neither")
	}
	c.config.settings = settings
	for _, s := range settings {
		if !s.Item {
			c.config.byName[s.Name] = s
		}
	}
}

func (c config) get(name string) (docsite.Setting, bool) {
	s, ok := c.byName[name]
	return s, ok
}

func (c config) has(name string) bool { _, ok := c.byName[name]; return ok }

// text returns the value of a literal.
func (c config) text(name string) (string, bool) {
	s, ok := c.byName[name]
	return s.Value, ok && !s.Computed
}

func (c config) textOr(name, standard string) string {
	if v, ok := c.text(name); ok {
		return v
	}
	return standard
}

func (c config) is(name string) bool { v, _ := c.text(name); return v == "true" }

// items returns the literal items of a list.
func (c config) items(name string) []docsite.Setting {
	return slices.DeleteFunc(slices.Clone(c.settings), func(s docsite.Setting) bool {
		return !s.Item || s.Computed || s.Name != name
	})
}

// level returns the severity that a setting such as onBrokenLinks gives to a finding: "" for ignore.
func (c config) level(name string, standard Severity) Severity {
	switch v, _ := c.text(name); v {
	case "throw":
		return Error
	case "warn", "log":
		return Warning
	case "ignore":
		return ""
	}
	return standard
}

// staticFolders returns the folders whose files are served as they are.
func (c config) staticFolders() []string {
	var folders []string
	for _, s := range c.items("staticDirectories") {
		folders = append(folders, path.Clean(s.Value))
	}
	if folders == nil {
		folders = []string{"static"}
	}
	return folders
}

// quietPlugins are parts of the names of plugins, presets and themes that make no pages, or those
// that the check knows.
var quietPlugins = []string{
	"classic", "docusaurus/plugin-google", "plugin-ideal-image", "plugin-pwa", "plugin-sitemap",
	"plugin-svgr", "plugin-debug", "client-redirects", "css-cascade", "plugin-vercel-analytics",
	"plugin-rsdoctor", "theme-mermaid", "theme-live-codeblock", "theme-search", "search-local",
	"lunr-search", "plugin-sass", "image-zoom", "plugin-matomo", "content-docs", "content-blog",
	"content-pages",
}

// plugins returns what stands in the lists of plugins, presets and themes.
func (c config) plugins() []docsite.Setting {
	return slices.DeleteFunc(slices.Clone(c.settings), func(s docsite.Setting) bool {
		return !s.Item || s.Name != "plugins" && s.Name != "presets" && s.Name != "themes"
	})
}

func (c config) hasPlugin(part string) bool {
	return slices.ContainsFunc(c.plugins(), func(s docsite.Setting) bool {
		return strings.Contains(s.Value, part)
	})
}

// hasUnknownPlugin tells whether a plugin may make pages that the check knows nothing of.
func (c config) hasUnknownPlugin() bool {
	return !c.has("presets") || slices.ContainsFunc(c.plugins(), func(s docsite.Setting) bool {
		return s.Computed || !slices.ContainsFunc(quietPlugins, func(part string) bool {
			return strings.Contains(s.Value, part)
		})
	})
}

// contentPlugins returns the paths of docs, blogs and pages beside those of the preset.
func (c config) contentPlugins() []string {
	var paths []string
	for _, s := range c.settings {
		if s.Name == "plugins.routeBasePath" && strings.Contains(s.Of, "content-") {
			paths = append(paths, s.Value)
		}
	}
	return paths
}

// checkConfig judges the settings.
func (c *checker) checkConfig() {
	if c.config.file == "" || c.config.unread {
		return
	}
	c.checkAddressSettings()
	c.checkPublishing()
	c.checkLevels()
	c.checkLocales()
	c.checkFolders()
	c.checkThemeLinks(c.sites[0])
}

// settingf adds a finding about a setting.
func (c *checker) settingf(severity Severity, name, format string, args ...any) {
	c.addf(severity, "config", c.config.file, c.config.byName[name].Line, format, args...)
}

// mayBeElsewhere tells whether settings come from somewhere else than the file: it spreads another
// object into them.
func (c config) mayBeElsewhere() bool {
	for _, s := range c.settings {
		if strings.Contains(s.Name, "...") {
			return true
		}
	}
	return false
}

// checkAddressSettings judges url and baseUrl by themselves.
func (c *checker) checkAddressSettings() {
	for _, name := range []string{"title", "url", "baseUrl"} {
		if !c.config.has(name) && !c.config.mayBeElsewhere() {
			c.settingf(Error, name, "%s is missing; Docusaurus does not build without it", name)
		}
	}
	if written, ok := c.config.text("url"); ok {
		u, err := url.Parse(written)
		switch {
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
			c.settingf(Error, "url", "url %q is no address; give one such as \"https://example.org\"",
				written)
		case u.Path != "" && u.Path != "/":
			c.settingf(Error, "url", "url %q has a path; put %q into baseUrl", written, u.Path)
		case strings.Contains(u.Host, "your-docusaurus"):
			c.settingf(Warning, "url", "url %q is the template's; give the address of your site", written)
		}
	}
	if base, ok := c.config.text("baseUrl"); ok && (!strings.HasPrefix(base, "/") ||
		!strings.HasSuffix(base, "/")) {
		c.settingf(Warning, "baseUrl", "baseUrl %q should start and end with a slash: %q", base,
			"/"+strings.Trim(base, "/")+"/")
	}
}

// checkPublishing judges url and baseUrl against GitHub Pages: the page of an organisation is at the
// root, that of a project below its name, and that of a domain of one's own at the root again.
func (c *checker) checkPublishing() {
	written, urlOK := c.config.text("url")
	base, baseOK := c.config.text("baseUrl")
	u, err := url.Parse(written)
	if !urlOK || err != nil || u.Host == "" {
		return
	}
	host := strings.ToLower(u.Hostname())
	if c.checkDomain(host, base, baseOK) {
		return
	}
	owner, onPages := strings.CutSuffix(host, ".github.io")
	if !onPages {
		return
	}
	if name, ok := c.config.text("organizationName"); ok && !strings.EqualFold(name, owner) {
		c.settingf(Error, "organizationName", "organizationName %q contradicts url %q, which is the "+
			"address of %q", name, written, owner)
	}
	for _, name := range []string{"organizationName", "projectName"} {
		if !c.config.has(name) {
			c.settingf(Warning, name, "%s is missing; `docusaurus deploy` needs it for GitHub Pages", name)
		}
	}
	project, ok := c.config.text("projectName")
	if !ok || !baseOK {
		return
	}
	want := "/" + project + "/"
	if strings.EqualFold(project, host) {
		want = "/"
	}
	if strings.Trim(base, "/") != strings.Trim(want, "/") {
		c.settingf(Error, "baseUrl", "baseUrl %q does not fit GitHub Pages: %s of %s is served at %s%s, so "+
			"it must be %q", base, project, owner, strings.TrimSuffix(written, "/"), want, want)
	}
}

// checkDomain judges a CNAME file, which gives a GitHub Pages site a domain of its own; it says
// whether there is one.
func (c *checker) checkDomain(host, base string, baseOK bool) bool {
	for _, folder := range c.config.staticFolders() {
		file := path.Join(folder, "CNAME")
		if !c.tree.hasFile(file) {
			continue
		}
		src, problem := c.readFile(file, maxConfigBytes)
		if problem != nil {
			c.add(*problem)
			return true
		}
		domain := strings.ToLower(strings.TrimSpace(string(src)))
		switch {
		case domain == "" || strings.ContainsAny(domain, "/ \n\t") || !strings.Contains(domain, "."):
			c.errorf("config", file, 1, "CNAME must hold one domain such as \"book.example.org\" and nothing "+
				"else")
		case domain != host:
			c.settingf(Error, "url", "url names %s, but %s says that the site is at %s", host, file, domain)
		case baseOK && strings.Trim(base, "/") != "":
			c.settingf(Error, "baseUrl", "baseUrl %q does not fit the domain of its own that %s gives the "+
				"site: it must be \"/\"", base, file)
		}
		return true
	}
	return false
}

// checkLevels judges what the site does about broken links.
func (c *checker) checkLevels() {
	levels := []string{"ignore", "log", "warn", "throw"}
	for _, name := range []string{
		"onBrokenLinks", "onBrokenAnchors", "onBrokenMarkdownLinks", "onDuplicateRoutes",
		"markdown.hooks.onBrokenMarkdownLinks", "markdown.hooks.onBrokenMarkdownImages",
	} {
		if v, ok := c.config.text(name); ok && !slices.Contains(levels, v) {
			c.settingf(Error, name, "%s %q is none of %s", name, v, strings.Join(levels, ", "))
		}
	}
	if v, ok := c.config.text("onBrokenLinks"); ok && slices.Contains(levels[:3], v) {
		c.settingf(Warning, "onBrokenLinks",
			"onBrokenLinks is %q: a build with broken links succeeds; set it to \"throw\"", v)
	}
}

// checkLocales compares the locales that are named with the translations that are there.
func (c *checker) checkLocales() {
	var locales []string
	for _, s := range c.config.items("i18n.locales") {
		locales = append(locales, s.Value)
	}
	if len(locales) == 0 {
		return
	}
	standard, ok := c.config.text("i18n.defaultLocale")
	if ok && !slices.Contains(locales, standard) {
		c.settingf(Error, "i18n.defaultLocale", "defaultLocale %q is none of the locales %s", standard,
			strings.Join(locales, ", "))
	}
	for _, locale := range locales {
		if locale != standard && !c.tree.hasFolder(path.Join("i18n", locale)) {
			c.settingf(Warning, "i18n.locales",
				"the locale %q has no folder i18n/%s: its pages are those of the default locale", locale, locale)
		}
	}
	for _, locale := range c.survey.Locales {
		if !slices.Contains(locales, locale) {
			c.settingf(Warning, "i18n.locales",
				"the folder i18n/%s is there, but locales does not name %q, so it is not built", locale, locale)
		}
	}
}

// checkFolders looks for the files and folders that settings name.
func (c *checker) checkFolders() {
	for _, s := range c.config.items("staticDirectories") {
		if dir, ok := join(".", s.Value); ok && !c.tree.hasFolder(dir) {
			c.addf(Error, "config", c.config.file, s.Line, "the static folder %q is not there", s.Value)
		}
	}
	for _, name := range []string{"presets.docs.sidebarPath", "presets.docs.path"} {
		written, ok := c.config.text(name)
		p, inside := join(".", written)
		if ok && inside && written != "false" && !c.tree.hasFile(p) && !c.tree.hasFolder(p) {
			c.settingf(Error, name, "%s %q is not there", name[strings.LastIndexByte(name, '.')+1:], written)
		}
	}
	if route, ok := c.config.text("presets.docs.routeBasePath"); ok && strings.ContainsAny(route, "?#\\ ") {
		c.settingf(Error, "presets.docs.routeBasePath", "routeBasePath %q cannot be the path of a URL", route)
	}
	for _, name := range []string{
		"favicon", "themeConfig.image", "themeConfig.navbar.logo.src", "themeConfig.navbar.logo.srcDark",
		"themeConfig.footer.logo.src",
	} {
		written, ok := c.config.text(name)
		if ok && scheme(written) == "" && !c.hasStaticFile(written) {
			c.settingf(Warning, name, "%s %q is in no static folder", name, written)
		}
	}
}

func (c *checker) hasStaticFile(written string) bool {
	for _, dir := range c.config.staticFolders() {
		if p, ok := join(dir, strings.TrimPrefix(written, "/")); ok && c.tree.hasFile(p) {
			return true
		}
	}
	return false
}

// checkThemeLinks judges the links of the navigation bar and the footer, which are on every page.
func (c *checker) checkThemeLinks(s *site) {
	level := c.config.level("onBrokenLinks", Error)
	for _, setting := range c.config.settings {
		area, key := "", setting.Name[strings.LastIndexByte(setting.Name, '.')+1:]
		switch {
		case strings.HasPrefix(setting.Name, "themeConfig.navbar."):
			area = "navigation bar"
		case strings.HasPrefix(setting.Name, "themeConfig.footer."):
			area = "footer"
		}
		if area == "" || setting.Computed || setting.Item {
			continue
		}
		switch key {
		case "to", "href":
			c.links++
			c.checkThemeLink(s, setting, area, level)
		case "docId":
			c.links++
			if !c.hasDoc(setting.Value) && !c.hasOtherDocs(setting) {
				c.addf(Error, "broken-link", c.config.file, setting.Line,
					"the %s names the document %q, which is not there", area, setting.Value)
			}
		}
	}
}

func (c *checker) checkThemeLink(s *site, setting docsite.Setting, area string, level Severity) {
	t, local := split(setting.Value)
	if !local || t.path == "" {
		return
	}
	address := resolve(s.base, s.withBase(t.path))
	if page, there := s.find(address); !there {
		c.addf(level, "broken-link", c.config.file, setting.Line, "the %s links to %q, which is no page of "+
			"the site%s", area, setting.Value, s.suggestRoute(address))
	} else if !s.hasAnchor(page, t.anchor) {
		c.addf(c.config.level("onBrokenAnchors", Warning), "broken-anchor", c.config.file, setting.Line,
			"the %s links to %q, but %s has no such heading or id", area, setting.Value, page.path)
	}
}

// hasDoc tells whether a version of the docs has a page with an id.
func (c *checker) hasDoc(id string) bool {
	return slices.ContainsFunc(slices.Concat(c.survey.Pages, c.survey.Hidden), func(p docsite.Page) bool {
		return p.DocID == id || p.Version != "" && p.DocID == fmt.Sprintf("version-%s/%s", p.Version, id)
	})
}

// hasOtherDocs tells whether an item of the navigation bar is about docs of a plugin of their own.
func (c *checker) hasOtherDocs(setting docsite.Setting) bool {
	return slices.ContainsFunc(c.config.settings, func(s docsite.Setting) bool {
		return s.Object == setting.Object && strings.HasSuffix(s.Name, ".docsPluginId")
	})
}
