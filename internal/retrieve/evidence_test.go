package retrieve

import (
	"math"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/lexical"
)

// balance is a small book: what its chunks say, and how often it uses each word.
var balance = []book.Passage{
	{Title: "Balance", HeadingPath: []string{"Zero-moment point"}, Text: "The zero-moment point is " +
		"where the ground reaction force has no horizontal moment. It must lie in the support polygon."},
	{Title: "Balance", HeadingPath: []string{"Capture point"}, Text: "The capture point is where a " +
		"biped must step to come to a stop. A push moves it outwards."},
	{Title: "Software", Text: "Call `controller.set_reference(x)` in `Vec::with_capacity` style, in " +
		"ROS2 or in C++. The robot walks."},
}

func supportIn(passages []book.Passage, question string) float64 {
	df := map[uint32]int{}
	for _, p := range passages {
		indices, _ := lexical.DocumentWeights(p.Title + " " + p.Text)
		for _, id := range indices {
			df[id]++
		}
	}
	return Support(question, passages, df, len(passages))
}

func TestSupport(t *testing.T) {
	tests := []struct {
		question string
		enough   bool
	}{
		{"What is the zero-moment point?", true},
		{"Where is the capture point?", true},
		{"Where must a biped step after a push?", true},
		{"What is with_capacity?", true},
		{"How do I call setReference on the controller?", true}, // written otherwise, same parts
		{"Is ROS 2 used?", true},
		{"What is C++?", true},
		{"What is C#?", false},
		{"Who founded Boston Dynamics?", false},
		{"What did Honda call its capture polygon?", false}, // words of different passages
		{"How does a quadcopter stop?", false},
		{"What is the zero-moment point of a chocolatey quadcopter?", false},
		{"What is it?", false},
		{"...", false},
		{"什么是机器人?", false},
	}
	for _, tt := range tests {
		if got := supportIn(balance, tt.question); got >= enoughSupport != tt.enough {
			t.Errorf("%q has support %.2f, want enough %v", tt.question, got, tt.enough)
		}
	}
}

func TestSupportOfNothing(t *testing.T) {
	if got := Support("What is a robot?", nil, nil, 0); got != 0 {
		t.Errorf("an empty book supports by %v", got)
	}
	// Frequencies may be older than the passages.
	stale := map[uint32]int{lexical.Hash("robot"): 1000}
	got := Support("What is a robot?", []book.Passage{{Text: "A robot."}}, stale, 3)
	if math.IsNaN(got) || got <= 0 {
		t.Errorf("with stale frequencies the support is %v", got)
	}
}

// TestSupportOfJoinedChunks: what is scattered over joined chunks counts no more than in chunks.
func TestSupportOfJoinedChunks(t *testing.T) {
	a := book.Passage{Text: "The gripper holds a bottle. "}
	b := book.Passage{Text: "The thermometer shows a temperature. "}
	joined := book.Passage{Text: a.Text + b.Text, Parts: []book.Passage{a, b}}
	question := "Does the gripper change the temperature of a bottle on the thermometer?"
	apart := supportIn([]book.Passage{a, b}, question)
	if got := supportIn([]book.Passage{joined}, question); math.Abs(got-apart) > 0.2 || got >= 1 {
		t.Errorf("joined chunks support by %v, single ones by %v", got, apart)
	}
}

// TestSupportGrows: one more word of the question in a passage never lowers its support.
func TestSupportGrows(t *testing.T) {
	question := "Which lubricant does a harmonic drive need every year?"
	text, last := "", 0.0
	for _, word := range []string{"drive", "harmonic", "lubricant", "year", "need"} {
		text += " " + word
		got := Support(question, []book.Passage{{Text: text}}, nil, 10)
		if got <= last {
			t.Errorf("support fell from %v to %v with %q", last, got, word)
		}
		last = got
	}
	if last < 1 {
		t.Errorf("all words give %v", last)
	}
}

func TestEvidenceTerms(t *testing.T) {
	asked := map[uint32]bool{}
	for _, id := range EvidenceTerms("How do I use `Vec::with_capacity`?") {
		asked[id] = true
	}
	for _, stem := range []string{"vec::with_capacity", "vec", "with_capacity", "capac", "use"} {
		if !asked[lexical.Hash(stem)] {
			t.Errorf("the frequency of %q is not asked for", stem)
		}
	}
	if asked[lexical.Hash("how")] {
		t.Error("the frequency of a stop word is asked for")
	}
}

func BenchmarkSupport(b *testing.B) {
	var passages []book.Passage
	for range 8 {
		text := ""
		for len(text) < 1200 {
			text += balance[len(text)%3].Text + " "
		}
		passages = append(passages, book.Passage{Title: "Balance", Text: text})
	}
	for b.Loop() {
		Support("Which lubricant does a harmonic drive of a biped need every year?", passages, nil, 10)
	}
}
