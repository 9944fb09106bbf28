package docsite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

// A page's head is what is read of it to list it: the front matter and the first headBytes after.
const headBytes = 8 << 10

// head is what a page says about itself at its beginning.
type head struct {
	matter  map[string]any
	heading string // plain text of the first level-1 heading in the head; "" under a title
}

// readHead reads the head of a Markdown page. The error is a *book.Error.
func (w *walker) readHead(p string) (head, *book.Error) {
	src, err := w.readStart(p)
	if err != nil {
		return head{}, err
	}
	h, parseErr := parseHead(src)
	if parseErr != nil {
		return head{}, book.Wrap(book.CodeOf(parseErr), parseErr, "%s: %s", shown(p),
			book.MessageOf(parseErr))
	}
	return h, nil
}

// parseHead reads what a page says about itself. Errors are those of markdown.SplitFrontMatter.
func parseHead(src []byte) (head, error) {
	matter, body, err := markdown.SplitFrontMatter(src)
	if err != nil {
		return head{}, err
	}
	h := head{matter: matter}
	if h.str("title") == "" {
		h.heading = firstHeading(body)
	}
	return h, nil
}

// readStart reads headBytes of a file, and as much more as its front matter may need.
func (w *walker) readStart(p string) ([]byte, *book.Error) {
	f, err := w.root.Open(filepath.FromSlash(p))
	if err != nil {
		return nil, unreadable(err, p)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(err, p)
	}
	if info.Size() > markdown.MaxSourceBytes {
		return nil, tooLarge(p)
	}
	src := make([]byte, min(info.Size(), headBytes))
	n, err := io.ReadFull(f, src)
	if src = src[:n]; errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // the file became shorter since
	}
	if err == nil && n == headBytes && bytes.HasPrefix(src, []byte("---")) &&
		!bytes.Contains(src[3:], []byte("\n---")) {
		var more []byte
		more, err = io.ReadAll(io.LimitReader(f, markdown.MaxFrontMatterBytes))
		src = slices.Concat(src, more)
	}
	if err != nil {
		return nil, unreadable(err, p)
	}
	return trimPartialRune(src), nil
}

// trimPartialRune takes off the bytes of a character that was cut in two.
func trimPartialRune(src []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(src); n++ {
		if last := src[len(src)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return src[:len(src)-n]
			}
			break
		}
	}
	return src
}

// str returns the front matter's value under key as text. As in Docusaurus, a number counts as
// its text.
func (h head) str(key string) string {
	switch v := h.matter[key].(type) {
	case string:
		return v
	case bool, nil, map[string]any, []any:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

// is tells whether the front matter's value under key is want, as a boolean or its word.
func (h head) is(key string, want bool) bool {
	switch v := h.matter[key].(type) {
	case bool:
		return v == want
	case string:
		return strings.EqualFold(v, fmt.Sprint(want))
	}
	return false
}

// title returns the page's title: the front matter's, else the first heading, else the file's
// name made readable.
func (h head) title(p string) string {
	if t := oneLine(h.str("title")); t != "" {
		return t
	}
	if h.heading != "" {
		return h.heading
	}
	return nameTitle(p)
}

// nameTitle makes a title of a file's name; index and readme take their folder's name.
func nameTitle(p string) string {
	name := strings.TrimSuffix(path.Base(p), path.Ext(p))
	if lower := strings.ToLower(name); lower == "index" || lower == "readme" {
		if dir := path.Dir(p); dir != "." {
			name = path.Base(dir)
		}
	}
	words := strings.FieldsFunc(stripNumber(name), func(r rune) bool {
		return r == '-' || r == '_' || unicode.IsSpace(r)
	})
	if len(words) == 0 {
		return name
	}
	first, size := utf8.DecodeRuneInString(words[0])
	words[0] = string(unicode.ToUpper(first)) + words[0][size:]
	return strings.Join(words, " ")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

var (
	atxHeading = regexp.MustCompile(`^ {0,3}#[ \t]+(.*)$`)
	atxEnd     = regexp.MustCompile(`[ \t]+#+[ \t]*$`)
	setextLine = regexp.MustCompile(`^ {0,3}=+[ \t]*$`)
	fenceLine  = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})")
	headingID  = regexp.MustCompile(`[ \t]*(\{#[^{}]*\}|\{/\*.*?\*/\}|<!--.*?-->)[ \t]*$`)
)

// firstHeading returns the plain text of the first level-1 heading of a Markdown text, or "".
func firstHeading(body []byte) string {
	fence, comment := "", "" // what ends the open code block or comment
	var paragraph []string
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		heading := ""
		switch {
		case fence != "":
			if t := strings.TrimSpace(line); len(t) >= len(fence) && strings.Trim(t, fence[:1]) == "" {
				fence = ""
			}
		case comment != "":
			if strings.Contains(line, comment) {
				comment = ""
			}
		case strings.HasPrefix(line, "<!--") && !strings.Contains(line, "-->"):
			comment = "-->"
		case strings.HasPrefix(line, "{/*") && !strings.Contains(line, "*/"):
			comment = "*/"
		case fenceLine.MatchString(line):
			fence = fenceLine.FindStringSubmatch(line)[1]
		case atxHeading.MatchString(line):
			heading = atxEnd.ReplaceAllString(atxHeading.FindStringSubmatch(line)[1], "")
		case setextLine.MatchString(line):
			heading = strings.Join(paragraph, " ")
		case strings.TrimSpace(line) != "":
			paragraph = append(paragraph, strings.TrimSpace(line))
			continue
		}
		paragraph = nil
		if heading == "" {
			continue
		}
		if text := plainText(heading); text != "" {
			return text
		}
	}
	return ""
}

// maxTitleBytes is how much of a heading is read as a title; what follows is cut off.
const maxTitleBytes = 1000

// plainText returns the words of one line of Markdown without markup, tags and heading id.
func plainText(line string) string {
	if len(line) > maxTitleBytes {
		line = string(trimPartialRune([]byte(line[:maxTitleBytes])))
	}
	src := []byte("# " + headingID.ReplaceAllString(line, ""))
	return oneLine(textOf(goldmark.DefaultParser().Parse(text.NewReader(src)), src))
}

// textOf returns the text below a node.
func textOf(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			value := n.Segment.Value(src)
			if !n.IsRaw() {
				value = util.ResolveEntityNames(util.ResolveNumericReferences(
					util.UnescapePunctuations(value)))
			}
			b.Write(value)
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(src))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
