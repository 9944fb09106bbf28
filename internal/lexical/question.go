package lexical

import (
	"math"
	"slices"
	"unicode/utf8"
)

const (
	// textShare is how much the use of a word in the texts at hand counts for how telling it is;
	// the rest is its use in English. The texts alone are too small a sample: most words of
	// everyday English are in none of a book's chunks.
	textShare = 0.25
	// commonReach says how frequent words of English are: the one of rank r is in a passage with
	// probability 1 - exp(-commonReach/r), by Zipf's law.
	commonReach = 80
)

// Information is how telling it is, in nats, that a text holds a word:
//
//	-ln(textShare*share + (1-textShare)*english)
//
// share is the part of the texts at hand that hold the word, 0 to 1; english is the part of English
// passages that do, by the word's Rank. A rare word that no text holds has the most, UnknownWord.
func Information(stem string, share float64) float64 {
	english := 1 - math.Exp(-commonReach/float64(Rank(stem)))
	return -math.Log(textShare*min(1, share) + (1-textShare)*english)
}

// UnknownWord is the information of a rare word that no text holds.
var UnknownWord = -math.Log((1 - textShare) * (1 - math.Exp(-commonReach/float64(CommonWords+1))))

// Asked is a word of a question. A text has it if it has all stems of one of its spellings.
type Asked struct {
	Spellings [][]string
	// Bigram is set for two characters of a script without spaces: not a word, but a piece of one,
	// or of two.
	Bigram bool
}

// Question returns the distinct words of a question without stop words. An identifier is one word,
// spelled as a whole or by all its parts.
func Question(question string) []Asked {
	var asked []Asked
	seen := map[string]bool{}
	terms := Terms(question)
	for i := 0; i < len(terms); i++ {
		t := terms[i]
		var parts []string
		if t.Kind == Whole {
			for ; i+1 < len(terms) && terms[i+1].End <= t.End; i++ {
				if terms[i+1].Kind == Part && !terms[i+1].Stop {
					parts = append(parts, terms[i+1].Stem)
				}
			}
		}
		if t.Stop || t.Kind == Part || seen[t.Stem] {
			continue
		}
		seen[t.Stem] = true
		first, _ := utf8.DecodeRuneInString(t.Stem)
		word := Asked{Spellings: [][]string{{t.Stem}}, Bigram: gramClassOf(first) != noGram}
		if parts != nil {
			word.Spellings = append(word.Spellings, parts)
		}
		asked = append(asked, word)
	}
	return asked
}

// In reports whether a text with these stems has the word.
func (a Asked) In(stems map[string]bool) bool {
	return a.Known(func(stem string) bool { return stems[stem] })
}

// Known reports whether all stems of one of the word's spellings are known.
func (a Asked) Known(known func(stem string) bool) bool {
	return slices.ContainsFunc(a.Spellings, func(spelling []string) bool {
		return !slices.ContainsFunc(spelling, func(stem string) bool { return !known(stem) })
	})
}

// Information is that of the spelling that tells least, each by its rarest stem. share gives the
// part of the texts at hand that hold a stem.
func (a Asked) Information(share func(stem string) float64) float64 {
	least := math.Inf(1)
	for _, spelling := range a.Spellings {
		most := 0.0
		for _, stem := range spelling {
			most = max(most, Information(stem, share(stem)))
		}
		least = min(least, most)
	}
	return least
}

// AddStems adds the stems of text to a set.
func AddStems(stems map[string]bool, text string) {
	for _, t := range Terms(text) {
		stems[t.Stem] = true
	}
}
