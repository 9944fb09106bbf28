package answer

import (
	"strconv"
	"strings"

	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/sentence"
)

// quotes finds for each marker of an answer the sentence of its passage that says most of what
// stands before the marker.
func (g *guard) quotes(text string) []llm.Quote {
	var found []llm.Quote
	for i, passage := range g.cited {
		said := map[string]bool{}
		lexical.AddStems(said, before(text, i+1))
		source := g.passages[passage-1].Text
		start, end := mostCommon(source, said)
		if start < end {
			found = append(found, llm.Quote{Marker: i + 1, Passage: passage, Start: start, End: end})
		}
	}
	return found
}

// before is the statement in front of the first place of a marker: back to the end of the line or
// sentence before it.
func before(text string, number int) string {
	for _, place := range marker.FindAllStringSubmatchIndex(text, -1) {
		if text[place[2]:place[3]] != strconv.Itoa(number) {
			continue
		}
		head := marker.ReplaceAllString(text[:place[0]], "")
		head = strings.TrimRight(head, " .!?\n")
		return head[strings.LastIndexAny(head, ".!?\n")+1:]
	}
	return ""
}

// mostCommon is the sentence of source that has the most of these stems, the first of equals.
func mostCommon(source string, said map[string]bool) (start, end int) {
	best := -1
	for _, span := range sentence.Spans(source) {
		words := strings.TrimSpace(source[span.Start:span.End])
		if words == "" {
			continue
		}
		has, common := map[string]bool{}, 0
		lexical.AddStems(has, words)
		for stem := range has {
			if said[stem] {
				common++
			}
		}
		if common > best {
			best = common
			start = span.Start + strings.Index(source[span.Start:span.End], words)
			end = start + len(words)
		}
	}
	return start, end
}
