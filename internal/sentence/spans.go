package sentence

import "github.com/clipperhouse/uax29/v2/sentences"

func spans(text string) []Span {
	var out []Span
	it := sentences.FromString(text)
	for it.Next() {
		out = append(out, Span{it.Start(), it.End()})
	}
	return out
}
