package docsite

import (
	"path"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

// Where Docusaurus keeps its docs, below the folder of the site.
const (
	docsDir       = "docs"
	versionedDocs = "versioned_docs"
	versionPrefix = "version-"
	i18nDir       = "i18n"
	i18nDocs      = "docusaurus-plugin-content-docs"
	current       = "current"
)

// isDoc accepts what Docusaurus reads by default: *.md and *.mdx.
func isDoc(name string) bool { return hasExt(name, ".md", ".mdx") }

// docsVersion is one version of the docs of a Docusaurus site.
type docsVersion struct {
	name    string   // "" for the current one
	dir     string   // of its files, below the opened folder
	below   string   // where dir lies in the version's docs folder; "" when it is that folder
	path    string   // below routeBasePath
	sources []string // its files, below dir
	// translated holds, for each locale, the translation of each source that has one.
	translated map[string]map[string]string
	labels     map[labelKey]string
	indexes    map[string]string // the source that stands for a top-level folder; see label.go
}

// i18nName is the name of the version's folder of translations.
func (v *docsVersion) i18nName() string {
	if v.name == "" {
		return current
	}
	return versionPrefix + v.name
}

// docusaurusSite is what is known of the site before its pages are read.
type docusaurusSite struct {
	place
	origin, base  string
	route         string
	defaultLocale string
	versions      []*docsVersion
	// translations are the locales that have a folder of translated docs; none when the opened
	// folder is not the whole site.
	translations []string
}

// docusaurus lists the pages of a Docusaurus site, or of one of its docs folders.
func (b *builder) docusaurus() error {
	place := locate(b.dir)
	if place.problem != nil {
		b.problems = append(b.problems, *place.problem)
	}
	if docs, ok := place.config.docs("path"); ok && place.whole && path.Clean(docs) != place.docs {
		return book.Errorf(book.Invalid, "the site keeps its docs in %q, outside of its folder; "+
			"give that folder, with the kind docusaurus and the site's base URL", docs)
	}
	site, err := b.settleSite(place)
	if err != nil {
		return err
	}
	if place.whole {
		b.findVersions(site, place)
		if err := b.checkLocale(site); err != nil {
			return err
		}
	} else {
		site.versions = []*docsVersion{b.placedVersion(place)}
	}
	b.docusaurusSite = site
	locale := b.options.Locale
	if locale == "" {
		locale = place.locale
	}
	if locale == "" {
		locale = site.defaultLocale
	}
	for _, v := range site.versions {
		v.sources = b.listDocs(v.dir)
		slices.Sort(v.sources)
		b.addVersion(site, v, locale, false)
		if b.options.Locale != "" {
			continue
		}
		for _, other := range site.translations {
			if other != locale {
				b.addVersion(site, v, other, true)
			}
		}
	}
	return nil
}

// settleSite settles what options, configuration file and Docusaurus' defaults say.
func (b *builder) settleSite(place place) (*docusaurusSite, error) {
	s := &docusaurusSite{place: place, route: docsDir, defaultLocale: "en"}
	base := b.options.BaseURL
	if base == "" {
		base = place.config.baseURL()
	}
	var err error
	if s.origin, s.base, err = splitBase(base); err != nil {
		return nil, err
	}
	if route, ok := place.config.docs("routeBasePath"); ok {
		s.route = route
	}
	if b.options.RouteBasePath != "" {
		s.route = b.options.RouteBasePath
	}
	if locale := place.config["i18n.defaultLocale"]; localeName.MatchString(locale) {
		s.defaultLocale = locale
	}
	return s, nil
}

// findVersions finds the versions and translations of the site whose root is the opened folder.
func (b *builder) findVersions(s *docusaurusSite, place place) {
	names, last := b.versionNames(place)
	if v, ok := place.config.docs("includeCurrentVersion"); !ok || v != "false" {
		s.versions = append(s.versions, &docsVersion{dir: place.docs, path: b.currentPath(place, last)})
	}
	for _, name := range names {
		s.versions = append(s.versions, &docsVersion{
			name: name, dir: path.Join(versionedDocs, versionPrefix+name),
			path: versionPath(place, name, last),
		})
	}
	for _, e := range b.folders(i18nDir) {
		if localeName.MatchString(e) && len(b.folders(path.Join(i18nDir, e, i18nDocs))) > 0 {
			s.translations = append(s.translations, e)
		}
	}
}

// checkLocale refuses a locale that the site has no folder of: every page would be ingested a second
// time, in the default language.
func (b *builder) checkLocale(s *docusaurusSite) error {
	wanted, there := b.options.Locale, b.folders(i18nDir)
	if wanted == "" || wanted == s.defaultLocale || slices.Contains(there, wanted) {
		return nil
	}
	if !slices.Contains(there, s.defaultLocale) {
		there = append([]string{s.defaultLocale}, there...)
	}
	return book.Errorf(book.Invalid, "the site has no locale %q; it has %s", wanted,
		strings.Join(there, ", "))
}

// listDocs returns the files below dir that Docusaurus builds, as paths below dir.
func (b *builder) listDocs(dir string) []string {
	var sources []string
	for _, p := range b.list(dir, isDoc) {
		source := below(dir, p)
		if isPartial(source) {
			b.skip(p, "Docusaurus builds no page of a file or folder whose name starts with \"_\"")
			continue
		}
		sources = append(sources, source)
	}
	return sources
}

// isPartial tells whether a segment of the path starts with "_".
func isPartial(source string) bool {
	return strings.HasPrefix(source, "_") || strings.Contains(source, "/_")
}

// below returns p, a path in dir, as a path below dir.
func below(dir, p string) string {
	if dir == "." {
		return p
	}
	return strings.TrimPrefix(p, dir+"/")
}

// addVersion adds the pages of a version in one locale. A translated file stands for the file of
// the same path in the docs; translatedOnly leaves out what has no translation.
func (b *builder) addVersion(
	s *docusaurusSite, v *docsVersion, locale string, translatedOnly bool,
) {
	b.findTranslations(s, v, locale)
	base := joinURL("", s.localeBase(locale), s.route, v.path)
	for _, source := range v.sources {
		if _, ok := v.translated[locale][source]; ok || !translatedOnly {
			b.addDoc(s, v, locale, base, source)
		}
	}
}

// findTranslations fills v.translated for one locale.
func (b *builder) findTranslations(s *docusaurusSite, v *docsVersion, locale string) {
	dir := path.Join(i18nDir, locale, i18nDocs, v.i18nName())
	if !slices.Contains(s.translations, locale) ||
		!slices.Contains(b.folders(path.Dir(dir)), path.Base(dir)) {
		return
	}
	files := make(map[string]string)
	for _, source := range b.listDocs(dir) {
		file := path.Join(dir, source)
		if _, found := slices.BinarySearch(v.sources, source); !found {
			b.skip(file, "it translates no page; Docusaurus builds what the docs folder holds")
			continue
		}
		files[source] = file
	}
	if v.translated == nil {
		v.translated = make(map[string]map[string]string)
	}
	v.translated[locale] = files
}

// file returns where the page of a source is read from in a locale.
func (v *docsVersion) file(locale, source string) string {
	if file, ok := v.translated[locale][source]; ok {
		return file
	}
	return path.Join(v.dir, source)
}

// addDoc adds the page of one source, whose URL is its slug below base.
func (b *builder) addDoc(s *docusaurusSite, v *docsVersion, locale, base, source string) {
	file := v.file(locale, source)
	source = path.Join(v.below, source)
	h, err := b.readHead(file)
	if err != nil {
		b.fail(file, err)
		return
	}
	id, slug, idErr := docIdentity(source, docMatter{
		id: h.str("id"), slug: h.str("slug"),
		keepPrefixes: h.is("parse_number_prefixes", false) || s.keepPrefixes(),
	})
	if idErr != nil && !h.is("draft", true) {
		b.fail(file, idErr)
		return
	}
	p := Page{
		DocID: id, Path: file, Title: h.title(source), URL: s.pageURL(locale, joinURL("", base, slug)),
		Locale: locale, Version: v.name, Format: docFormat(h, s.config["markdown.format"], file),
	}
	if v.name != "" {
		p.DocID = versionPrefix + v.name + "/" + p.DocID
	}
	if locale != s.defaultLocale {
		p.DocID = locale + "/" + p.DocID
	}
	if p.Chapter = b.label(s, v, locale, source); p.Chapter == "" {
		p.Chapter = p.Title
	}
	switch {
	case h.is("draft", true):
		b.skip(file, "a draft; Docusaurus does not build it")
		b.drafts = append(b.drafts, p)
	case h.is("unlisted", true):
		b.skip(file, "unlisted: the site has the page, but it is not to be found")
		b.hidden = append(b.hidden, p)
	default:
		b.pages = append(b.pages, p)
	}
}

// keepPrefixes tells whether the site keeps number prefixes everywhere.
func (s *docusaurusSite) keepPrefixes() bool {
	keep, _ := s.config.docs("numberPrefixParser")
	return keep == "false"
}

// localeBase returns the path of the site's front page in a locale.
func (s *docusaurusSite) localeBase(locale string) string {
	if locale == s.defaultLocale {
		return s.base
	}
	return joinURL("", s.base, locale, "/")
}

// pageURL returns the address of the page with path p. Its slash at the end is as trailingSlash
// asks for, but for the front page.
func (s *docusaurusSite) pageURL(locale, p string) string {
	if p != "/" && p != s.localeBase(locale) {
		switch s.config["trailingSlash"] {
		case "true":
			p = strings.TrimSuffix(p, "/") + "/"
		case "false":
			p = strings.TrimSuffix(p, "/")
		}
	}
	return s.origin + p
}

// docFormat returns the language of a page: what it says itself, else what the site says, else
// MDX, also for .md.
func docFormat(h head, siteFormat, file string) markdown.Format {
	if mdx, ok := h.matter["mdx"].(map[string]any); ok {
		if format := (head{matter: mdx}).str("format"); format != "" {
			siteFormat = format
		}
	}
	if siteFormat == "md" || siteFormat == "detect" && path.Ext(file) == ".md" {
		return markdown.Markdown
	}
	return markdown.MDX
}
