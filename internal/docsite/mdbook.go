package docsite

import (
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

const (
	summaryFile = "SUMMARY.md"
	bookFile    = "book.toml"
)

// mdbook lists the chapters of an mdBook book: what SUMMARY.md names, and nothing else.
func (b *builder) mdbook() error {
	src, ok := bookSource(b.root)
	if !ok {
		return book.Errorf(book.Invalid, "the folder has no %s, neither directly nor in src; give "+
			"the folder of an mdBook book, or name another kind of site", summaryFile)
	}
	summary, err := b.readSmall(path.Join(src, summaryFile))
	if err != nil {
		return err
	}
	config, err := bookConfig(b.root)
	if err != nil {
		b.fail(bookFile, err)
	}
	base := b.options.BaseURL
	if base == "" {
		base = bookBase(config)
	}
	origin, base, baseErr := splitBase(base)
	if baseErr != nil {
		return baseErr
	}
	locale := b.options.Locale
	if locale == "" && localeName.MatchString(config["book.language"]) {
		locale = config["book.language"]
	}
	entries, err := parseSummary(summary)
	if err != nil {
		return err
	}
	listed := map[string]bool{path.Join(src, summaryFile): true}
	for _, e := range entries {
		if e.path == "" {
			b.skip(path.Join(src, summaryFile), "the draft chapter \""+e.title+"\" has no page")
			continue
		}
		p, err := b.chapterFile(src, e)
		if err != nil {
			b.fail(e.path, err)
			continue
		}
		if listed[p] {
			continue
		}
		listed[p] = true
		b.addChapter(src, p, e, locale, joinURL(origin, base, chapterURL(below(src, p))))
	}
	for _, p := range b.list(src, isPlainPage) {
		if !listed[p] && strings.HasSuffix(strings.ToLower(p), ".md") {
			b.skip(p, summaryFile+" does not list it; mdBook does not build it")
		}
	}
	return nil
}

// chapterFile returns the file of an entry of SUMMARY.md, as a path below the opened folder.
func (b *builder) chapterFile(src string, e summaryEntry) (string, *book.Error) {
	p, inside := chapterPath(src, strings.ReplaceAll(e.path, "%20", " "))
	if decoded, err := url.PathUnescape(e.path); err == nil && inside && !b.isRegular(p) {
		if q, ok := chapterPath(src, decoded); ok && b.isRegular(q) {
			p = q
		}
	}
	if !inside {
		return "", book.Errorf(book.Invalid, "%s lists %q, which is not below its folder; "+
			"move the page there or take it off the list", summaryFile, e.path)
	}
	info, err := b.root.Stat(filepath.FromSlash(p))
	if err != nil {
		failure := unreadable(err, p)
		failure.Message = summaryFile + " lists a page, but " + failure.Message
		return "", failure
	}
	if !info.Mode().IsRegular() {
		return "", book.Errorf(book.Invalid, "%s lists %q, which is no file; "+
			"name the page itself", summaryFile, e.path)
	}
	return p, nil
}

// chapterPath resolves a path that SUMMARY.md in src names; false if it leads out of src.
func chapterPath(src, written string) (string, bool) {
	rel := path.Clean(written)
	if !fs.ValidPath(rel) {
		return "", false
	}
	return path.Join(src, rel), true
}

func (b *builder) isRegular(p string) bool {
	info, err := b.root.Stat(filepath.FromSlash(p))
	return err == nil && info.Mode().IsRegular()
}

// addChapter adds the page of one entry of SUMMARY.md.
func (b *builder) addChapter(src, p string, e summaryEntry, locale, pageURL string) {
	title := e.title
	h, err := b.readHead(p)
	if err != nil {
		b.fail(p, err)
		return
	}
	if title == "" {
		title = h.title(p)
	}
	page := Page{
		DocID: below(src, p), Path: p, Title: title, Chapter: e.part, URL: pageURL,
		Locale: locale, Format: markdown.MDBook,
	}
	if page.Chapter == "" {
		page.Chapter = e.top
	}
	if page.Chapter == "" {
		page.Chapter = title
	}
	b.pages = append(b.pages, page)
}

// chapterURL returns the path of a chapter's page: README.md becomes index.html.
func chapterURL(p string) string {
	stem := strings.TrimSuffix(p, path.Ext(p))
	if dir, name := path.Split(stem); strings.EqualFold(name, "readme") {
		stem = dir + "index"
	}
	return stem + ".html"
}

// bookSource returns the folder that holds SUMMARY.md: the root, or the book's source folder.
func bookSource(root *os.Root) (string, bool) {
	config, _ := bookConfig(root)
	dirs := []string{config["book.src"], "src", "."}
	for _, dir := range dirs {
		if dir = path.Clean(dir); !fs.ValidPath(dir) {
			continue
		}
		info, err := root.Stat(filepath.FromSlash(path.Join(dir, summaryFile)))
		if err == nil && info.Mode().IsRegular() {
			return dir, true
		}
	}
	return "", false
}

// bookBase returns the base URL that book.toml gives: the path that the book is served under.
func bookBase(config map[string]string) string {
	base := config["output.html.site-url"]
	if _, _, err := splitBase(base); err != nil {
		return "/"
	}
	return base
}

var (
	tomlTable = regexp.MustCompile(`^\[([^\[\]]+)\]$`)
	tomlText  = regexp.MustCompile(`^([A-Za-z0-9_.-]+)\s*=\s*(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$`)
)

// bookConfig returns the plain strings of book.toml by their dotted keys. Other values, and
// strings over several lines, are left out. Without the file there are none.
func bookConfig(root *os.Root) (map[string]string, *book.Error) {
	w := walker{root: root}
	src, err := w.readSmall(bookFile)
	if err != nil && err.Code != book.NotFound {
		return nil, err
	}
	values := make(map[string]string)
	table := ""
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if m := tomlTable.FindStringSubmatch(line); m != nil {
			table = strings.TrimSpace(m[1]) + "."
		} else if m := tomlText.FindStringSubmatch(line); m != nil {
			values[table+m[1]] = m[2] + m[3]
		}
	}
	return values, nil
}

// readSmall reads a file of the opened folder that describes others.
func (w *walker) readSmall(p string) ([]byte, *book.Error) {
	info, err := w.root.Stat(filepath.FromSlash(p))
	if err != nil {
		return nil, unreadable(err, p)
	}
	if !info.Mode().IsRegular() {
		return nil, book.Errorf(book.Invalid, "%s is no file", p)
	}
	if info.Size() > maxConfigBytes {
		return nil, book.Errorf(book.TooLarge, "%s has more than %d MiB", p, maxConfigBytes>>20)
	}
	f, err := w.root.Open(filepath.FromSlash(p))
	if err != nil {
		return nil, unreadable(err, p)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxConfigBytes))
	if err != nil {
		return nil, unreadable(err, p)
	}
	return src, nil
}
