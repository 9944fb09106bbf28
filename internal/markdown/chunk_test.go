package markdown

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// checkPage checks what holds for every page: the text's form, headings in place, chunks that tile
// the text and keep to the largest size.
func checkPage(t *testing.T, page *Page) {
	t.Helper()
	if !utf8.ValidString(page.Text) || !norm.NFC.IsNormalString(page.Text) {
		t.Errorf("the text is not NFC UTF-8")
	}
	if page.Text != "" && strings.TrimSpace(page.Text) == "" {
		t.Errorf("the text %q is not empty and has no content", page.Text)
	}
	at := 0
	for _, b := range page.blocks {
		if b.start != at || b.end <= at {
			t.Fatalf("block [%d, %d) does not start at %d", b.start, b.end, at)
		}
		at = b.end
	}
	if at != len(page.Text) {
		t.Fatalf("blocks end at byte %d of %d", at, len(page.Text))
	}
	runes := []rune(page.Text)
	last := -1
	for _, h := range page.Headings {
		if h.Start <= last || h.Start >= len(runes) || h.Start > 0 && runes[h.Start-1] != '\n' {
			t.Errorf("heading %q starts at %d, not with a line", h.Text, h.Start)
		}
		last = h.Start
	}
	at = 0
	for i, c := range page.Chunks() {
		if c.Index != i || c.CharStart != at || c.CharEnd <= at || c.CharEnd > len(runes) {
			t.Fatalf("chunk %d [%d, %d) does not follow %d of %d", c.Index, c.CharStart, c.CharEnd,
				at, len(runes))
		}
		if c.Text != string(runes[c.CharStart:c.CharEnd]) {
			t.Errorf("chunk %d is not the text from %d to %d", i, c.CharStart, c.CharEnd)
		}
		if n := c.CharEnd - c.CharStart; n > MaxChunk {
			t.Errorf("chunk %d has %d characters", i, n)
		}
		at = c.CharEnd
	}
	if at != len(runes) {
		t.Errorf("chunks end at %d of %d", at, len(runes))
	}
}
