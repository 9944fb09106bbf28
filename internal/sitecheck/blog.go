package sitecheck

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/markdown"
)

// postDate finds the date in the name of a blog post's file (@docusaurus/plugin-content-blog:
// parseBlogFileName).
var postDate = regexp.MustCompile(
	`^(.*?)([0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2})[-/]?(.*?)(?:/index)?\.mdx?$`)

// addBlog adds the posts of the blog, which are pages of the site and no documents.
func (s *site) addBlog(judged bool) {
	if off, ok := s.config.text("presets.blog"); ok && off == "false" {
		return
	}
	dir := s.config.textOr("presets.blog.path", "blog")
	base := s.address(s.config.textOr("presets.blog.routeBasePath", "blog"))
	posts := s.markdownBelow(dir)
	if len(posts) == 0 {
		return
	}
	s.routes[base] = nil
	s.taken[base] = dir
	for _, more := range []string{"tags", "page", "archive", "authors"} {
		s.open = append(s.open, strings.TrimSuffix(base, "/")+"/"+more+"/")
	}
	for _, file := range posts {
		matter := s.frontMatter(file)
		slug := postSlug(strings.TrimPrefix(file, dir+"/"))
		if written, ok := matter["slug"].(string); ok && written != "" {
			slug = written
		}
		if isTrue(matter["draft"]) {
			s.drafts[file] = true
			continue
		}
		below := strings.TrimPrefix(base, s.base)
		s.addContent(file, s.address(path.Join(below, slug)+slashOf(slug)), blogContent, judged)
	}
}

// postSlug is the address of a post below the blog.
func postSlug(file string) string {
	if m := postDate.FindStringSubmatch(file); m != nil {
		return "/" + strings.ReplaceAll(m[2], "-", "/") + "/" + m[1] + m[3]
	}
	file = strings.TrimSuffix(file, path.Ext(file))
	return "/" + strings.TrimSuffix(file, "/index")
}

// addContent adds a Markdown page that is no document.
func (s *site) addContent(file, route, content string, judged bool) {
	p, known := s.byPath[file]
	if !known {
		p = s.newPage(file, route, s.format(file), content)
	} else {
		q := *p
		q.route = route
		p = &q
	}
	s.addPage(p)
	if judged {
		s.judged = append(s.judged, p)
	}
}

// format is the language of a Markdown file that is no document.
func (c *checker) format(file string) markdown.Format {
	format, _ := c.config.text("markdown.format")
	if format == "md" || format == "detect" && path.Ext(file) == ".md" {
		return markdown.Markdown
	}
	return markdown.MDX
}

// frontMatter returns the front matter of a page; what is wrong with it is reported when the page
// is read.
func (c *checker) frontMatter(file string) map[string]any {
	src, problem := c.readFile(file, markdown.MaxSourceBytes)
	if problem != nil {
		return nil
	}
	matter, _, err := markdown.SplitFrontMatter(src)
	if err != nil {
		return nil
	}
	return matter
}

// markdownBelow returns the Markdown files in a folder that Docusaurus makes pages of.
func (c *checker) markdownBelow(dir string) []string {
	return slices.DeleteFunc(c.tree.below(dir), func(p string) bool {
		return !isMarkdown(p) || isPartial(strings.TrimPrefix(p, dir+"/"))
	})
}

// isPartial tells whether Docusaurus leaves a file out: for a name that starts with "_", and tests.
func isPartial(p string) bool {
	return strings.HasPrefix(p, "_") || strings.Contains(p, "/_") || strings.Contains(p, ".test.") ||
		strings.Contains(p, "__tests__")
}

// addReactPages adds what is in src/pages.
func (s *site) addReactPages(judged bool) {
	if off, ok := s.config.text("presets.pages"); ok && off == "false" {
		return
	}
	dir := s.config.textOr("presets.pages.path", contentFolder[pagesContent])
	for _, file := range s.tree.below(dir) {
		rest := strings.TrimPrefix(file, dir+"/")
		ext := path.Ext(file)
		if isPartial(rest) || strings.HasSuffix(file, ".d.ts") ||
			!slices.Contains([]string{".js", ".jsx", ".ts", ".tsx", ".md", ".mdx"}, ext) {
			continue
		}
		name := strings.TrimSuffix(rest, ext)
		if path.Base(name) == "index" {
			name = strings.TrimSuffix(name, "index")
		}
		if isMarkdown(file) {
			s.addContent(file, s.address(name), pagesContent, judged)
			continue
		}
		route := s.address(name)
		if other, twice := s.taken[route]; twice {
			s.addf(s.config.level("onDuplicateRoutes", Warning), "duplicate-route", file, 0,
				"the address %s is that of %s already; rename one of them", route, other)
		}
		s.taken[route] = file
		s.routes[route] = nil
	}
}

