package static

import (
	"math"
	"testing"
)

func FuzzEmbed(f *testing.F) {
	for _, g := range readGolden(f) {
		f.Add(g.Text)
	}
	f.Add("\xff\x00\u0301\u200d中")
	m, err := newModel(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ids := m.tokenize(text)
		if len(ids) > m.maxTokens {
			t.Fatalf("%d ids", len(ids))
		}
		for _, id := range ids {
			if int(id) >= len(m.vocab.ends) {
				t.Fatalf("id %d", id)
			}
		}
		checkVector(t, m.vector(ids))
	})
}

func FuzzModel(f *testing.F) {
	f.Add(tinyModel([]string{"", "a", "##b", "é", "c"}, []float32{0, 1, 1, 1, 1}), "ab c é")
	f.Add([]byte(magic), "")
	f.Add(file[:headerSize+100], "a")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		m, err := newModel(seal(append([]byte(nil), data...)))
		if err != nil {
			return
		}
		checkVector(t, m.vector(m.tokenize(text)))
	})
}

func checkVector(t *testing.T, vector []float32) {
	t.Helper()
	if vector == nil {
		return
	}
	var square float64
	for _, v := range vector {
		square += float64(v) * float64(v)
	}
	if length := math.Sqrt(square); !(math.Abs(length-1) <= 1e-3) { // NaN must not pass
		t.Fatalf("length %v", length)
	}
}
