package retrieve

import (
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestMisspelt(t *testing.T) {
	for _, tt := range []struct {
		word, meant string
		want        bool
	}{
		{"griper", "gripper", true},
		{"gripperr", "gripper", true},
		{"grippre", "gripper", true},
		{"grapper", "gripper", true},
		{"dréhen", "drehen", true},
		{"ρομποτ", "ρομποτικ", false},
		{"ρομπτ", "ρομποτ", true},
		{"gripper", "gripper", false},
		{"kripper", "gripper", false}, // the first character is seldom wrong
		{"grppr", "gripper", false},
		{"gear", "gears", false}, // too short to tell
		{"gripp", "gr", false},
		{"gears", "g", false},
	} {
		if got := misspelt(tt.word, tt.meant); got != tt.want {
			t.Errorf("misspelt(%q, %q) is %v", tt.word, tt.meant, got)
		}
	}
}

// TestSupportOfSlips: a word that differs by one character from what the passages say is that word; one
// that the book uses is meant as it is written.
func TestSupportOfSlips(t *testing.T) {
	grip := book.Passage{Text: "The gripper holds a bottle."}
	flow := book.Passage{Text: "Water flows."}
	books := []book.Passage{grip, flow, {Text: "The dripper holds the filter."}, {Text: "A flower."}}
	right := supportOf("How does the gripper hold a bottle?", books, grip)
	if got := supportOf("How does the griper hold a bottle?", books, grip); got < 0.9*right {
		t.Errorf("with a slip the support is %v, without %v", got, right)
	}
	asked := supportOf("What does the flower need?", books, flow)
	if got := supportOf("What does the flow need?", books, flow); asked >= got {
		t.Errorf("a word that the book uses was taken for another: %v, %v", asked, got)
	}
}
