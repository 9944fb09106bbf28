package lexical_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/lexical"
)

func TestHash(t *testing.T) {
	// MurmurHash3_x86_32 with seed 0; the second value has its sign bit set (0xba8f8dd9 is
	// negative as a signed number), so its absolute value is taken.
	tests := map[string]uint32{"": 0, "hello": 0x248bfa47, "test": 0x100000000 - 0xba6bd213}
	for stem, want := range tests {
		if got := lexical.Hash(stem); got != want {
			t.Errorf("Hash(%q) = %#x, want %#x", stem, got, want)
		}
	}
}

func TestDocumentWeights(t *testing.T) {
	indices, weights := lexical.DocumentWeights("The robot and the robots walk.")
	want := map[uint32]float64{}
	norm := lexical.K1 * (1 - lexical.B + lexical.B*3/float64(lexical.AverageLength))
	want[lexical.Hash("robot")] = 2 * (lexical.K1 + 1) / (2 + norm)
	want[lexical.Hash("walk")] = (lexical.K1 + 1) / (1 + norm)
	if len(indices) != len(want) || len(weights) != len(want) {
		t.Fatalf("got %d indices and %d weights, want %d", len(indices), len(weights), len(want))
	}
	for i, id := range indices {
		if math.Abs(want[id]-float64(weights[i])) > 1e-6 {
			t.Errorf("weight of %d is %v, want %v", id, weights[i], want[id])
		}
	}
}

func TestWeightsOfNothing(t *testing.T) {
	for _, text := range []string{"", "the of and", "...", "\xff"} {
		if indices, weights := lexical.DocumentWeights(text); len(indices)+len(weights) != 0 {
			t.Errorf("DocumentWeights(%q) = %v, %v, want nothing", text, indices, weights)
		}
		if indices, weights := lexical.QueryWeights(text); len(indices)+len(weights) != 0 {
			t.Errorf("QueryWeights(%q) = %v, %v, want nothing", text, indices, weights)
		}
	}
}

func TestQueryWeights(t *testing.T) {
	indices, weights := lexical.QueryWeights("What does one robot's `set_arm` do in a year for another robot?")
	got := map[uint32]float32{}
	for i, id := range indices {
		got[id] = weights[i]
	}
	// "set" and "year" are common words of English, "robot" is not.
	robot, whole := got[lexical.Hash("robot")], got[lexical.Hash("set_arm")]
	year := got[lexical.Hash("year")]
	if robot != 1 || whole != 0.5 || year <= 0 || year >= 0.8 {
		t.Errorf("robot weighs %v, set_arm %v, year %v", robot, whole, year)
	}
	if len(got) != 5 || len(indices) != 5 || !slices.IsSorted(indices) {
		t.Errorf("indices are %v, want those of robot, set_arm, set, arm, year", indices)
	}
}

func TestLongerTextsWeighLess(t *testing.T) {
	short := "robot " + strings.Repeat("filler ", 20)
	long := "robot " + strings.Repeat("filler ", 200)
	if a, b := weightOf(short, "robot"), weightOf(long, "robot"); a <= b {
		t.Errorf("robot weighs %v in a short text and %v in a long one", a, b)
	}
}

func weightOf(text, stem string) float32 {
	indices, weights := lexical.DocumentWeights(text)
	if i, ok := slices.BinarySearch(indices, lexical.Hash(stem)); ok {
		return weights[i]
	}
	return 0
}
