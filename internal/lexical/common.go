package lexical

import (
	_ "embed" // for the list
	"strings"
	"sync"
)

// common holds the 2,000 most frequent words of English, most frequent first: the first words of
// letters alone in the vocabulary of BERT (base, uncased; Apache-2.0), which is in that order.
//
//go:embed common.txt
var common string

// CommonWords is how many words Rank knows of.
const CommonWords = 2000

// Rank returns the place of a stem among the most frequent words of English, from 1; the best place
// if several words have the stem. It is CommonWords+1 for all others.
func Rank(stem string) int {
	if rank, ok := ranks()[stem]; ok {
		return rank
	}
	return CommonWords + 1
}

var ranks = sync.OnceValue(func() map[string]int {
	words := strings.Fields(common)
	ranks := make(map[string]int, len(words))
	for i, word := range words {
		stem := newWordForm(word).stem
		if _, ok := ranks[stem]; !ok {
			ranks[stem] = i + 1
		}
	}
	return ranks
})
