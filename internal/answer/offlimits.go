package answer

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/lexical"
)

// offLimits is what a reader sees whose question is not to be answered here.
const offLimits = "This question is off limits here. Ask something about the book."

// aboutInstructions are demands to drop or to show what a model is told. They are no questions about
// a book; one that quotes such a demand, or asks what a prompt is, is.
var aboutInstructions = regexp.MustCompile(`(?i)(?:^|[.!?:;,\n]\s*|\b(?:please|then|and|now)\s+)(?:` +
	`(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,4}(?:instructions?|prompts?|rules|guidelines)|` +
	`(?:(?:reveal|show|print|repeat|output|write|give|tell)\s+(?:\w+\s+){0,3}|what(?:'s|’s| is| are| were)\s+)` +
	`your\s+(?:\w+\s+){0,2}(?:prompts?|instructions?)\b)`)

// phrases are the stems of phrases that make a question off limits.
type phrases [][]string

// phrasesOf reads a list of phrases with commas between them.
func phrasesOf(list string) phrases {
	var all phrases
	for phrase := range strings.SplitSeq(list, ",") {
		if stems := stemsInOrder(phrase); len(stems) > 0 {
			all = append(all, stems)
		}
	}
	return all
}

func stemsInOrder(text string) []string {
	var stems []string
	for _, t := range lexical.Terms(text) {
		if t.Kind != lexical.Part {
			stems = append(stems, t.Stem)
		}
	}
	return stems
}

// forbid reports whether a question is off limits: it holds the words of a phrase one after the
// other, in whatever form, or it is about a model's instructions.
func (p phrases) forbid(question string) bool {
	question = visible(question)
	if aboutInstructions.MatchString(question) {
		return true
	}
	stems := stemsInOrder(question)
	for _, phrase := range p {
		for i := range stems {
			if len(stems)-i >= len(phrase) && slices.Equal(stems[i:i+len(phrase)], phrase) {
				return true
			}
		}
	}
	return false
}
