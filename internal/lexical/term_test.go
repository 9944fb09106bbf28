package lexical_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/lexical"
)

// notation writes terms as a golden line: a Whole in angle brackets, a Part in round ones, a stop
// word with a minus in front.
func notation(terms []lexical.Term) string {
	var out []string
	for _, t := range terms {
		s := t.Stem
		switch t.Kind {
		case lexical.Whole:
			s = "<" + s + ">"
		case lexical.Part:
			s = "(" + s + ")"
		}
		if t.Stop {
			s = "-" + s
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestTerms(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"no words", " \n\t--- *** ... \u200d", ""},
		{
			"stems", "Robots walked, walking to the robot's walks.",
			"robot walk walk -to -the robot walk",
		},
		{"apostrophes", "don't don’t can't", "-don't -don't -can't"},
		{
			"path", "Vec::with_capacity",
			"<vec::with_capacity> (vec) <with_capacity> -(with) (capac)",
		},
		{
			"camel case", "camelCase HTTPServer JavaScript",
			"<camelcas> (camel) (case) <httpserver> (http) (server) <javascript> (java) (script)",
		},
		{"snake case", "snake_case __init__ _", "<snake_case> (snake) (case) init"},
		{"module", "std::fmt", "<std::fmt> (std) (fmt)"},
		{"dots", "self.value example.com", "<self.value> (self) (valu) <example.com> (exampl) (com)"},
		{"flag", "cargo build --release", "cargo build <--release> (releas)"},
		{"method", "a `.await` call", "-a <.await> (await) call"},
		{"end of a sentence", "Stop.Go on. Next", "<stop.go> (stop) (go) -on next"},
		{"languages", "C, C++ and C#", "c c++ -and c#"},
		{"not a sharp", "B#x i", "b x -i"},
		{"short types", "u8 i128 x86", "u8 i128 x86"},
		{"letters and digits", "ROS2 is ROS 2", "<ros2> (ros) (2) -is ros 2"},
		{"numbers", "1,000 1_000 3.14 v0.1.0", "1000 1000 3.14 v0.1.0"},
		{"stop words as code", "use `for` for `a b", "use for -for a b"},
		{"code ends at an empty line", "`for\n\nfor", "for -for"},
		{"fence", "for\n```rust\nif x { for }\n```\nfor", "-for rust if x for -for"},
		{"accents", "Café cafe\u0301 naïve", "cafe cafe naiv"},
		{"full width", "ＡＢＣ ﬁle", "abc file"},
		{"Greek", "Σοφός ΣΟΦΟΣ", "σοφοσ σοφοσ"},
		{"Chinese", "机器人学", "(机) 机器 (器) 器人 (人) 人学 (学)"},
		{"one ideograph", "第3章", "第 3 章"},
		{"Japanese", "ロボットの腕", "ロボ ボッ ット トの の腕 (腕)"},
		{"half width kana", "ｶﾞｲﾄﾞ ガイド", "ガイ イド ガイ イド"},
		{"Korean", "로봇은 ROS는", "로봇 봇은 ros 는"},
		{"decomposed Korean", "로봇", "로봇"},
		{"Thai", "หุ่นยนต์", "หุ่น นย ยน นต์"},
		{"Arabic", "الرُّوبُوت الروبــوت أحمد احمد", "الروبوت الروبوت احمد احمد"},
		{"Urdu", "روبوٹ کی كي", "روبوٹ كي كي"},
		{"digits", "٣٤ ۳۴ 34", "34 34 34"},
		{"invalid UTF-8", "good\xff\xfebad \xe4\xb8", "good bad"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := notation(lexical.Terms(tt.text))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Terms(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}
