package retrieve

import (
	"context"
	"maps"
	"math"
	"slices"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/sentence"
	"github.com/lectern-project/lectern/internal/telemetry"
)

const (
	// enoughSupport is the Support from which on a question counts as answered by the book.
	enoughSupport = 0.77
	// shortQuestion is the length, in rare words that the book never uses, up to which a question
	// is short: nearly all of it must be said in one place.
	shortQuestion = 2
	// fromHeading is what the words of a heading that the question repeats count besides.
	fromHeading = 0.5
	// perUnknown is what a rare word that the book never uses takes from the support, up to
	// maxUnknown of them.
	perUnknown = 0.2
	maxUnknown = 2
	// ofNoWord is what a bigram that the book never uses counts: every other one joins the end of
	// a word and the beginning of the next.
	ofNoWord = 0.5
)

// Evidence reports whether what a search found is evidence enough to answer its question. Words
// that the reader marked belong to the question where they are the book's. Errors are those of the
// relational store.
func (s *Service) Evidence(
	ctx context.Context, r Request, found Result,
) (enough bool, err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.Evidence)
	defer end(&err)
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

// Support says how much of what a question is about is said in one place of the passages;
// enoughSupport is enough for an answer. df and chunks are the frequencies of EvidenceTerms.
//
// The question is a set of words, each worth its lexical.Information by the book's use of it: a
// rare word that the book never uses weighs most, and filling words of questions little. The
// support is
//
//	(covered + fromHeading*named) / total * sqrt(max(1, length/shortQuestion)) -
//	    perUnknown*min(maxUnknown, unknown)
//
// covered is the information that a sentence, the one after it, and title and headings cover:
// words that are scattered over a chunk need not have to do with each other. named is that of the
// heading that says most of it, times the share of the heading's own words that the question has:
// who asks for all of a heading asks what stands under it. total is the question's whole
// information, length the same in units of lexical.UnknownWord: the more a question says, the
// smaller the part of it that one place repeats, and the less likely that part is there by chance.
// unknown, in the same units, is the information of words that are nowhere in the book: it does not
// speak of what they name. A bigram that is nowhere may be of no word: it does not count there, and
// ofNoWord in total. One that differs by a slip from a word of the passages is that word.
//
// It does not depend on scores, so it is the same for every index and every embedder.
func Support(question string, passages []book.Passage, df map[uint32]int, chunks int) float64 {
	q := ask(question, df, chunks)
	if q.total == 0 {
		return 0
	}
	q.correct(passages)
	best := 0.0
	for _, p := range passages {
		parts := p.Parts
		if parts == nil {
			parts = []book.Passage{p}
		}
		for _, part := range parts {
			best = max(best, q.covered(part))
		}
	}
	length := math.Sqrt(max(1, q.total/lexical.UnknownWord/shortQuestion))
	unknown := min(maxUnknown, q.unknown/lexical.UnknownWord)
	return max(0, best/q.total*length-perUnknown*unknown)
}

// asked is a question with the information of each of its words.
type asked struct {
	words          []lexical.Asked
	information    []float64
	total, unknown float64
	astray         []bool // by word: it is nowhere in the book
	stems          map[string]bool
}

func ask(question string, df map[uint32]int, chunks int) asked {
	share := func(stem string) float64 {
		return float64(df[lexical.Hash(stem)]) / float64(max(1, chunks))
	}
	q := asked{words: lexical.Question(question), stems: stemsOf(question)}
	for _, w := range q.words {
		information := w.Information(share)
		used := w.Known(func(stem string) bool { return df[lexical.Hash(stem)] > 0 })
		switch {
		case !used && w.Bigram:
			information *= ofNoWord
		case !used:
			q.unknown += information
		}
		q.astray = append(q.astray, !used && !w.Bigram)
		q.information = append(q.information, information)
		q.total += information
	}
	return q
}

// covered is the information of the question that one place of a chunk covers, and what its
// headings name of it.
func (q asked) covered(chunk book.Passage) float64 {
	context := map[string]bool{}
	named := 0.0
	for _, heading := range append([]string{chunk.Title}, chunk.HeadingPath...) {
		stems := stemsOf(heading)
		named = max(named, q.in(stems)*q.shareOf(heading))
		maps.Copy(context, stems)
	}
	best := q.in(context)
	before := map[string]bool{}
	for _, span := range sentence.Spans(chunk.Text) {
		stems := stemsOf(chunk.Text[span.Start:span.End])
		best = max(best, q.in(context, before, stems))
		before = stems
	}
	return best + fromHeading*named
}

// in is the information of the question's words whose stems are in these sets, taken together.
func (q asked) in(sets ...map[string]bool) float64 {
	known := func(stem string) bool {
		return slices.ContainsFunc(sets, func(set map[string]bool) bool { return set[stem] })
	}
	sum := 0.0
	for i, w := range q.words {
		if w.Known(known) {
			sum += q.information[i]
		}
	}
	return sum
}

// shareOf is the part of a heading's words that the question has.
func (q asked) shareOf(heading string) float64 {
	words, n := lexical.Question(heading), 0
	for _, w := range words {
		if w.In(q.stems) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(words)))
}

// stemsOf returns the stems of a text.
func stemsOf(text string) map[string]bool {
	stems := map[string]bool{}
	lexical.AddStems(stems, text)
	return stems
}
