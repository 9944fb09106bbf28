package lexical_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/lexical"
)

func TestMatches(t *testing.T) {
	tests := []struct {
		name, question, text string
		want                 []string
	}{
		{"nothing asked", "", "a robot", nil},
		{"stop words are not marked", "what is the robot", "what is the robot", []string{"robot"}},
		{"other forms", "walking robots", "A robot walks.", []string{"robot", "walks"}},
		{"within an identifier", "capacity", "Vec::with_capacity", []string{"capacity"}},
		{"a whole identifier", "`with_capacity`", "Vec::with_capacity(1)", []string{"with_capacity"}},
		{"bigrams are joined", "机器人", "这是机器人。", []string{"机器人"}},
		{"other spelling", "cafe", "Café!", []string{"Café"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range lexical.Matches(tt.question, tt.text) {
				got = append(got, tt.text[s.Start:s.End])
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
