package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
)

var update = flag.Bool("update", false, "write golden files and docs/cli.md anew")

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not what is printed (-want +got):\n%s", path, diff)
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, nil},
		{"one two three", 20, []string{"one two three"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"a abcdefghij b", 4, []string{"a", "abcd", "efgh", "ij b"}},
		{"机器人学入门", 6, []string{"机器人", "学入门"}},
		{"ab机器人", 5, []string{"ab机", "器人"}},
		{"  list item", 7, []string{"  list", "item"}},
	} {
		if diff := cmp.Diff(test.want, wrap(test.text, test.width)); diff != "" {
			t.Errorf("wrap(%q, %d) (-want +got):\n%s", test.text, test.width, diff)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("one two three", 7)
	f.Add("机器人 ab é\u0301", 3)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width < 2 || width > 200 || !strings.EqualFold(text, strings.ToValidUTF8(text, "")) {
			t.Skip()
		}
		lines := wrap(printable(text), width)
		for _, line := range lines {
			if w := runewidth.StringWidth(line); w > width {
				t.Errorf("%q has %d columns, more than %d", line, w, width)
			}
		}
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := bare(strings.Join(lines, "")), bare(printable(text)); got != want {
			t.Errorf("wrap changed the text: %q, want %q", got, want)
		}
	})
}

func TestPrintable(t *testing.T) {
	got := printable("a\x1b[31mred\x1b[0m\tb\r\nc\x00\u009b")
	if want := "a[31mred[0m b\nc"; got != want {
		t.Errorf("printable: %q, want %q", got, want)
	}
}

func TestShorten(t *testing.T) {
	for text, want := range map[string]string{
		"short":               "short",
		"one  two\nthree":     "one two three",
		"one two three, four": "one two three…",
		"一二三四五六七八九十":          "一二三四五六七…",
	} {
		if got := shorten(text, 16); got != want {
			t.Errorf("shorten(%q): %q, want %q", text, got, want)
		}
	}
}

func TestMarkMatches(t *testing.T) {
	text := "Vectors hold values; a vector grows."
	if got, want := plain(80).markMatches("what is a vector?", text),
		"«Vectors» hold values; a «vector» grows."; got != want {
		t.Errorf("plain: %q, want %q", got, want)
	}
	styled := terminal{styled: true, width: 80}
	got := styled.paragraphs(styled.markMatches("vectors", text), "")
	if want := "\x1b[1mVectors\x1b[22m hold values; a \x1b[1mvector\x1b[22m grows."; got != want {
		t.Errorf("styled: %q, want %q", got, want)
	}
}

// plain is a terminal without styles.
func plain(width int) terminal { return terminal{width: width} }

const page = `# Balance

A biped is an inverted pendulum on small feet. It falls
unless the ground pushes on it in the right place, which is what balance is all about.

- The **zero-moment point** is where the total moment has no horizontal component at all, if any.
  - A nested item that is also long enough to need more than one line on this terminal, surely.
1. Numbered.

` + "```python\nprint('a line of code that is longer than the terminal is wide stays as it is, whole')\n```" + `

| joint | torque that is needed to hold the leg in its place while walking on rough ground |
| ----- | --- |

机器人通过传感器感知世界，然后通过执行器对世界采取行动，这就是具身智能的基本循环，也是本书的主题。`

func TestPassage(t *testing.T) {
	dense, sparse := 0.512, 14.2
	passage := book.Passage{
		DocID: "whole-body/balance", Title: "Balance", Chapter: "Whole body",
		HeadingPath: []string{"Balance", "The zero-moment point"},
		URL:         "https://example.org/balance#zmp", Text: page, Score: 0.93,
		Scores: book.LegScores{Dense: &dense, Sparse: &sparse},
	}
	golden(t, "passage.txt", plain(80).passage(1, "zero-moment point", passage))
	passage.Scores.Dense, passage.URL, passage.HeadingPath = nil, "", nil
	golden(t, "passage-narrow.txt", plain(40).passage(10, "torque", passage))
}

func TestAnswer(t *testing.T) {
	reply := answer.Answer{
		Answer: "The zero-moment point is the point on the ground where the total moment of gravity " +
			"and inertia forces has no horizontal component. [1] Force sensors can measure it. [2]",
		Citations: []book.Citation{
			{
				Marker: 1, Title: "Balance", Chapter: "Whole body", URL: "https://example.org/b#zmp",
				Quote: "The zero-moment point is the point on the ground where\nthe total moment of " +
					"gravity and inertia forces has no horizontal component.",
			},
			{Marker: 2, Title: "Sensors", Chapter: "Sensors", Quote: strings.Repeat("measure ", 60)},
		},
	}
	golden(t, "answer.txt", plain(80).answer(reply))
	golden(t, "answer-styled.txt", terminal{width: 80, styled: true}.answer(reply))
	golden(t, "refusal.txt", plain(80).answer(answer.Answer{
		Answer: "The book does not seem to answer this question.", Refused: true,
	}))
}
