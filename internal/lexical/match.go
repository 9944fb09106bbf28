package lexical

import "slices"

// Matches returns where text has words of the question, for marking them: disjoint spans, rising,
// touching ones joined. Stop words are not marked.
func Matches(question, text string) []Span {
	asked := make(map[string]struct{})
	for _, t := range Terms(question) {
		if !t.Stop {
			asked[t.Stem] = struct{}{}
		}
	}
	var spans []Span
	for _, t := range Terms(text) {
		if _, ok := asked[t.Stem]; !ok || t.Stop {
			continue
		}
		if n := len(spans); n > 0 && t.Start <= spans[n-1].End {
			spans[n-1].End = max(spans[n-1].End, t.End)
			continue
		}
		spans = append(spans, Span{t.Start, t.End})
	}
	return slices.Clip(spans)
}
