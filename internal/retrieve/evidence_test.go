package retrieve

import (
	"math"
	"slices"
	"strings"
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
	return supportOf(question, passages, passages...)
}

// supportOf is the support of a question by what was found in a book.
func supportOf(question string, whole []book.Passage, found ...book.Passage) float64 {
	df := map[uint32]int{}
	for _, p := range whole {
		texts := append([]string{p.Title, p.Text}, p.HeadingPath...)
		indices, _ := lexical.DocumentWeights(strings.Join(texts, " "))
		for _, id := range indices {
			df[id]++
		}
	}
	return Support(question, found, df, len(whole))
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
	used := map[uint32]int{} // all of them are words of the book
	for _, term := range EvidenceTerms(question) {
		used[term] = 1
	}
	text, last := "", 0.0
	for _, word := range []string{"drive", "harmonic", "lubricant", "year", "need"} {
		text += " " + word
		got := Support(question, []book.Passage{{Text: text}}, used, 10)
		if got <= last {
			t.Errorf("support fell from %v to %v with %q", last, got, word)
		}
		last = got
	}
	if last < 1 {
		t.Errorf("all words give %v", last)
	}
}

// TestSupportOfScatteredWords: words far apart in a chunk need not have to do with each other.
func TestSupportOfScatteredWords(t *testing.T) {
	question := "Does the gripper bottle the lubricant?"
	near := "The gripper holds a bottle. It needs no lubricant. The robot walks. The floor is flat."
	far := "The gripper holds a block. The robot walks. A bottle stands there. The floor is flat. " +
		"The hip needs lubricant."
	passages := []book.Passage{{Text: near}, {Text: far}}
	together := supportOf(question, passages, passages[0])
	if got := supportOf(question, passages, passages[1]); got >= 0.7*together {
		t.Errorf("scattered words support by %v, the same words together by %v", got, together)
	}
}

// TestSupportByHeadings: who asks for all of a heading asks what stands under it.
func TestSupportByHeadings(t *testing.T) {
	named := book.Passage{HeadingPath: []string{"The capture point"}, Text: "Step there to stop."}
	other := book.Passage{
		HeadingPath: []string{"The capture point of a falling quadruped"},
		Text:        "Step there to stop.",
	}
	passages := []book.Passage{named, other}
	question := "What causes the capture point?"
	all, part := supportOf(question, passages, named), supportOf(question, passages, other)
	if all <= part {
		t.Errorf("the whole heading supports by %v, a part of one by %v", all, part)
	}
}

// TestSupportOfUnknownWords: a word that is nowhere in the book says that it does not treat the
// question; one that is somewhere else in it may be missing here.
func TestSupportOfUnknownWords(t *testing.T) {
	here := book.Passage{Text: "The knee actuator has a planetary gearbox."}
	elsewhere := book.Passage{Text: "Tungsten is heavy."}
	question := "Does the knee actuator have a planetary gearbox of tungsten?"
	unknown := supportOf(question, []book.Passage{here, {Text: "Lead is heavy."}}, here)
	known := supportOf(question, []book.Passage{here, elsewhere}, here)
	if unknown >= known {
		t.Errorf("support is %v with an unknown word, %v with a known one", unknown, known)
	}
	many := question + " Or of osmium, rhenium, iridium, hafnium, tantalum or niobium?"
	if got := supportOf(many, []book.Passage{here, elsewhere}, here); got <= 0 {
		t.Errorf("many unknown words leave the support %v", got)
	}
}

// TestSupportInOtherScripts: a question of bigrams has some that the book never uses.
func TestSupportInOtherScripts(t *testing.T) {
	passages := []book.Passage{
		{Title: "平衡", Text: "零力矩点是地面反作用力的水平力矩为零的点。机器人必须把它保持在支撑多边形内。"},
		{Title: "توازن", Text: "نقطة العزم الصفري هي النقطة التي ينعدم عندها العزم الأفقي. يمشي الروبوت."},
		{Title: "توازن", Text: "روبوٹ کا توازن قائم رکھنا مشکل ہے۔ روبوٹ دو ٹانگوں پر چلتا ہے۔"},
		{Title: "バランス", Text: "ゼロモーメントポイントは床反力の水平モーメントがゼロになる点です。"},
	}
	others := make([]book.Passage, 20) // the rest of the book
	for question, enough := range map[string]bool{
		"什么是零力矩点?":                      true,
		"机器人如何保持零力矩点在支撑多边形内?":           true,
		"谁创立了波士顿动力公司?":                  false,
		"ما هي نقطة العزم الصفري؟":      true,
		"كم سعر الطائرة بدون طيار؟":     false,
		"روبوٹ کتنی ٹانگوں پر چلتا ہے؟": true,
		"ڈرون کی قیمت کیا ہے؟":          false,
		"ゼロモーメントポイントとは何ですか?":            true,
		"ドローンの値段はいくらですか?":               false,
	} {
		got := supportOf(question, slices.Concat(passages, others), passages...)
		if got >= enoughSupport != enough {
			t.Errorf("%q has support %.2f, want enough %v", question, got, enough)
		}
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
