package markdown

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
)

// sentences returns n sentences of 100 characters, each with its space.
func sentences(n int) string {
	return strings.Repeat("This sentence has one hundred characters when its full stop and the space "+
		"behind it are counted too. ", n)
}

func TestChunks(t *testing.T) {
	code := "```go\n" + strings.Repeat("func f() { return }\n", 50) + "```\n" // 1,010 characters
	tests := []struct {
		name, source string
		// want are the starts of the chunks' texts.
		want []string
	}{
		{"empty", "", nil},
		{"only a comment", "<!-- a -->\n", nil},
		{"short", "a\n", []string{"a\n"}},
		{
			"sections stay apart", "## A\n\n" + sentences(6) + "\n\n## B\n\n" + sentences(6),
			[]string{"## A", "## B"},
		},
		{
			"a tiny section joins the next", "# T\n\nIntro.\n\n## A\n\n" + sentences(6),
			[]string{"# T"},
		},
		{
			"a tiny section at the end joins the one before",
			"## A\n\n" + sentences(6) + "\n\n## B\n\nEnd.\n",
			[]string{"## A"},
		},
		{"a remainder is shared", sentences(15), []string{"This", "This"}},
		{
			"paragraphs are kept", sentences(7) + "\n\nA " + sentences(4) + "\n\nB " + sentences(11),
			[]string{"This", "B "},
		},
		{
			"a subsection starts a chunk", sentences(10) + "\n\n### A\n\n" + sentences(10),
			[]string{"This", "### A"},
		},
		{
			"a heading stays with its text", sentences(13) + "\n\n### A\n\n" + sentences(2),
			[]string{"This", "This"},
		},
		{
			"code is kept whole", sentences(7) + "\n\n" + code + "\n" + sentences(7),
			[]string{"This", "```go", "This"},
		},
		{
			"long code is cut at line ends", "```\n" + strings.Repeat(sentences(1)+"\n", 20) + "```\n",
			[]string{"```", "This"},
		},
		{"a long table is cut at line ends", "| a | b |\n|---|---|\n" +
			strings.Repeat("| c. D | "+sentences(1)+"|\n", 20), []string{"| a", "| c. D"}},
		{
			"list items are kept whole", strings.Repeat("- "+sentences(7)+"\n", 3),
			[]string{"- This", "- This", "- This"},
		},
		{
			"a list is cut between items", strings.Repeat("- "+sentences(3)+"\n", 8),
			[]string{"- This", "- This"},
		},
		{"a long list item is cut within", "- " + sentences(18) + "\n", []string{"- This", "This"}},
		{"a long line is cut at word ends", strings.Repeat("word ", 400), []string{"word", "word"}},
		{"a long word is cut anywhere", strings.Repeat("w", 2000), []string{"www", "www"}},
		{"Urdu", strings.Repeat("یہ ایک جملہ ہے جو کتاب میں بار بار آتا ہے۔ ", 40), []string{"یہ", "یہ"}},
		{
			"Chinese", strings.Repeat("这是一个关于机器人的句子，它会重复很多次。", 100),
			[]string{"这是", "这是"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page, err := Parse([]byte(test.source), Markdown)
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, page)
			chunks := page.Chunks()
			if len(chunks) != len(test.want) {
				t.Fatalf("%d chunks, want %d", len(chunks), len(test.want))
			}
			for i, c := range chunks {
				if !strings.HasPrefix(c.Text, test.want[i]) {
					t.Errorf("chunk %d starts %.20q, want %q", i, c.Text, test.want[i])
				}
			}
		})
	}
}

func TestChunkHeadings(t *testing.T) {
	source := "Before.\n\n" + sentences(9) + "\n\n# T\n\n" + sentences(9) + "\n\n## A\n\n" + sentences(20) +
		"\n\n### *B*\n\n> ## Quoted\n\n" + sentences(9) + "\n\n## C {#see}\n\n" + sentences(9)
	page, err := Parse([]byte(source), Markdown)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range page.Chunks() {
		got = append(got, strings.Join(c.HeadingPath, " > ")+" #"+c.Anchor)
	}
	want := []string{" #", "T #", "T > A #a", "T > A #a", "T > A > B #b", "T > C #see"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headings of the chunks differ (-want +got):\n%s", diff)
	}
}

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
		if n := utf8.RuneCountInString(strings.TrimSpace(c.Text)); n == 0 || n > MaxChunk {
			t.Errorf("chunk %d has %d characters", i, n)
		}
		at = c.CharEnd
	}
	if at != len(runes) {
		t.Errorf("chunks end at %d of %d", at, len(runes))
	}
}

func TestAnchorsWithinAChunk(t *testing.T) {
	source := "# Ü\n\nOne.\n\n## Two {#second}\n\nTwo.\n\n### Two\n\nThree.\n"
	page, err := Parse([]byte(source), Markdown)
	if err != nil {
		t.Fatal(err)
	}
	chunks := page.Chunks()
	if len(chunks) != 1 {
		t.Fatalf("%d chunks", len(chunks))
	}
	text := []rune(page.Text)
	found := map[string]string{}
	for _, a := range chunks[0].Anchors {
		line, _, _ := strings.Cut(string(text[a.Start:]), "\n")
		found[a.ID] = line
	}
	want := map[string]string{"second": "## Two", "two": "### Two"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}