// address puts the site's path in front of one below it. Its slash at the end is as trailingSlash
// asks for.
func (s *site) address(below string) string {
	name := strings.Trim(below, "/")
	slash, set := s.config.text("trailingSlash")
	switch {
	case !set || name == "":
		return s.base + name + slashOf(below)
	case slash == "true":
		return s.base + name + "/"
	}
	return s.base + name
}

// slashOf keeps the slash at the end of a path.
func slashOf(p string) string {
	if strings.HasSuffix(p, "/") && strings.Trim(p, "/") != "" {
		return "/"
	}
	return ""
}

// addOtherRoutes adds what plugins and sidebars make.
func (s *site) addOtherRoutes() {
	s.routes[s.base+"404.html"] = nil
	for _, f := range s.folders {
		s.addCategories(f)
	}
	if s.config.has("themeConfig.algolia") || s.config.hasPlugin("search") {
		s.routes[s.base+"search"] = nil
	}
	for _, plugin := range s.config.contentPlugins() {
		s.open = append(s.open, strings.TrimSuffix(s.address(plugin), "/")+"/")
	}
	s.everything = s.survey.ConfigFile != "" && (s.config.unread || s.config.hasUnknownPlugin())
}

// addTagRoutes adds the pages of tags, if a page has tags.
func (s *site) addTagRoutes() {
	for _, p := range s.sources {
		if p.tagged && p.content == docsContent {
			for _, f := range s.folders {
				s.open = append(s.open, f.Base+"tags/")
			}
			return
		}
	}
}

// category is what a _category_ file says.
type category struct {
	Label string `yaml:"label"`
	Link  struct {
		Type string `yaml:"type"`
		Slug string `yaml:"slug"`
	} `yaml:"link"`
}

// addCategories adds the generated index pages of one version of the docs: those of _category_
// files, and what a sidebars file may make.
func (s *site) addCategories(f docsite.DocsFolder) {
	slugs := map[string]int{}
	for _, file := range s.tree.below(f.Dir) {
		if !strings.HasPrefix(path.Base(file), "_category_.") {
			continue
		}
		var c category
		src, err := s.root.ReadFile(filepath.FromSlash(file))
		if err != nil || yaml.Unmarshal(src, &c) != nil && json.Unmarshal(src, &c) != nil ||
			c.Link.Type != "generated-index" {
			continue
		}
		slug := c.Link.Slug
		if slug == "" {
			label := c.Label
			if label == "" {
				label = path.Base(path.Dir(file))
			}
			slug = markdown.Slug(label)
			n := slugs[slug]
			slugs[slug]++
			if n > 0 {
				slug = fmt.Sprintf("%s-%d", slug, n)
			}
			slug = "category/" + slug
		}
		s.routes[f.Base+strings.TrimPrefix(slug, "/")] = nil
	}
	s.addSidebars(f)
}

// addSidebars adds the generated index pages that a sidebars file names. Where it is more than a
// literal, any page may be made.
func (s *site) addSidebars(f docsite.DocsFolder) {
	src, ok := s.sidebars(f)
	if !ok {
		return
	}
	settings, read := docsite.ReadConfig(src)
	if !read || s.config.has("presets.docs.sidebarItemsGenerator") ||
		strings.Contains(src, "require(") || strings.Contains(src, "import ") &&
		!strings.Contains(src, "import type") {
		s.open = append(s.open, f.Base)
		return
	}
	for _, setting := range settings {
		last := setting.Name[strings.LastIndexByte(setting.Name, '.')+1:]
		switch {
		case last == "slug" && setting.Value != "":
			s.routes[f.Base+strings.TrimPrefix(setting.Value, "/")] = nil
		case last == "type" && setting.Value == "generated-index":
			s.open = append(s.open, f.Base+"category/")
		}
	}
}

// sidebars returns the sidebars file of a version.
func (s *site) sidebars(f docsite.DocsFolder) (string, bool) {
	names := []string{"sidebars.js", "sidebars.ts", "sidebars.json", "sidebars.cjs", "sidebars.mjs"}
	if written, ok := s.config.text("presets.docs.sidebarPath"); ok {
		names = []string{path.Clean(written)}
	}
	if f.Version != "" {
		names = []string{"versioned_sidebars/version-" + f.Version + "-sidebars.json"}
	}
	for _, name := range names {
		if s.tree.hasFile(name) {
			src, err := s.root.ReadFile(filepath.FromSlash(name))
			return string(src), err == nil
		}
	}
	return "", false
}
