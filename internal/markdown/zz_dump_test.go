package markdown

import (
	"fmt"
	"os"
	"testing"
)

func TestZZDump(t *testing.T) {
	f := os.Getenv("DUMP")
	if f == "" {
		t.Skip()
	}
	src, _ := os.ReadFile(f)
	p, err := Parse(src, Format(os.Getenv("FMT")), DocusaurusAnchors)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("CHUNKS") != "" {
		for _, c := range p.Chunks() {
			fmt.Printf("=== %d [%d,%d) %d %q #%s\n%s", c.Index, c.CharStart, c.CharEnd, c.CharEnd-c.CharStart, c.HeadingPath, c.Anchor, c.Text)
		}
		return
	}
	fmt.Printf("TITLE %q FM %v\n", p.Title, p.FrontMatter)
	fmt.Print(p.Text)
	for _, h := range p.Headings {
		fmt.Printf("%d %q #%s @%d\n", h.Level, h.Text, h.Anchor, h.Start)
	}
}
