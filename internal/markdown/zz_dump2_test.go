package markdown

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestZZStats(t *testing.T) {
	hist := map[string]map[int]int{}
	n := map[string]int{}
	in := map[string]int{}
	add := func(k string, src []byte, f Format) {
		p, err := Parse(src, f, DocusaurusAnchors)
		if err != nil {
			t.Error(k, err)
			return
		}
		rs := []rune(p.Text)
		at := 0
		for _, c := range p.Chunks() {
			if c.CharStart != at || string(rs[c.CharStart:c.CharEnd]) != c.Text {
				t.Error("mismatch", k, c.Index)
			}
			at = c.CharEnd
			if hist[k] == nil {
				hist[k] = map[int]int{}
			}
			l := c.CharEnd - c.CharStart
			hist[k][l/100]++
			n[k]++
			if l >= 900 && l <= 1400 {
				in[k]++
			}
		}
		if at != len(rs) {
			t.Error("untiled")
		}
	}
	filepath.WalkDir("/work/shared/corpora", func(path string, d os.DirEntry, _ error) error {
		k := strings.Split(path+"////", "/")[4]
		src, _ := os.ReadFile(path)
		switch filepath.Ext(path) {
		case ".md":
			f := Markdown
			if k != "rust-book" {
				f = MDX
			}
			add(k, src, f)
		case ".mdx":
			add(k, src, MDX)
		}
		return nil
	})
	for _, q := range []string{"rust-quiz", "scifact"} {
		f, _ := os.Open("/work/shared/qa/" + q + "/corpus.jsonl")
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 1<<26)
		for sc.Scan() {
			var d struct{ Text string }
			json.Unmarshal(sc.Bytes(), &d)
			fm := Markdown
			if q == "scifact" {
				fm = Text
			}
			add(q, []byte(d.Text), fm)
		}
	}
	for k := range n {
		fmt.Println(k, n[k], float64(in[k])/float64(n[k]))
		for i := 0; i < 15; i++ {
			fmt.Print(" ", i*100, ":", hist[k][i])
		}
		fmt.Println()
	}
}
