package retrieve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// chunk makes the n-th chunk of a document, 100 characters each, with words of its own.
func chunk(doc string, n int) book.Passage {
	text := strings.Repeat(fmt.Sprintf("%s%d. ", doc, n), 100)[:100]
	return book.Passage{
		DocID: doc, ChunkIndex: n, CharStart: 100 * n, CharEnd: 100*n + 100, Text: text,
		ChunkID: uuid.NewSHA1(uuid.Nil, []byte(text)), Score: 1 / float64(n+1),
	}
}

// names writes passages as "doc:start-end".
func names(passages []book.Passage) string {
	var out []string
	for _, p := range passages {
		out = append(out, fmt.Sprintf("%s:%d-%d", p.DocID, p.CharStart, p.CharEnd))
	}
	return strings.Join(out, " ")
}

func TestAssemble(t *testing.T) {
	a := func(n int) book.Passage { return chunk("a", n) }
	b := func(n int) book.Passage { return chunk("b", n) }
	copied := b(7)
	copied.Text = a(0).Text
	again := a(1)
	again.Revision = 2
	tests := []struct {
		name           string
		ranked, marked []book.Passage
		topK           int
		want           string
	}{
		{"nothing", nil, nil, 5, ""},
		{"order is kept", []book.Passage{b(5), a(0), b(2)}, nil, 5, "b:500-600 a:0-100 b:200-300"},
		{"limit", []book.Passage{b(5), a(0), b(2)}, nil, 2, "b:500-600 a:0-100"},
		{"neighbours", []book.Passage{a(3), b(0), a(2), a(4)}, nil, 5, "a:200-500 b:0-100"},
		{"a gap", []book.Passage{a(1), a(3)}, nil, 5, "a:100-200 a:300-400"},
		{"filled gap", []book.Passage{a(1), a(3), a(2)}, nil, 5, "a:100-400"},
		{"other revision", []book.Passage{a(0), again}, nil, 5, "a:0-100 a:100-200"},
		{"copy", []book.Passage{a(0), copied, b(1)}, nil, 5, "a:0-100 b:100-200"},
		{"marked first", []book.Passage{b(5), a(0)}, []book.Passage{a(0)}, 5, "a:0-100 b:500-600"},
		{
			"long run",
			[]book.Passage{a(0), a(1), a(2), a(3), a(4), a(5)},
			nil, 9,
			"a:0-400 a:400-600",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := assemble(tt.ranked, tt.marked, tt.topK)
			if diff := cmp.Diff(tt.want, names(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, p := range got {
				if len(p.Text) != p.CharEnd-p.CharStart {
					t.Errorf("%s:%d has %d bytes", p.DocID, p.CharStart, len(p.Text))
				}
			}
		})
	}
}

func TestJoinedPassage(t *testing.T) {
	first, best := chunk("a", 2), chunk("a", 3)
	sparse := 7.0
	best.Score, best.Scores.Sparse = 0.9, &sparse
	got := assemble([]book.Passage{best, first}, nil, 5)[0]
	if got.Text != first.Text+best.Text {
		t.Errorf("text is %q", got.Text)
	}
	if got.ChunkID != first.ChunkID || got.ChunkIndex != 2 {
		t.Errorf("it is named %v, %d, want the first chunk", got.ChunkID, got.ChunkIndex)
	}
	if got.Score != 0.9 || got.Scores.Sparse != &sparse {
		t.Errorf("its scores are %v and %v, want the best chunk's", got.Score, got.Scores.Sparse)
	}
	if len(got.Parts) != 2 || got.Parts[0].ChunkIndex != 2 || got.Parts[1].ChunkIndex != 3 {
		t.Errorf("its parts are %s", names(got.Parts))
	}
}

func TestNearDuplicates(t *testing.T) {
	var words []string
	for i := range 200 {
		words = append(words, fmt.Sprintf("word%d", i*7919%1000))
	}
	text := strings.Join(words, " ")
	changed := func(n int) string {
		w := append([]string(nil), words...)
		for i := range n {
			w[i*len(w)/n] = "different"
		}
		return strings.Join(w, " ")
	}
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"equal", text, text, true},
		{"case and spaces", text, strings.ToUpper(strings.ReplaceAll(text, " ", "\n")), true},
		{"a few words", text, changed(4), true},
		{"many words", text, changed(40), false},
		{"a half", text, strings.Join(words[:100], " "), false},
		{"short", "Yes.", "yes", true},
		{"short and other", "Yes.", "No idea.", false},
		{"no words", "---", "***", false},
		{"Chinese", "机器人学习走路。", "机器人学习走路", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := similar(shingles(tt.a), shingles(tt.b)); got != tt.want {
				t.Errorf("similar is %v, want %v", got, tt.want)
			}
		})
	}
}
