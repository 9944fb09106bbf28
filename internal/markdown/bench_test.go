package markdown

import (
	"strings"
	"testing"
)

// hostile are units of texts on which a careless parser takes more than linear time.
var hostile = map[string]string{
	"prose":            "The quick brown fox jumps over the lazy dog. ",
	"letters":          "a",
	"lines":            "a\n",
	"blank lines":      "a\n\n",
	"items":            "- a\n",
	"numbered items":   "2. `a\n",
	"nested quotes":    "> > > > > > > > > > a\n",
	"code spans":       "` `` ``` ",
	"fences":           "```a\n",
	"quoted fences":    "> ```a\nb\n",
	"tables":           "|a|b|\n|-|-|\n",
	"headings":         "# *a [b](c `d`\n",
	"long headings":    "# " + strings.Repeat("*a _b [c", 60) + "\n",
	"same headings":    "## a\n\n",
	"section lines":    "## a\nb\n",
	"comments":         "<!-- ",
	"tags":             "<a ",
	"tag pairs":        "<a>b</a>",
	"closing tags":     "</a><b>",
	"attributes":       "<a b=\"",
	"brace attributes": "<a b={",
	"braces":           "{",
	"braces in lines":  "{\n",
	"brace pairs":      "{a} ",
	"templates":        "{`${",
	"strings":          "{'",
	"js comments":      "{/* ",
	"imports":          "import a from 'b'\n(\n\n",
	"exports":          "export const a = {\n\n",
	"admonitions":      ":::note\n",
	"math":             "$a_{",
	"directives":       "{{#include ",
	"ids":              "# a {#b}\n",
	"links":            "[a](",
	"brackets":         "[",
	"emphasis":         "*a_",
	"definitions":      "[a]: b\n",
	"marks":            "e\u0301\u0323",
	"chinese":          "好。",
}

// BenchmarkParse parses and cuts pages of one repeated unit, 5 MB long, in all formats: prose is a
// page of one line.
func BenchmarkParse(b *testing.B) {
	for name, unit := range hostile {
		text := []byte(strings.Repeat(unit, 5<<20/len(unit)))
		for _, format := range formats[:2] {
			b.Run(name+"/"+string(format), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					page, err := Parse(text, format)
					if err != nil {
						b.Fatal(err)
					}
					page.Chunks()
				}
			})
		}
	}
}
