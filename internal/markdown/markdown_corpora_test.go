//go:build corpora

package markdown

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// document is one page of a corpus.
type document struct {
	name   string
	source []byte
	format Format
}

func sharedDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LECTERN_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the shared folder is missing; set LECTERN_SHARED: %v", err)
	}
	return dir
}

// corpora returns the documents of every corpus by its name.
func corpora(t *testing.T) map[string][]document {
	t.Helper()
	dir := sharedDir(t)
	all := map[string][]document{}
	for _, root := range []string{"corpora/*", "qa/*/corpora"} {
		folders, _ := filepath.Glob(filepath.Join(dir, root))
		for _, folder := range folders {
			name, _ := filepath.Rel(dir, folder)
			all[name] = folderDocuments(t, folder)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "qa/*/corpus.jsonl"))
	for _, file := range files {
		name, _ := filepath.Rel(dir, file)
		all[name] = lineDocuments(t, file)
	}
	if len(all) < 5 {
		t.Fatalf("found %d corpora in %s", len(all), dir)
	}
	return all
}

func folderDocuments(t *testing.T, folder string) []document {
	t.Helper()
	site := Markdown
	if _, err := os.Stat(filepath.Join(folder, "docs")); err == nil {
		site = MDX // a Docusaurus site
	}
	var docs []document
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		format := site
		switch filepath.Ext(path) {
		case ".md":
		case ".mdx":
			format = MDX
		default:
			return err
		}
		source, err := os.ReadFile(path)
		docs = append(docs, document{path, source, format})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func lineDocuments(t *testing.T, file string) []document {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var docs []document
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, MaxSourceBytes)
	for lines.Scan() {
		var entry struct {
			ID   string `json:"_id"`
			Text string `json:"text"`
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, document{file + " " + entry.ID, []byte(entry.Text), Markdown})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return docs
}

// TestCorporaChunks checks every chunk of every document, and where chunks are cut: no section that is
// not tiny shares a chunk with the one before, and of the code and tables that fit in a chunk at
// most one in a thousand, which its caption leaves no room for, is cut. It prints how many chunks have
// the wanted size.
func TestCorporaChunks(t *testing.T) {
	for name, docs := range corpora(t) {
		chunks, sized := 0, 0
		whole, cut := 0, 0
		for _, doc := range docs {
			page, err := Parse(doc.source, doc.format)
			if err != nil {
				t.Errorf("%s: %v", doc.name, err)
				continue
			}
			checkPage(t, page)
			if h := sharedSection(page); h != "" {
				t.Errorf("%s: the section %q shares a chunk with the one before", doc.name, h)
			}
			w, c := keptWhole(page)
			whole, cut = whole+w, cut+c
			for _, c := range page.Chunks() {
				chunks++
				if n := c.CharEnd - c.CharStart; n >= MinChunk && n <= MaxChunk {
					sized++
				}
			}
		}
		if cut*1000 > whole {
			t.Errorf("%s: of the code and tables that fit in a chunk %d are whole, %d cut", name,
				whole, cut)
		}
		t.Logf("%s: code and tables that fit in a chunk: %d whole, %d cut", name, whole, cut)
		t.Logf("%s: %d documents, %d chunks, %.1f %% of them of %d to %d characters", name,
			len(docs), chunks, 100*float64(sized)/float64(max(chunks, 1)), MinChunk, MaxChunk)
	}
}

// sharedSection returns the heading of a section of level 1 or 2 that shares a chunk with the section
// before it although neither is tiny.
func sharedSection(page *Page) string {
	starts := map[int]bool{}
	for _, c := range page.Chunks() {
		starts[c.CharStart] = true
	}
	var sections []Heading
	for _, h := range page.Headings {
		if h.Level <= 2 {
			sections = append(sections, h)
		}
	}
	for i, h := range sections {
		end, before := utf8.RuneCountInString(page.Text), h.Start
		if i+1 < len(sections) {
			end = sections[i+1].Start
		}
		if i > 0 {
			before -= sections[i-1].Start
		}
		if before >= tinySection && end-h.Start >= tinySection && !starts[h.Start] {
			return h.Text
		}
	}
	return ""
}

// keptWhole counts the code blocks and tables that fit in a chunk, by whether a chunk has all of
// them.
func keptWhole(page *Page) (whole, cut int) {
	var starts []int
	at := 0
	for _, c := range page.Chunks() {
		starts = append(starts, at)
		at += len(c.Text)
	}
	for _, b := range page.blocks {
		end := b.start + len(strings.TrimRight(page.Text[b.start:b.end], " \t\n"))
		if b.kind != codeBlock && b.kind != tableBlock ||
			utf8.RuneCountInString(page.Text[b.start:end]) > MaxChunk {
			continue
		}
		if slices.ContainsFunc(starts, func(s int) bool { return b.start < s && s < end }) {
			cut++
			continue
		}
		whole++
	}
	return whole, cut
}

// TestCorporaBlocks compares the headings and the code blocks of every page with those that
// goldmark finds in its canonical text.
func TestCorporaBlocks(t *testing.T) {
	withoutHTML := slices.DeleteFunc(parser.DefaultBlockParsers(), func(p util.PrioritizedValue) bool {
		return reflect.TypeOf(p.Value) == reflect.TypeOf(parser.NewHTMLBlockParser())
	})
	reference := parser.NewParser(parser.WithBlockParsers(withoutHTML...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...))
	for _, docs := range corpora(t) {
		for _, doc := range docs {
			page, err := Parse(doc.source, Markdown)
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			root := reference.Parse(text.NewReader([]byte(page.Text)))
			_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
				switch {
				case !entering:
				case n.Kind() == ast.KindHeading:
					want = append(want, fmt.Sprint("heading ", n.(*ast.Heading).Level))
				case n.Kind() == ast.KindFencedCodeBlock, n.Kind() == ast.KindCodeBlock:
					want = append(want, "code")
				}
				return ast.WalkContinue, nil
			})
			for _, b := range page.blocks {
				switch b.kind {
				case headingBlock:
					got = append(got, fmt.Sprint("heading ", b.level))
				case codeBlock:
					got = append(got, "code")
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: blocks differ from goldmark's (-want +got):\n%s", doc.name, diff)
			}
		}
	}
}

var bookLink = regexp.MustCompile(`(ch[0-9a-z-]+|appendix[0-9a-z-]+)\.(?:html|md)#([^)\s"]+)`)

// TestCorporaAnchors prints how many of the links within the Rust book lead to a heading's anchor.
func TestCorporaAnchors(t *testing.T) {
	anchors := map[string]bool{}
	var links []string
	for _, doc := range corpora(t)["corpora/rust-book"] {
		page, err := Parse(doc.source, MDBook)
		if err != nil {
			t.Fatal(err)
		}
		file := strings.TrimSuffix(filepath.Base(doc.name), ".md")
		for _, h := range page.Headings {
			anchors[file+"#"+h.Anchor] = true
		}
		for _, m := range bookLink.FindAllStringSubmatch(page.Text, -1) {
			links = append(links, m[1]+"#"+m[2])
		}
	}
	found := 0
	for _, link := range links {
		if anchors[link] {
			found++
		} else {
			t.Logf("no heading for %s", link)
		}
	}
	t.Logf("%d of %d links lead to a heading", found, len(links))
	if found < len(links)*9/10 {
		t.Errorf("only %d of %d links lead to a heading", found, len(links))
	}
}
