package sitecheck

import (
	"path"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/markdown"
)

// What of a Docusaurus site a page belongs to. A link to a Markdown file leads within one of them.
const (
	docsContent  = "docs"
	blogContent  = "blog"
	pagesContent = "pages"
)

// contentFolder is where Docusaurus keeps what is no docs.
var contentFolder = map[string]string{blogContent: "blog", pagesContent: "src/pages"}

// addSites adds the site as it is built for each locale, the default one first.
func (c *checker) addSites() error {
	c.sites = []*site{c.docusaurusSite(c.survey, "")}
	if c.options.Locale != "" {
		return nil
	}
	for _, locale := range c.survey.Locales {
		o := c.options
		o.Locale = locale
		if locale == c.defaultLocale() {
			continue
		}
		survey, err := docsite.Look(c.survey.Root, o)
		if err != nil {
			return err
		}
		c.surveyFindings(survey)
		c.sites = append(c.sites, c.docusaurusSite(survey, locale))
	}
	return nil
}

func (c *checker) defaultLocale() string {
	if l, ok := c.config.text("i18n.defaultLocale"); ok {
		return l
	}
	return "en"
}

// docusaurusSite lists the addresses of the site in one locale; "" is the default one. Of a
// translated site only the links of translated files are judged: the others have been before.
func (c *checker) docusaurusSite(survey *docsite.Survey, locale string) *site {
	s := &site{
		checker: c, base: survey.Base, folders: survey.DocsFolders, survey: survey,
		sources: map[string]*page{}, routes: map[string]*page{}, drafts: map[string]bool{},
		taken: map[string]string{},
	}
	if locale != "" {
		s.base += locale + "/"
	}
	for _, d := range survey.Drafts {
		s.drafts[d.Path] = true
	}
	for _, listed := range slices.Concat(survey.Pages, survey.Hidden) {
		if listed.Locale != "" && locale == "" && listed.Locale != c.defaultLocale() &&
			c.options.Locale == "" {
			continue // its own site has it
		}
		p := c.page(listed)
		s.addPage(p)
		if locale == "" || strings.HasPrefix(p.path, "i18n/"+locale+"/") {
			s.judged = append(s.judged, p)
		}
	}
	s.addBlog(locale == "")
	s.addReactPages(locale == "")
	s.addOtherRoutes()
	return s
}

// page returns the page of a file. Another locale has an untranslated file at another address, with
// the same facts.
func (c *checker) page(listed docsite.Page) *page {
	route := routeOf(listed)
	p, ok := c.byPath[listed.Path]
	if !ok {
		return c.newPage(listed.Path, route, listed.Format, docsContent)
	}
	q := *p
	q.route = route
	return &q
}

// check judges the links of the site's pages.
func (s *site) check() {
	s.addTagRoutes()
	for _, p := range s.judged {
		s.checkPage(p)
	}
}

// checkPage judges the links of a page and of the parts that it imports.
func (s *site) checkPage(p *page) {
	s.eachPart(p, map[string]bool{}, func(part *page) {
		if part.read {
			s.checkLinks(p, part)
		}
	})
}

// checkLinks judges the links of a page, or of a part that it shows.
func (s *site) checkLinks(p, part *page) {
	for _, l := range part.links {
		s.links++
		if l.Image {
			s.checkImage(part, l)
		} else {
			s.checkLink(p, part, l)
		}
	}
	for _, t := range part.tags {
		s.checkTag(p, part, t)
	}
	for _, i := range part.imports {
		s.links++
		s.checkModule(part, i.From, i.Line)
	}
}

// checkLink judges a link in Markdown's syntax: it leads to a Markdown file, a file beside the page
// or of a static folder, or an address.
func (s *site) checkLink(p, part *page, l markdown.Link) {
	if l.Destination == "" {
		s.addf(s.markdownLevel("onBrokenMarkdownLinks", Warning), "empty-link", part.path, l.Line,
			"the link has no address; give it one")
		return
	}
	t, local := split(l.Destination)
	if !local {
		return
	}
	if isMarkdown(t.path) {
		s.checkMarkdownLink(part, l, t)
		return
	}
	ext := path.Ext(t.path)
	asset := ext != "" && ext != ".html"
	if (asset || strings.HasPrefix(t.path, "@site/")) && s.hasAsset(part.path, t.path) {
		return
	}
	s.checkAddress(p, part, l.Destination, l.Line, s.config.level("onBrokenLinks", Error))
}

