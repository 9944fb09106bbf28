package static

import (
	"os"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/embed"
)

// chunks are texts of 1,200 characters: prose with some typographic characters, as books have.
func chunks(b *testing.B) []embed.Text {
	b.Helper()
	notice, err := os.ReadFile("doc.go")
	if err != nil {
		b.Fatal(err)
	}
	var prose strings.Builder
	for _, g := range readGolden(b) {
		prose.WriteString(g.Text + " \u2014 ")
	}
	all := []rune(prose.String() + strings.ReplaceAll(string(notice), "\n//", " "))
	var texts []embed.Text
	for at := 0; at+1200 <= len(all); at += 1200 {
		texts = append(texts, embed.Text{
			Title: "A page", HeadingPath: []string{"Part", "Section"}, Text: string(all[at : at+1200]),
		})
	}
	return texts
}

// BenchmarkEmbedDocuments reports chunks of 1,200 characters per second on all cores.
func BenchmarkEmbedDocuments(b *testing.B) {
	e := open(b)
	texts := chunks(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := e.EmbedDocuments(b.Context(), texts[i%len(texts):][:1]); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "chunks/s")
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := newModel(file); err != nil {
			b.Fatal(err)
		}
	}
}
