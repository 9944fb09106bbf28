package sitecheck

import (
	"net/url"
	"path"
	"strings"

	"github.com/lectern-project/lectern/internal/docsite"
)

// site is a Docusaurus site as it is built for one locale.
type site struct {
	*checker
	base    string               // path of its front page; it ends with "/"
	folders []docsite.DocsFolder // of the docs
	survey  *docsite.Survey
	judged  []*page           // pages whose links are judged in this build
	sources map[string]*page  // pages by file
	routes  map[string]*page  // pages by address; nil for addresses of no single file
	drafts  map[string]bool   // files of drafts
	taken   map[string]string // address -> file, for duplicates
	// open are beginnings of addresses below which anything may be; everything is a page that the
	// check cannot know about.
	open       []string
	everything bool
	// names are the files and addresses by their last segment; "" where several have it.
	fileNames, routeNames map[string]string
}

// addPage makes a page of the site reachable at its address.
func (s *site) addPage(p *page) {
	s.sources[p.path] = p
	if other, twice := s.taken[p.route]; twice {
		s.addf(s.config.level("onDuplicateRoutes", Warning), "duplicate-route", p.path, 0,
			"the address %s is that of %s already; give one of them another slug or name", p.route, other)
		return
	}
	s.taken[p.route] = p.path
	s.routes[p.route] = p
}

// find returns the page at an address, which may be percent-encoded and may or may not end with a
// slash, as in Docusaurus. The page is nil where the address is there, but is no page of a file.
func (s *site) find(address string) (p *page, there bool) {
	for _, a := range []string{address, decoded(address)} {
		for _, variant := range []string{a, strings.TrimSuffix(a, "/"), a + "/"} {
			if p, ok := s.routes[variant]; ok {
				return p, true
			}
		}
	}
	for _, beginning := range s.open {
		if strings.HasPrefix(address+"/", beginning) {
			return nil, true
		}
	}
	return nil, s.everything && !s.inDocs(address)
}

// inDocs tells whether an address can only be one of the docs.
func (s *site) inDocs(address string) bool {
	docs := s.survey.DocsBase
	return docs != s.survey.Base && strings.HasPrefix(s.survey.Base+strings.TrimPrefix(address, s.base), docs)
}

// decoded takes percent-encoding off; what is not well encoded stays as it is.
func decoded(address string) string {
	if d, err := url.PathUnescape(address); err == nil {
		return d
	}
	return address
}

// withBase puts the site's path in front of an address that starts with a slash, as Docusaurus'
// Link does: unless it is there already.
func (s *site) withBase(address string) string {
	switch {
	case !strings.HasPrefix(address, "/"):
		return address
	case address == strings.TrimSuffix(s.base, "/"):
		return s.base
	case strings.HasPrefix(address, s.base):
		return address
	}
	return s.base + strings.TrimPrefix(address, "/")
}

// target is a link taken apart.
type target struct {
	path   string // as written, without query and fragment
	anchor string
	hashed bool // it has a fragment
}

// split takes a link apart; local is false for one with a scheme or a host.
func split(link string) (t target, local bool) {
	if strings.HasPrefix(link, "//") || scheme(link) != "" {
		return target{}, false
	}
	t.path, t.anchor, t.hashed = strings.Cut(link, "#")
	t.path, _, _ = strings.Cut(t.path, "?")
	return t, true
}

// scheme returns the scheme of a link, or "".
func scheme(link string) string {
	i := strings.IndexByte(link, ':')
	if i <= 0 {
		return ""
	}
	for j, r := range link[:i] {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (j == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return ""
		}
	}
	return link[:i]
}

// resolve returns where a link on the page at an address leads, as a browser does it.
func resolve(address, link string) string {
	switch {
	case link == "":
		return address
	case strings.HasPrefix(link, "/"):
		address = ""
	default:
		address = address[:strings.LastIndexByte(address, '/')+1]
	}
	var kept []string
	segments := strings.Split(address+link, "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		switch segment {
		case ".":
		case "..":
			if len(kept) > 1 {
				kept = kept[:len(kept)-1]
			}
		default:
			kept = append(kept, segment)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return strings.Join(kept, "/")
}

// hasAnchor tells whether a page has an id, or may have.
func (s *site) hasAnchor(p *page, anchor string) bool {
	if anchor == "" || p == nil || !p.read {
		return true
	}
	for _, a := range []string{anchor, decoded(anchor)} {
		if s.pageAnchors(p)[a] {
			return true
		}
	}
	return s.isOpaque(p, map[string]bool{}) || s.config.is("markdown.anchors.maintainCase")
}

// pageAnchors returns the ids of a page and of the parts that it imports.
func (s *site) pageAnchors(p *page) map[string]bool {
	if parts := s.partsOf(p); len(parts) == 0 {
		return p.anchors
	}
	all := map[string]bool{}
	s.eachPart(p, map[string]bool{}, func(part *page) {
		for a := range part.anchors {
			all[a] = true
		}
	})
	return all
}

// isOpaque tells whether a page or one of its parts may have ids that no text shows.
func (s *site) isOpaque(p *page, seen map[string]bool) bool {
	opaque := false
	s.eachPart(p, seen, func(part *page) { opaque = opaque || part.opaque || !part.read })
	return opaque
}

// eachPart calls do for a page and all parts that it imports, each once.
func (s *site) eachPart(p *page, seen map[string]bool, do func(*page)) {
	if seen[p.path] {
		return
	}
	seen[p.path] = true
	do(p)
	for _, file := range s.partsOf(p) {
		if part := s.part(file); part != nil {
			s.eachPart(part, seen, do)
		}
	}
}

// part returns what was read of an imported Markdown file.
func (s *site) part(file string) *page {
	if p, ok := s.sources[file]; ok {
		return p
	}
	if p, ok := s.byPath[file]; ok {
		return p
	}
	return s.parts[file]
}

// contentFolders returns the folders that a link such as "file.md" on a page of the docs may start
// from, apart from the page's own.
func (s *site) contentFolders(p *page) []string {
	if p.content != docsContent {
		return []string{contentFolder[p.content], "."}
	}
	for _, f := range s.folders {
		for _, dir := range []string{f.Translated, f.Dir} {
			if dir != "" && strings.HasPrefix(p.path, dir+"/") {
				if f.Translated == "" {
					return []string{f.Dir, "."}
				}
				return []string{f.Translated, f.Dir, "."}
			}
		}
	}
	return []string{"."}
}

// sourceOf returns the page that a link to a Markdown file means: see Docusaurus'
// resolveMarkdownLinkPathname.
func (s *site) sourceOf(p *page, link string) (*page, bool) {
	link = decoded(link)
	var folders []string
	switch {
	case strings.HasPrefix(link, "@site/"):
		folders, link = []string{"."}, strings.TrimPrefix(link, "@site/")
	case strings.HasPrefix(link, "/"):
		folders = s.contentFolders(p)
	case strings.HasPrefix(link, "./"), strings.HasPrefix(link, "../"):
		folders = []string{path.Dir(p.path)}
	default:
		folders = append([]string{path.Dir(p.path)}, s.contentFolders(p)...)
	}
	for _, folder := range folders {
		if file, ok := join(folder, link); ok {
			if target, ok := s.sources[file]; ok && target.content == p.content {
				return target, true
			}
		}
	}
	return nil, false
}
