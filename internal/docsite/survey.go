package docsite

import (
	"path"
	"path/filepath"
)

// Survey is what a check of a folder wants to know of it: more than Site, and of folders that Open
// refuses.
type Survey struct {
	Site
	// Root is the absolute path of the site's folder, which Paths are below: the opened folder, or
	// the one around it that has the Docusaurus configuration. Opened is where the opened folder
	// lies in it, "." for itself. Of a single file Root is its folder and Opened its name.
	Root, Opened string
	Single       bool // the opened one is a file
	// ConfigFile is the Docusaurus configuration, below Root; "" without one.
	ConfigFile string
	// Hidden are pages that the built site has and that Lectern leaves out: unlisted ones. Drafts
	// are those that the built site has not either.
	Hidden, Drafts []Page
	// Duplicates are pages whose doc_id an earlier one has; they are not in Pages.
	Duplicates [][2]Page
	// DocsFolders are where the docs of each version are (Docusaurus).
	DocsFolders []DocsFolder
	// Locales are the locales that the site has translated docs of.
	Locales []string
	// Source is the folder of the book's pages (MDBook).
	Source string
	// Base is the path of the site's front page, and DocsBase that of the docs below it, in the
	// default locale (Docusaurus). Both start and end with "/".
	Base, DocsBase string
}

// DocsFolder is the folder of one version of the docs.
type DocsFolder struct {
	Version string // empty for the current one
	Dir     string // below Root
	// Translated is the folder of its translations into the locale that was asked for, or "".
	Translated string
	Base       string // path of the version's pages; it ends with "/"
}

// Look surveys dir. Of a folder or file inside a Docusaurus site it surveys the whole site.
//
// Errors are those of Open, without Conflict; a folder without pages is no error.
func Look(dir string, o Options) (*Survey, error) {
	b, done, err := newBuilder(dir, o)
	if err != nil {
		return nil, err
	}
	defer func() { done() }()
	opened, single := ".", b.only != ""
	if single {
		opened = b.only
	}
	if root := siteAround(b); root != "" {
		rel, err := filepath.Rel(root, filepath.Join(b.dir, opened))
		if err != nil {
			return nil, unreadable(err, dir)
		}
		opened, single = filepath.ToSlash(rel), false
		done()
		o.Kind = Docusaurus
		if b, done, err = newBuilder(root, o); err != nil {
			return nil, err
		}
	}
	if err := b.build(); err != nil {
		return nil, err
	}
	pages, duplicates := b.distinct()
	s := &Survey{
		Site: *b.site(pages), Root: b.dir, Opened: opened, Single: single,
		Hidden: b.hidden, Drafts: b.drafts, Duplicates: duplicates,
	}
	if s.Kind == MDBook {
		s.Source, _ = bookSource(b.root)
	}
	if b.docusaurusSite != nil {
		s.describe(b.docusaurusSite, o.Locale)
	}
	return s, nil
}

// siteAround returns the folder of the Docusaurus site that a builder's folder or file lies in, ""
// where there is none or the folder is another kind of book.
func siteAround(b *builder) string {
	root, name := configFolder(b.dir)
	asked := b.options.Kind
	if name == "" || root == b.dir && b.only == "" {
		return ""
	}
	if asked == Docusaurus || b.only != "" || asked == "" && detect(b.root, b.dir) == Docusaurus {
		return root
	}
	return ""
}

// describe fills in what only a Docusaurus site has.
func (s *Survey) describe(site *docusaurusSite, locale string) {
	if site.name != "" {
		s.ConfigFile = site.name
	}
	s.Base = site.base
	s.DocsBase = joinURL("", site.base, site.route, "/")
	s.Locales = site.translations
	if locale == "" {
		locale = site.defaultLocale
	}
	for _, v := range site.versions {
		folder := DocsFolder{
			Version: v.name, Dir: v.dir,
			Base: joinURL("", site.localeBase(locale), site.route, v.path, "/"),
		}
		if len(v.translated[locale]) > 0 {
			folder.Translated = path.Join(i18nDir, locale, i18nDocs, v.i18nName())
		}
		s.DocsFolders = append(s.DocsFolders, folder)
	}
}