// checkMarkdownLink judges a link to a Markdown file. One that is not found is left as it is, so it
// is a broken link of the built page, too.
func (s *site) checkMarkdownLink(part *page, l markdown.Link, t target) {
	target, ok := s.sourceOf(part, t.path)
	if ok {
		s.checkAnchor(part, target, t.anchor, l.Destination, l.Line)
		return
	}
	level := worse(s.markdownLevel("onBrokenMarkdownLinks", Warning), s.config.level("onBrokenLinks", Error))
	file, inside := join(path.Dir(part.path), decoded(t.path))
	switch {
	case !inside && s.survey.ConfigFile == "": // the site may be around the folder
	case s.drafts[file]:
		s.addf(level, "broken-link", part.path, l.Line,
			"the link %q leads to a draft, which the built site does not have", l.Destination)
	case s.tree.hasFile(file):
		s.addf(level, "broken-link", part.path, l.Line, "the link %q leads to %s, which is no page of the "+
			"%s; link to a page's address instead", l.Destination, file, part.content)
	default:
		s.addf(level, "broken-link", part.path, l.Line, "the link %q leads to no page%s",
			l.Destination, s.suggestFile(part, t.path))
	}
}

// checkAddress judges a link to an address of the site.
func (s *site) checkAddress(p, part *page, link string, line int, level Severity) {
	t, local := split(link)
	if !local {
		return
	}
	if t.path == "" {
		s.checkAnchor(part, p, t.anchor, link, line)
		return
	}
	if p.route == "" || !s.knowsAddresses(t.path) {
		return
	}
	address := resolve(p.route, s.withBase(t.path))
	found, there := s.find(address)
	switch {
	case there:
		s.checkAnchor(part, found, t.anchor, link, line)
	case !s.mayJudge(address):
	default:
		s.addf(level, "broken-link", part.path, line, "the link %q leads to %s, which is no page of the "+
			"site%s", link, address, s.suggestRoute(address))
	}
}

// knowsAddresses tells whether an address as it is written can be judged: without a configuration
// nobody knows where the docs are on the site.
func (s *site) knowsAddresses(written string) bool {
	return s.survey.ConfigFile != "" || s.options.BaseURL != "" || !strings.HasPrefix(written, "/")
}

// mayJudge tells whether an address that was not found can only be missing.
func (s *site) mayJudge(address string) bool {
	return s.survey.ConfigFile != "" || s.options.BaseURL != "" ||
		strings.HasPrefix(address, s.survey.DocsBase)
}

// checkAnchor judges the fragment of a link to a page.
func (s *site) checkAnchor(part, target *page, anchor, link string, line int) {
	if !s.hasAnchor(target, anchor) {
		s.addf(s.config.level("onBrokenAnchors", Warning), "broken-anchor", part.path, line,
			"the link %q leads to a heading or id that %s has not%s", link, target.path,
			suggestAnchor(s.pageAnchors(target), anchor))
	}
}

// hasAsset tells whether a link or image leads to a file: of the site's folder, of a static folder,
// or beside the page.
func (s *site) hasAsset(from, link string) bool {
	link = decoded(link)
	if rest, ok := strings.CutPrefix(link, "@site/"); ok {
		file, inside := join(".", rest)
		return !inside || s.tree.hasFile(file) || s.inLeftOut(file)
	}
	if strings.HasPrefix(link, "/") {
		return s.hasStatic(link)
	}
	file, inside := join(path.Dir(from), link)
	return !inside || s.tree.hasFile(file)
}

// hasStatic tells whether a static folder has a file.
func (s *site) hasStatic(link string) bool {
	for _, dir := range s.config.staticFolders() {
		if file, ok := join(dir, strings.TrimPrefix(link, "/")); ok && s.tree.hasFile(file) {
			return true
		}
	}
	return false
}

