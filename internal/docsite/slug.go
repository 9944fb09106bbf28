package docsite

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// The rules of this file are those of Docusaurus 3 (@docusaurus/plugin-content-docs: number
// prefixes, slugs, ids; @docusaurus/utils: how URLs are joined). jsSpace is \s of JavaScript.
const jsSpace = `\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}` +
	`\x{3000}\x{feff}`

var (
	// versionOrDate are names such as 7.0-foo and 2021-11-foo, whose numbers are no prefix.
	versionOrDate = regexp.MustCompile(`^[0-9]+[-_.][0-9]+`)
	numbered      = regexp.MustCompile(`^[0-9]+[` + jsSpace + `]*[-_.]+[` + jsSpace + `]*` +
		`([^-_.` + jsSpace + `][^\n\r\x{2028}\x{2029}]*)$`)
)

// stripNumber takes the number prefix off a file or folder name: "01-intro" is "intro".
func stripNumber(name string) string {
	if versionOrDate.MatchString(name) {
		return name
	}
	if m := numbered.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name
}

// stripNumbers takes the number prefix off every segment of dir.
func stripNumbers(dir string) string {
	segments := strings.Split(dir, "/")
	for i, s := range segments {
		segments[i] = stripNumber(s)
	}
	return strings.Join(segments, "/")
}

// docMatter is the part of a page's front matter that decides about its id and slug.
type docMatter struct {
	id, slug     string
	keepPrefixes bool // parse_number_prefixes: false
}

// docIdentity returns the document id and the slug of the page source, a path below the docs
// folder. The slug starts with "/"; it is not percent-encoded.
func docIdentity(source string, m docMatter) (id, slug string, err *book.Error) {
	dir, file := path.Split(source)
	dir = strings.TrimSuffix(dir, "/")
	strip, stripAll := stripNumber, stripNumbers
	if m.keepPrefixes {
		keep := func(s string) string { return s }
		strip, stripAll = keep, keep
	}
	base := m.id
	if base == "" {
		base = strip(strings.TrimSuffix(file, path.Ext(file)))
	}
	if strings.Contains(base, "/") {
		return "", "", book.Errorf(book.Invalid,
			"%s: the id %q of its front matter holds a slash; use slug for a path", shown(source), base)
	}
	folder := "/"
	id = base
	if dir != "" {
		stripped := stripAll(dir)
		folder = "/" + stripped + "/"
		id = stripped + "/" + base
	}
	switch {
	case strings.HasPrefix(m.slug, "/"):
		slug = m.slug
	case m.slug != "":
		slug = resolvePath(folder, m.slug)
	case isFolderIndex(source):
		slug = folder
	default:
		slug = resolvePath(folder, base)
	}
	if !validPathname(slug) {
		return "", "", book.Errorf(book.Invalid, "%s: %q cannot be the path of a URL; "+
			"set another slug in its front matter", shown(source), slug)
	}
	return id, slug, nil
}

// isFolderIndex tells whether source stands for its folder: index, readme or like the folder.
func isFolderIndex(source string) bool {
	dir, file := path.Split(source)
	name := strings.ToLower(strings.TrimSuffix(file, path.Ext(file)))
	return name == "index" || name == "readme" ||
		dir != "" && name == strings.ToLower(path.Base(dir))
}

// resolvePath resolves the relative path to against the folder from, which starts and ends with
// "/". Unlike path.Join it keeps a trailing slash and empty segments.
func resolvePath(from, to string) string {
	parts := strings.Split(from, "/")
	parts = append(parts[:len(parts)-1], strings.Split(to, "/")...)
	last := parts[len(parts)-1]
	var kept []string // from the end
	up := 0
	for _, part := range slices.Backward(parts) {
		switch {
		case part == ".":
		case part == "..":
			up++
		case up > 0:
			up--
		default:
			kept = append(kept, part)
		}
	}
	if n := len(kept); n == 0 || kept[n-1] != "" {
		kept = append(kept, "")
	}
	var b strings.Builder
	for i, k := range slices.Backward(kept) {
		b.WriteString(k)
		if i > 0 {
			b.WriteByte('/')
		}
	}
	if s := b.String(); last != "." && last != ".." && last != "" || strings.HasSuffix(s, "/") {
		return s
	}
	b.WriteByte('/')
	return b.String()
}

// validPathname tells whether p is a path that a browser keeps as it is, apart from
// percent-encoding it as encodeURI does.
func validPathname(p string) bool {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.HasSuffix(p, " ") {
		return false
	}
	if strings.ContainsAny(p, "?#\\\t\n\r") {
		return false
	}
	for segment := range strings.SplitSeq(p, "/") {
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".", "..":
			return false
		}
	}
	browser, script := encodePath(p, browserKeeps), encodePath(p, scriptKeeps)
	return browser == p || browser == script
}

// browserKeeps are the ASCII characters outside the path percent-encode set of the WHATWG URL
// standard, as Node 20 has it; scriptKeeps are those that encodeURI leaves alone.
func browserKeeps(c byte) bool {
	return c > ' ' && c < 0x7f && !strings.ContainsRune("\"#<>?`{}", rune(c))
}

func scriptKeeps(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c < 0x80 && strings.ContainsRune(";,/?:@&=+$-_.!~*'()#", rune(c))
}

func encodePath(p string, keep func(byte) bool) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(p) {
		if c := p[i]; keep(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

var repeatedSlash = regexp.MustCompile(`([^:/]/)/+`)

// joinURL joins an origin ("https://example.org" or "") and the parts of a path as Docusaurus
// does: one slash between parts, none in front of an ampersand, the last part's own at the end.
func joinURL(origin string, parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		if part = strings.Trim(part, "/"); part != "" {
			b.WriteString("/" + part)
		}
	}
	if n := len(parts); n > 0 && (strings.HasSuffix(parts[n-1], "/") || b.Len() == 0) {
		b.WriteByte('/')
	}
	p := strings.ReplaceAll(b.String(), "/&", "&")
	return origin + repeatedSlash.ReplaceAllString(p, "$1")
}
