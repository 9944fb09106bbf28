package eval

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var near = cmpopts.EquateApprox(0, 1e-12)

// TestMeasure compares with values computed by hand. For the graded case:
//
//	dcg   = 1/log2(2) + 0/log2(3) + 3/log2(4) + 2/log2(5) = 1 + 1.5 + 0.861353... = 3.361353...
//	ideal = 3/log2(2) + 2/log2(3) + 2/log2(4) + 1/log2(5) = 3 + 1.261859... + 1 + 0.430676...
func TestMeasure(t *testing.T) {
	log2 := math.Log2
	graded := (1 + 3/log2(4) + 2/log2(5)) / (3 + 2/log2(3) + 2/log2(4) + 1/log2(5))
	far := make([]string, 0, 100)
	for i := range 100 {
		far = append(far, string(rune('A'+i)))
	}
	for _, test := range []struct {
		name      string
		ranking   []string
		relevance map[string]int
		want      Measures
	}{
		{"first", []string{"a", "b"}, map[string]int{"a": 1}, Measures{1, 1, 1, 1, 1}},
		{
			"second",
			[]string{"b", "a"},
			map[string]int{"a": 1},
			Measures{1 / log2(3), 1, 1, 0.5, 1},
		},
		{
			"gain is linear",
			[]string{"a", "x", "b", "c"},
			map[string]int{"a": 1, "b": 3, "c": 2, "d": 2},
			Measures{graded, 0.75, 0.75, 1, 1},
		},
		{
			"a judged zero and a negative are not relevant",
			[]string{"z", "n", "a"},
			map[string]int{"a": 1, "z": 0, "n": -1},
			Measures{1 / log2(4), 1, 1, 1.0 / 3, 1},
		},
		{
			"sixth",
			[]string{"1", "2", "3", "4", "5", "a"},
			map[string]int{"a": 1},
			Measures{1 / log2(7), 1, 1, 1.0 / 6, 0},
		},
		{"eleventh", far, map[string]int{far[10]: 1, "absent": 1}, Measures{0, 0, 0.5, 0, 0}},
		{"hundredth", far, map[string]int{far[99]: 1}, Measures{0, 0, 1, 0, 0}},
		{"more relevant than places", far[:10], func() map[string]int {
			all := map[string]int{}
			for _, docID := range far[:20] {
				all[docID] = 1
			}
			return all
		}(), Measures{1, 0.5, 0.5, 1, 1}},
		{"nothing found", nil, map[string]int{"a": 1}, Measures{}},
		{"nothing relevant", []string{"a"}, map[string]int{"a": 0}, Measures{}},
	} {
		got := measure(test.ranking, test.relevance)
		if diff := cmp.Diff(test.want, got, near); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestPercentile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for p, want := range map[float64]float64{0.5: 3, 0.95: 5, 0.2: 1, 0: 1, 1: 5} {
		if got := percentile(values, p); got != want {
			t.Errorf("percentile %v is %v, want %v", p, got, want)
		}
	}
	if got := percentile(nil, 0.5); got != 0 {
		t.Errorf("percentile of nothing is %v", got)
	}
}
