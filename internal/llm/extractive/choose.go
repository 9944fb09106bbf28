package extractive

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/llm"
)

const (
	// maxPieces bounds the number of sentences in an answer.
	maxPieces = 6
	// fromContext is what a word of the question counts that the sentence lacks and its title or
	// headings have.
	fromContext = 0.6
	// repeated is what a word counts that the answer already has.
	repeated = 0.3
	// worthwhile is the part of the first sentence's gain that a further one must bring.
	worthwhile = 0.22
	// perRank is how much each further place of a passage in the ranking costs.
	perRank = 0.2
	// following is the bonus for the sentence after one that was chosen.
	following = 1.3
	// leading is the part of the first sentence's gain that the sentence after it has anyway.
	leading = 0.4
	// aboutIt is the bonus for a sentence that opens with all words of the question: what a
	// sentence opens with is mostly what it is about.
	aboutIt = 0.6
	// alike is the share of common stems from which on a sentence repeats another.
	alike = 0.7
	// tooShort is the length in characters below which a sentence says little by itself.
	tooShort = 40
)

// choose returns the quotes of the answer in the order of the passages in which they were found
// best, each passage's in its own order.
func choose(r llm.Request) []quote {
	question := r.Question
	if r.Selection != "" {
		question += "\n" + r.Selection
	}
	var all []piece
	for i, p := range r.Passages {
		all = append(all, pieces(i, p)...)
	}
	c := newChooser(question, all)
	var quotes []quote
	for len(c.chosen) < maxPieces {
		best, gain := c.best()
		if best < 0 || gain < worthwhile*c.first {
			break
		}
		c.first = max(c.first, gain)
		used := c.all[best]
		c.done[best] = true
		if c.repeats(used) {
			continue
		}
		longer := arrange(append(slices.Clone(c.chosen), used))
		if length(longer) > MaxAnswer {
			continue
		}
		quotes = longer
		c.take(best)
	}
	return quotes
}

// part says how far a sentence has a word of the question.
type part uint8

const (
	absent part = iota
	inContext
	inSentence
)

// chooser picks one sentence after the other, each time the one that adds most.
type chooser struct {
	all     []piece
	words   []lexical.Asked
	weights []float64
	has     [][]part  // of each sentence, the words that it has
	about   []float64 // of each sentence, the share of the question that it opens with, 0 to 1
	had     []bool    // words that the answer has
	chosen  []piece
	done    []bool
	first   float64 // gain of the first
}

func newChooser(question string, all []piece) *chooser {
	c := &chooser{all: all, words: lexical.Question(question), done: make([]bool, len(all))}
	c.had = make([]bool, len(c.words))
	share := func(stem string) float64 {
		n := 0
		for _, p := range all {
			if p.stems[stem] {
				n++
			}
		}
		return float64(n) / float64(max(1, len(all)))
	}
	for _, w := range c.words {
		c.weights = append(c.weights, w.Information(share))
	}
	for _, p := range all {
		has := make([]part, len(c.words))
		for i, w := range c.words {
			switch {
			case w.In(p.stems):
				has[i] = inSentence
			case w.In(p.context):
				has[i] = inContext
			}
		}
		c.has = append(c.has, has)
		c.about = append(c.about, c.openedBy(p))
	}
	return c
}

// openedBy returns the share of the question's information that is in the sentence's first words,
// of which there is one more than the question has.
func (c *chooser) openedBy(p piece) float64 {
	opening := map[string]bool{}
	for _, stem := range p.opening[:min(len(c.words)+1, len(p.opening))] {
		opening[stem] = true
	}
	opened, all := 0.0, 0.0
	for i, w := range c.words {
		all += c.weights[i]
		if w.In(opening) {
			opened += c.weights[i]
		}
	}
	if all == 0 {
		return 0
	}
	return opened / all
}

// best returns the sentence with the largest gain, the earlier one of equals; -1 if none has any.
func (c *chooser) best() (at int, gain float64) {
	at = -1
	for i := range c.all {
		if c.done[i] {
			continue
		}
		if g := c.gain(i); g > gain {
			at, gain = i, g
		}
	}
	return at, gain
}

// gain is the information of the question's words that the sentence has, less for those that only
// its headings have or that the answer already has, and more for a sentence that opens with them.
func (c *chooser) gain(at int) float64 {
	p, has := c.all[at], c.has[at]
	gain := 0.0
	own := false
	for i, worth := range c.weights {
		if c.had[i] {
			worth *= repeated
		}
		switch has[i] {
		case inSentence:
			own = true
			gain += worth
		case inContext:
			gain += worth * fromContext
		}
	}
	follows := slices.ContainsFunc(c.chosen, func(o piece) bool {
		return o.passage == p.passage && o.order+1 == p.order
	})
	switch {
	case follows:
		gain = gain*following + c.lead(p)
	case !own:
		return 0
	}
	gain *= 1 + aboutIt*c.about[at]
	if utf8.RuneCountInString(p.shown) < tooShort {
		gain /= 2
	}
	return gain / (1 + perRank*float64(p.passage))
}

// lead is what a sentence gains by following the first one: it often says why or how.
func (c *chooser) lead(p piece) float64 {
	if o := c.chosen[0]; o.passage == p.passage && o.order+1 == p.order {
		return leading * c.first
	}
	return 0
}

// repeats reports whether the answer says the same already.
func (c *chooser) repeats(p piece) bool {
	return slices.ContainsFunc(c.chosen, func(o piece) bool {
		common := 0
		for stem := range p.stems {
			if o.stems[stem] {
				common++
			}
		}
		return float64(common) > alike*float64(min(len(p.stems), len(o.stems)))
	})
}

func (c *chooser) take(at int) {
	c.chosen = append(c.chosen, c.all[at])
	for i := range c.words {
		c.had[i] = c.had[i] || c.has[at][i] == inSentence
	}
}

// arrange makes quotes of the chosen sentences: those of one passage together, in the passage's
// order, and those that touch as one quote.
func arrange(chosen []piece) []quote {
	place := map[int]int{}
	for i, p := range chosen {
		if _, ok := place[p.passage]; !ok {
			place[p.passage] = i
		}
	}
	slices.SortFunc(chosen, func(a, b piece) int {
		return cmp.Or(cmp.Compare(place[a.passage], place[b.passage]), cmp.Compare(a.start, b.start))
	})
	var quotes []quote
	for _, p := range chosen {
		if n := len(quotes); n > 0 && quotes[n-1].joins(p) {
			q := &quotes[n-1]
			q.end = max(q.end, p.end)
			if p.start >= q.pieces[len(q.pieces)-1].end {
				q.pieces = append(q.pieces, p)
			}
			continue
		}
		quotes = append(quotes,
			quote{passage: p.passage, start: p.start, end: p.end, pieces: []piece{p}})
	}
	return quotes
}

// joins reports whether p continues the quote: it is the next sentence, or lies in a block that the
// quote already has.
func (q quote) joins(p piece) bool {
	last := q.pieces[len(q.pieces)-1]
	return q.passage == p.passage && (p.order == last.order+1 || p.start < q.end)
}

// length is that of the answer in characters.
func length(quotes []quote) int {
	n := max(0, len(quotes)-1) * len(separator)
	for i, q := range quotes {
		n += utf8.RuneCountInString(q.text(i + 1))
	}
	return n
}