// checkImage judges an image in Markdown's syntax.
func (s *site) checkImage(part *page, l markdown.Link) {
	level := s.markdownLevel("onBrokenMarkdownImages", Error)
	if l.Destination == "" {
		s.addf(level, "empty-link", part.path, l.Line, "the image has no address; give it one")
		return
	}
	t, local := split(l.Destination)
	if !local || strings.HasPrefix(t.path, "/") && !s.knowsStatic() || s.hasAsset(part.path, t.path) {
		return
	}
	if l.Reference {
		level = Warning // a build looks only at images with their address in place
	}
	where := "beside the page"
	if strings.HasPrefix(t.path, "/") {
		where = "in a static folder"
	} else if strings.HasPrefix(t.path, "@site/") {
		where = "in the site's folder"
	}
	s.addf(level, "broken-image", part.path, l.Line, "the image %q is not there: no such file %s",
		l.Destination, where)
}

// knowsStatic tells whether the static folders are in what was given to check.
func (s *site) knowsStatic() bool { return s.survey.ConfigFile != "" || s.tree.hasFolder("static") }

// checkTag judges what a tag refers to. A build looks at Link alone; what plain HTML refers to is
// broken for readers all the same.
func (s *site) checkTag(p, part *page, t markdown.Tag) {
	for _, a := range t.Attributes {
		if a.Computed {
			for _, m := range requireCall.FindAllStringSubmatch(a.Value, -1) {
				s.links++
				s.checkModule(part, m[1], t.Line)
			}
		}
	}
	switch t.Name {
	case "Link":
		for _, name := range []string{"to", "href"} {
			if link, ok := t.Get(name); ok {
				s.links++
				link = strings.TrimPrefix(link, "pathname://")
				s.checkAddress(p, part, link, t.Line, s.config.level("onBrokenLinks", Error))
			}
		}
	case "a":
		if link, ok := t.Get("href"); ok && link != "" {
			s.links++
			if part.format == markdown.Markdown { // Docusaurus makes a Link of it
				s.checkAddress(p, part, link, t.Line, s.config.level("onBrokenLinks", Error))
			} else {
				s.checkHTMLLink(p, part, link, t.Line)
			}
		}
	case "img":
		if link, ok := t.Get("src"); ok && strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") {
			s.links++
			s.checkHTMLImage(part, link, t.Line)
		}
	}
}

// checkHTMLLink judges a plain <a>, whose address the browser resolves.
func (s *site) checkHTMLLink(p, part *page, link string, line int) {
	t, local := split(link)
	if !local {
		return
	}
	if strings.HasPrefix(t.path, "/") {
		rest, ok := strings.CutPrefix(t.path, s.base)
		switch {
		case !s.knowsAddresses(t.path), ok && s.hasStatic(rest):
			return
		case !ok:
			s.warnf("broken-link", part.path, line, "the link %q of a plain <a> is outside of the site, "+
				"whose base URL is %s; write it as [text](%s)", link, s.base, link)
			return
		}
	}
	s.checkAddress(p, part, link, line, Warning)
}

// checkHTMLImage judges a plain <img> with an address from the root of the server.
func (s *site) checkHTMLImage(part *page, link string, line int) {
	t, _ := split(link)
	rest, ok := strings.CutPrefix(t.path, s.base)
	if s.survey.ConfigFile == "" || ok && s.hasStatic(decoded(rest)) {
		return
	}
	s.warnf("broken-image", part.path, line, "the image %q of a plain <img> is not there: no static folder "+
		"has it below the base URL %s; write it as ![text](...)", link, s.base)
}

// checkModule judges the name of a module that a page imports.
func (s *site) checkModule(part *page, name string, line int) {
	if _, ok := s.moduleFile(part.path, name); !ok {
		s.errorf("broken-import", part.path, line, "%q is imported, but there is no such file", name)
	}
}

// markdownLevel is the level of a setting of markdown.hooks, which once stood at the top.
func (s *site) markdownLevel(name string, standard Severity) Severity {
	if _, ok := s.config.get("markdown.hooks." + name); ok {
		return s.config.level("markdown.hooks."+name, standard)
	}
	return s.config.level(name, standard)
}

// worse returns the worse of two severities.
func worse(x, y Severity) Severity {
	switch {
	case x == Error || y == Error:
		return Error
	case x == Warning || y == Warning:
		return Warning
	}
	return ""
}
