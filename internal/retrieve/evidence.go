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
)

// Evidence reports whether what a search found is evidence enough to answer its question. Words
// that the reader marked belong to the question where they are the book's. Errors are those of the
// relational store.
func (s *Service) Evidence(ctx context.Context, r Request, found Result) (bool, error) {
	question := r.Question
	switch {
	case found.Located:
		question = r.question()
	case r.Selection.Text != "" && vague(question):
		return false, nil // it is about words that are not the book's
	}
	df, chunks, err := s.store.TermFrequencies(ctx, EvidenceTerms(question))
	if err != nil {
		return false, err
	}
	return Support(question, found.Passages, df, chunks) >= enoughSupport, nil
}

// vague reports whether a question says less by itself than one rare word does, as "what does this
// mean?".
func vague(question string) bool {
	said := 0.0
	for _, w := range lexical.Question(question) {
		said += w.Information(func(string) float64 { return 0 })
	}
	return said < lexical.UnknownWord
}

// EvidenceTerms returns the terms whose frequencies Support needs: all words of the question that
// are not stop words, as hashes, ascending.
func EvidenceTerms(question string) []uint32 {
	terms, _ := lexical.QueryWeights(question)
	return terms
}

// Support says how much of what a question is about is in one of the passages; enoughSupport is
// enough for an answer. df and chunks are the frequencies of EvidenceTerms.
//
// The question is a set of words, each worth its lexical.Information by the book's use of it: a
// rare word that the book never uses weighs most, and filling words of questions little. The part
// of the information that one chunk with its title and headings covers, times
// sqrt(length/shortQuestion) for questions that are not short, is the support. length is the
// question's whole information in units of lexical.UnknownWord: the more a question says, the
// smaller the part of it that one passage repeats, and the less likely that part is there by
// chance.
//
// It does not depend on scores, so it is the same for every index and every embedder.
func Support(question string, passages []book.Passage, df map[uint32]int, chunks int) float64 {
	share := func(stem string) float64 {
		return float64(df[lexical.Hash(stem)]) / float64(max(1, chunks))
	}
	words := lexical.Question(question)
	information := make([]float64, len(words))
	total := 0.0
	for i, w := range words {
		information[i] = w.Information(share)
		total += information[i]
	}
	if total == 0 {
		return 0
	}
	best := 0.0
	for _, p := range passages {
		parts := p.Parts
		if parts == nil {
			parts = []book.Passage{p}
		}
		for _, part := range parts {
			stems := stemsOf(part)
			covered := 0.0
			for i, w := range words {
				if w.In(stems) {
					covered += information[i]
				}
			}
			best = max(best, covered)
		}
	}
	length := total / lexical.UnknownWord
	return best / total * math.Sqrt(max(1, length/shortQuestion))
}

// stemsOf returns the stems of a chunk, its title and its headings.
func stemsOf(p book.Passage) map[string]bool {
	stems := map[string]bool{}
	lexical.AddStems(stems, p.Title)
	for _, heading := range p.HeadingPath {
		lexical.AddStems(stems, heading)
	}
	lexical.AddStems(stems, p.Text)
	return stems
}
