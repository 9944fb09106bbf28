package docsite

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHeadIsEnough: a page is listed by its beginning, wherever that is cut.
func TestHeadIsEnough(t *testing.T) {
	long := strings.Repeat("x", headBytes)
	for name, tt := range map[string]struct{ text, want string }{
		"two-byte characters":        {"# T\n" + strings.Repeat("\u00e9", headBytes), "T"},
		"the same, one byte later":   {"# T\n\n" + strings.Repeat("\u00e9", headBytes), "T"},
		"four-byte characters":       {"# Ti\n" + strings.Repeat("\U0001F680", headBytes), "Ti"},
		"front matter over the head": {"---\na: " + long + "\ntitle: T\n---\n", "T"},
		"one long line":              {long + long, "Page one"},
		"a rule, no front matter":    {"---\n" + long, "Page one"},
		"empty":                      {"", "Page one"},
		"a byte order mark":          {"\ufeff---\ntitle: T\n---\n", "T"},
		"a number":                   {"---\ntitle: 2026\n---\n", "2026"},
		"an empty title":             {"---\ntitle: ''\n---\n# Heading", "Heading"},
		"a title over two lines":     {"---\ntitle: |\n  A\n  B\n---\n", "A B"},
	} {
		t.Run(name, func(t *testing.T) {
			site := open(t, writeFiles(t, map[string]string{"1-page_one.md": tt.text}), Options{})
			if got := site.Pages[0].Title; got != tt.want {
				t.Errorf("title %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add([]byte("---\ntitle: A\nslug: /x\ndraft: true\nid: 7\n---\n# H"))
	f.Add([]byte("---\n- a\n---\nT\n===\n"))
	f.Add([]byte("---\na: &a [1]\nb: *a\n---\n```\n# x"))
	f.Fuzz(func(t *testing.T, src []byte) {
		h, err := parseHead(trimPartialRune(src))
		if err != nil {
			return
		}
		title := h.title("01-a/b.md")
		if title == "" || title != oneLine(title) || !utf8.ValidString(title) {
			t.Errorf("title %q", title)
		}
		_, _, _ = h.str("id"), h.is("draft", true), docFormat(h, "", "a.md")
	})
}
