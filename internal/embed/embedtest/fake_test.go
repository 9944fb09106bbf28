package embedtest

import (
	"errors"
	"math"
	"testing"

	"github.com/lectern-project/lectern/internal/embed"
)

func TestFakeKeepsTheContract(t *testing.T) {
	Run(t, func(testing.TB) embed.Embedder { return NewFake(16) })
}

func TestFakeIsNearForSharedWords(t *testing.T) {
	f := NewFake(256)
	dot := func(a, b string) (sum float64) {
		x, y := embedQuery(t, f, a), embedQuery(t, f, b)
		for d := range x {
			sum += float64(x[d]) * float64(y[d])
		}
		return sum
	}
	near, far := dot("a robot arm", "the robot arm"), dot("a robot arm", "green tea leaves")
	if near < 0.5 || far > 0.3 {
		t.Errorf("shared words: %v, no shared words: %v", near, far)
	}
}

func TestFakeMisbehaves(t *testing.T) {
	texts := []embed.Text{{Text: "one"}, {Text: "two"}}
	for fault, bad := range map[Fault]func(v [][]float32) bool{
		NoFault:         func(v [][]float32) bool { return len(v) == 2 && len(v[1]) == 8 },
		MissingVector:   func(v [][]float32) bool { return len(v) == 1 },
		SurplusVector:   func(v [][]float32) bool { return len(v) == 3 },
		WrongDimensions: func(v [][]float32) bool { return len(v[1]) == 7 },
		NaNVector:       func(v [][]float32) bool { return math.IsNaN(float64(v[1][0])) },
		InfiniteVector:  func(v [][]float32) bool { return math.IsInf(float64(v[1][0]), 1) },
		ZeroVector:      func(v [][]float32) bool { return v[1] != nil && v[1][0] == 0 && v[1][7] == 0 },
	} {
		f := NewFake(8)
		f.Misbehave(fault)
		got, err := f.EmbedDocuments(t.Context(), texts)
		if err != nil || !bad(got) {
			t.Errorf("fault %d: %v, %v", fault, got, err)
		}
		if _, err := f.EmbedDocuments(t.Context(), nil); err != nil {
			t.Errorf("fault %d without texts: %v", fault, err)
		}
		f.Misbehave(NoFault)
		embedDocuments(t, f, texts)
	}
}

func TestFakeFailsAndCounts(t *testing.T) {
	f := NewFake(8)
	down := errors.New("down")
	f.Fail(down)
	if v, err := f.EmbedDocuments(t.Context(), someTexts()); v != nil || !errors.Is(err, down) {
		t.Errorf("EmbedDocuments: %v, %v", v, err)
	}
	if v, err := f.EmbedQuery(t.Context(), "x"); v != nil || !errors.Is(err, down) {
		t.Errorf("EmbedQuery: %v, %v", v, err)
	}
	f.Fail(nil)
	embedDocuments(t, f, someTexts())
	if got, want := f.Texts(), 2*len(someTexts()); got != want {
		t.Errorf("Texts is %d, want %d", got, want)
	}
}
