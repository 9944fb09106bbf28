package retrieve

import (
	"context"
	"math"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/lexical"
)

const (
	// enoughSupport is the Support from which on a question counts as answered by the book.
	enoughSupport = 0.82
	// shortQuestion is the length, in rare words that the book never uses, up to which a question
	// is short: nearly all of it must be in one passage.
	shortQuestion = 2
	// bookShare is how much the book's own use of a word counts for how telling the word is; the
	// rest is its use in English. A book alone is too small a sample: most words of everyday
	// English are in none of its chunks.
	bookShare = 0.25
	// commonReach says how frequent words of English are: the one of rank r is in a passage with
	// probability 1 - exp(-commonReach/r), by Zipf's law.
	commonReach = 80
)

// Evidence reports whether the passages are evidence enough to answer the question. Errors are
// those of the relational store.
func (s *Service) Evidence(
	ctx context.Context, r Request, passages []book.Passage,
) (bool, error) {
	question := r.question()
	df, chunks, err := s.store.TermFrequencies(ctx, EvidenceTerms(question))
	if err != nil {
		return false, err
	}
	return Support(question, passages, df, chunks) >= enoughSupport, nil
}

// EvidenceTerms returns the terms whose frequencies Support needs: all words of the question that
// are not stop words, as hashes, ascending.
func EvidenceTerms(question string) []uint32 {
	terms, _ := lexical.QueryWeights(question)
	return terms
}

// Support says how much of what a question is about is in one of the passages; 1 and more is
// enough for an answer. df and chunks are the frequencies of EvidenceTerms.
//
// The question is a set of words, each worth the information that a text holds it:
//
//	information(w) = -ln(bookShare*df(w)/chunks + (1-bookShare)*english(w))
//
// so a rare word that the book never uses weighs most, and filling words of questions little. The
// part of the information that one chunk with its title and headings covers, times
// sqrt(length/shortQuestion) for questions that are not short, is the support. length is the
// question's whole information in units of one rare word that the book never uses: the more a
// question says, the smaller the part of it that one passage repeats, and the less likely that
// part is there by chance.
//
// It does not depend on scores, so it is the same for every index and every embedder.
func Support(question string, passages []book.Passage, df map[uint32]int, chunks int) float64 {
	words := questionWords(question, df, chunks)
	total := 0.0
	for _, w := range words {
		total += w.information
	}
	if total == 0 {
		return 0
	}
	best := 0.0
	for _, p := range passages {
		if p.Parts == nil {
			best = max(best, coverage(words, p))
		}
		for _, part := range p.Parts {
			best = max(best, coverage(words, part))
		}
	}
	length := total / information(0, lexical.CommonWords+1)
	return best / total * math.Sqrt(max(1, length/shortQuestion))
}

// word is a word of the question: a text has it if it has all stems of one of its spellings.
type word struct {
	spellings   [][]string
	information float64
}

// questionWords returns the distinct words of a question. An identifier is one word, there if it is
// there as a whole or in all its parts.
func questionWords(question string, df map[uint32]int, chunks int) []word {
	var words []word
	seen := map[string]bool{}
	terms := lexical.Terms(question)
	for i := 0; i < len(terms); i++ {
		t := terms[i]
		parts := []string(nil)
		if t.Kind == lexical.Whole {
			for ; i+1 < len(terms) && terms[i+1].End <= t.End; i++ {
				if terms[i+1].Kind == lexical.Part && !terms[i+1].Stop {
					parts = append(parts, terms[i+1].Stem)
				}
			}
		}
		if t.Stop || t.Kind == lexical.Part || seen[t.Stem] {
			continue
		}
		seen[t.Stem] = true
		w := word{spellings: [][]string{{t.Stem}}}
		if parts != nil {
			w.spellings = append(w.spellings, parts)
		}
		w.information = math.Inf(1)
		for _, stems := range w.spellings {
			w.information = min(w.information, rarest(stems, df, chunks))
		}
		words = append(words, w)
	}
	return words
}

// rarest returns the information of the stem that tells most.
func rarest(stems []string, df map[uint32]int, chunks int) float64 {
	most := 0.0
	for _, stem := range stems {
		share := 0.0
		if chunks > 0 {
			share = min(1, float64(df[lexical.Hash(stem)])/float64(chunks))
		}
		most = max(most, information(share, lexical.Rank(stem)))
	}
	return most
}

// information of a word that a share of the book's chunks holds and that has this rank in English.
func information(share float64, rank int) float64 {
	english := 1 - math.Exp(-commonReach/float64(rank))
	return -math.Log(bookShare*share + (1-bookShare)*english)
}

// coverage returns the information of the words that the passage has.
func coverage(words []word, p book.Passage) float64 {
	has := map[string]bool{}
	add := func(text string) {
		for _, t := range lexical.Terms(text) {
			has[t.Stem] = true
		}
	}
	add(p.Title)
	for _, heading := range p.HeadingPath {
		add(heading)
	}
	add(p.Text)
	covered := 0.0
	for _, w := range words {
		for _, stems := range w.spellings {
			all := true
			for _, stem := range stems {
				all = all && has[stem]
			}
			if all {
				covered += w.information
				break
			}
		}
	}
	return covered
}
