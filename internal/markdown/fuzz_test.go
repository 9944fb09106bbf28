package markdown

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/lectern-project/lectern/internal/book"
)

var formats = []Format{Markdown, MDX, Text}

func addSeeds(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.md*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	for _, unit := range hostile {
		f.Add([]byte(unit + unit + unit))
	}
}

// FuzzParse checks that every input is refused with a fitting code or becomes a sound page, of
// which nothing was made up: the text's characters are the source's, in their order.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, source []byte) {
		for _, format := range formats {
			page, err := Parse(source, format)
			if err != nil {
				if code := book.CodeOf(err); code != book.Invalid && code != book.TooLarge {
					t.Errorf("%s: error %v has code %s", format, err, code)
				}
				continue
			}
			checkPage(t, page)
			checkSubsequence(t, page.Text, string(source))
			again, err := Parse([]byte(page.Text), Text)
			if err != nil || again.Text != page.Text {
				t.Errorf("%s: the canonical text %q is not in its final form", format, page.Text)
			}
		}
	})
}

// checkSubsequence checks that text is source with things left out, white space aside. Marks are
// compared in decomposed form, since leaving something out can compose them anew.
func checkSubsequence(t *testing.T, text, source string) {
	t.Helper()
	source = norm.NFD.String(source)
	at := 0
	for _, r := range norm.NFD.String(text) {
		if unicode.IsSpace(r) || unicode.In(r, unicode.M) {
			continue
		}
		for {
			s, size := utf8.DecodeRuneInString(source[at:])
			if size == 0 {
				t.Fatalf("%q in the text is not of the source", r)
			}
			at += size
			if s == r {
				break
			}
		}
	}
}

// FuzzFrontMatter checks the front matter alone, on YAML that the whole page seldom reaches.
func FuzzFrontMatter(f *testing.F) {
	for _, seed := range []string{
		"title: x", "a: [1, 2, {b: c}]", "a: &x [1]\nb: *x", "<<: {a: 1}", "? [a]\n: b", "a: 2026-01-02",
		"a: .nan", "a: !!binary aGk=", "a: |\n  b\n  c", "- a", "a: b: c", "\t", "!!map {}", "&a a: *a",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, header []byte) {
		values, body, err := SplitFrontMatter([]byte("---\n" + string(header) + "\n---\nbody"))
		if err != nil {
			if code := book.CodeOf(err); code != book.Invalid && code != book.TooLarge {
				t.Errorf("error %v has code %s", err, code)
			}
			return
		}
		if values == nil || len(body) < len("body") {
			t.Errorf("front matter %v, body %q", values, body)
		}
		if _, err := json.Marshal(values); err != nil {
			t.Errorf("front matter %v cannot be JSON: %v", values, err)
		}
	})
}
