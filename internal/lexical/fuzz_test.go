package lexical_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/lectern-project/lectern/internal/lexical"
)

func FuzzTerms(f *testing.F) {
	for _, s := range []string{
		"", "Vec::with_capacity(`x`) C++ --flag .await", "机器人学 ロボット 로봇 หุ่นยนต์", "\xff`\n\n",
		"a.b_c::dE9", "e\u0301\u0301 \u0640\u0640", "::::__..--", strings.Repeat("x", 5000),
		"ﷺ㍿", "ｶﾞ", "\u0e33\u0e33", "a\u200d\u0301b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		terms := lexical.Terms(text)
		last := 0
		for _, term := range terms {
			if term.Start < last || term.End <= term.Start || term.End > len(text) {
				t.Fatalf("%q: span [%d,%d) after start %d", text, term.Start, term.End, last)
			}
			if term.Stem == "" || len(term.Stem) > 64 {
				t.Fatalf("%q: stem of %d bytes", text, len(term.Stem))
			}
			last = term.Start
		}
		if len(terms) > 3*len(text) {
			t.Fatalf("%d terms for %d bytes", len(terms), len(text))
		}
		checkWeights(t, text)
		checkSpans(t, text)
	})
}

func checkWeights(t *testing.T, text string) {
	t.Helper()
	indices, weights := lexical.DocumentWeights(text)
	if len(indices) != len(weights) || !slices.IsSorted(indices) {
		t.Fatalf("%q: %d indices, %d weights", text, len(indices), len(weights))
	}
	if n := len(slices.Compact(slices.Clone(indices))); n != len(indices) {
		t.Fatalf("%q: an index is there twice", text)
	}
	for _, w := range weights {
		if !(w > 0) {
			t.Fatalf("%q: weight %v", text, w)
		}
	}
	if asked, _ := lexical.QueryWeights(text); !slices.Equal(asked, indices) {
		t.Fatalf("%q: asked %v, indexed %v", text, asked, indices)
	}
}

func checkSpans(t *testing.T, text string) {
	t.Helper()
	last := -1
	for _, s := range lexical.Matches(text, text) {
		if s.Start <= last || s.End <= s.Start || s.End > len(text) {
			t.Fatalf("%q: span %v after %d", text, s, last)
		}
		last = s.End
	}
}

// FuzzNormalisation checks that it does not matter how a text's characters are composed.
func FuzzNormalisation(f *testing.F) {
	for _, s := range []string{"Café naïve Ångström", "로봇은 ガイド", "أحمد", "Ống nghiệm", "й ё"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip()
		}
		a, b := stems(norm.NFC.String(text)), stems(norm.NFD.String(text))
		if !slices.Equal(a, b) {
			t.Fatalf("%q: composed %q, decomposed %q", text, a, b)
		}
	})
}

func stems(text string) []string {
	var out []string
	for _, t := range lexical.Terms(text) {
		out = append(out, t.Stem)
	}
	return out
}

func BenchmarkDocumentWeights(b *testing.B) {
	for name, text := range map[string]string{"prose": prose, "chinese": chinese} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				lexical.DocumentWeights(text)
			}
		})
	}
}

var (
	prose = strings.Repeat("A robot that walks on two legs keeps its balance by moving the centre of "+
		"pressure under its feet; call `controller.set_zmp_reference(x, y)` every millisecond.\n", 8)
	chinese = strings.Repeat("双足机器人通过移动脚下的压力中心来保持平衡。", 50)
)
