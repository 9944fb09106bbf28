package sentence

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpans(t *testing.T) {
	// "¦" marks where a sentence starts.
	tests := map[string]string{
		"plain":            "One here. ¦Two there! ¦Three?",
		"titles":           "Dr. Smith met Prof. Li. ¦They spoke.",
		"latin":            "Use a tool, e.g. Cargo, i.e. The tool. ¦It works.",
		"figures":          "See Fig. 3 and Eq. 4. ¦Then No. 5 follows. ¦I said no. ¦Go on.",
		"initials":         "By J. R. R. Tolkien and D. Knuth. ¦Good.",
		"letter at end":    "That is vitamin C. ¦The rest is D. ¦It ends.",
		"country":          "In the U.S. Congress it passed. ¦He left the U.S. ¦Then he wrote.",
		"etc":              "Cats, dogs, etc. ¦The others, etc. and more.",
		"decimals":         "Pi is 3.14 here. ¦Use 2. ¦Done.",
		"versions":         "Rust 1.85.0 and v2.0 work. ¦Take Node.js 18.",
		"address":          "Go to https://a.b/c?d=E.F!x. ¦Then stop.",
		"list numbers":     "1. Install it.\n¦2. Run it. ¦Then wait.\n",
		"code span":        "Call `a. B` now. ¦`Vec` is next. ¦And `x? Y!` too.",
		"odd backticks":    "A `code. ¦Span never ends. ¦Really.",
		"long backticks":   "A ``co ` de. X`` here. ¦End.",
		"question mark":    "The `?` operator and Option? in it. ¦Next.",
		"quotes":           "“Is it?” he asked. ¦“It is.” ¦She left.",
		"emphasis":         "**Note.** ¦Read this.* ¦*And* that. ¦__Bold.__ ¦End.",
		"link":             "See [the docs.](https://a.b/c) ¦Then [go](x.md). ¦End.",
		"image":            "See. ¦![One. Two.\nThree.](/a.svg)\n\n¦Then ![a. B](b.png) ends. ¦Out.",
		"code in an image": "See ![the `a`](b.png) and `c. D`. ¦End.",
		"no image":         "Stop! ¦[One. ¦Two.] ¦Wow![One. ¦Two.",
		"footnote":         "It is so.[^1] ¦Next.[2] ¦Last.",
		"wrapped lines":    "A sentence that\nruns on. ¦Another\none.\n\n¦New paragraph\n",
		"no stop":          "A heading of sorts\n\n¦Then text",
		"heading":          "# Title\n¦Text here\n¦## Next\n¦More.\n",
		"list":             "Intro:\n¦- one\n¦- two\n  wraps\n¦* three\n",
		"quote":            "> A quote that\n> runs on. ¦More.\n\n¦Out.\n",
		"table":            "| a. b | c |\n¦|---|---|\n¦| d | e |\n",
		"fence":            "Run:\n\n¦```sh\na. B\n\nc! D\n```\n\n¦Done. ¦Yes.\n",
		"open fence":       "```sh\n¦a. ¦B\n¦",
		"urdu":             "یہ پہلا جملہ ہے۔ ¦کیا یہ دوسرا ہے؟ ¦ہاں۔",
		"urdu unspaced":    "یہ ہے۔¦وہ ہے۔",
		"arabic":           "هذا نص. ¦هل هو كذلك؟ ¦نعم.",
		"chinese":          "这是第一句。¦这是第二句！¦对吗？¦他说：“好。”¦完。",
		"japanese":         "これは文です。¦「はい。」¦次です。",
		"ascii in chinese": "你好!¦他走了?¦是。",
		"hindi":            "यह वाक्य है। ¦दूसरा वाक्य।",
		"leading space":    "  \n One. ¦Two.  \n\n",
		"only space":       " \n ",
		"months":           "On Jan. 5 and in Sept. Paris was full. ¦It rained in Dec. ¦We left.",
		"exclaimed name":   "Yahoo! is a name. ¦So.",
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll(want, "¦", "")
			spans := Spans(text)
			checkTiling(t, text, spans)
			parts := make([]string, len(spans))
			for i, s := range spans {
				parts[i] = text[s.Start:s.End]
			}
			want := strings.TrimSuffix(want, "¦")
			if diff := cmp.Diff(want, strings.Join(parts, "¦")); diff != "" {
				t.Errorf("sentences differ (-want +got):\n%s", diff)
			}
		})
	}
	if got := Spans(""); got != nil {
		t.Errorf("Spans(\"\") = %v, want none", got)
	}
}

func checkTiling(t *testing.T, text string, spans []Span) {
	t.Helper()
	at := 0
	for _, s := range spans {
		if s.Start != at || s.End <= s.Start {
			t.Fatalf("span %v does not start at %d", s, at)
		}
		at = s.End
	}
	if at != len(text) {
		t.Fatalf("spans end at %d of %d", at, len(text))
	}
}

func FuzzSpans(f *testing.F) {
	for _, seed := range []string{
		"", " ", "One. Two.", "```\na. B\n```", "`a. B`", "[a](b. c)", "> q\n> r", "هل؟", "好。好",
		"a.\xff\n\x00", "\u2028.\u0085", "...", "[^[^[^.][", "1. a\n2. b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkTiling(t, text, Spans(text))
	})
}

// hostile are texts on which a careless segmenter takes quadratic time.
var hostile = map[string]string{
	"prose":     "The quick brown fox jumps over the lazy dog, e.g. Dr. Fox. ",
	"letters":   "a",
	"stops":     ".",
	"words":     "a. ",
	"digits":    ". 1 ",
	"quotes":    ".\"",
	"brackets":  "[^",
	"links":     "](",
	"backticks": "` `` ``` ",
	"fences":    "```a\n",
	"lines":     "a\n",
	"marks":     "e\u0301\u0301",
	"emphasis":  "*_",
	"chinese":   "好。",
}

func BenchmarkSpans(b *testing.B) {
	for name, unit := range hostile {
		text := strings.Repeat(unit, 5<<20/len(unit))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Spans(text)
			}
		})
	}
}
