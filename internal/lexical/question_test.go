package lexical_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/lexical"
)

func TestQuestion(t *testing.T) {
	got := lexical.Question("How does the robot use Vec::with_capacity, robots or 机器人?")
	want := []lexical.Asked{
		{Spellings: [][]string{{"robot"}}},
		{Spellings: [][]string{{"use"}}},
		{Spellings: [][]string{{"vec::with_capacity"}, {"vec", "capac"}}},
		{Spellings: [][]string{{"机器"}}, Bigram: true},
		{Spellings: [][]string{{"器人"}}, Bigram: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAskedIn(t *testing.T) {
	tests := []struct {
		question, text string
		want           bool
	}{
		{"robots", "A robot.", true},
		{"robots", "A motor.", false},
		{"ROS2", "ROS 2", true},
		{"ROS2", "ROS 1", false},
		{"setReference", "set_reference", true},
		{"with_capacity", "capacity", true}, // "with" is a stop word
		{"C++", "C", false},
	}
	for _, tt := range tests {
		stems := map[string]bool{}
		lexical.AddStems(stems, tt.text)
		if got := lexical.Question(tt.question)[0].In(stems); got != tt.want {
			t.Errorf("%q in %q is %v", tt.question, tt.text, got)
		}
	}
}

func TestInformation(t *testing.T) {
	none := func(string) float64 { return 0 }
	all := func(string) float64 { return 1 }
	rare, common := lexical.Question("chocolatey")[0], lexical.Question("year")[0]
	if r, c := rare.Information(none), common.Information(none); r <= c || r != lexical.UnknownWord {
		t.Errorf("a rare word has %v, a common one %v, an unknown one %v", r, c, lexical.UnknownWord)
	}
	if rare.Information(all) >= rare.Information(none) {
		t.Error("a word that is everywhere tells as much as one that is nowhere")
	}
	if i := lexical.Information("the", 1); i < 0 || math.IsInf(i, 0) {
		t.Errorf("the has information %v", i)
	}
	if lexical.Information("x", 7) != lexical.Information("x", 1) {
		t.Error("a share above 1 counts more")
	}
}
