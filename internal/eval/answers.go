package eval

import (
	"context"
	"strings"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
)

// Answers are the measures of answers. A share of nothing is null: it was not measured.
type Answers struct {
	Questions int `json:"questions"`
	// BalancedAccuracy of refusing: the mean of the shares of answerable questions that were
	// answered and of unanswerable ones that were refused; of the one there is, where the set has
	// only one kind.
	BalancedAccuracy *float64 `json:"balanced_accuracy"`
	FalseRefusals    *float64 `json:"false_refusals"` // share of the answerable
	FalseAnswers     *float64 `json:"false_answers"`  // share of the unanswerable
	// VerbatimCitations is the share of citations whose quote is the document's text at its
	// offsets.
	VerbatimCitations *float64 `json:"verbatim_citations"`
	// ContainsExpected is the share of answerable questions with expected words whose answer has
	// all of them, whatever their case.
	ContainsExpected *float64 `json:"contains_expected"`
	// CitedGold is the share of answerable questions with a doc_id whose answer cites it.
	CitedGold *float64 `json:"cited_gold"`
}

// MeasureAnswers asks the questions of a JSON Lines file through the whole chain.
func (b *Book) MeasureAnswers(ctx context.Context, path string) (Answers, error) {
	var tally tally
	err := readLines(path, func(line int, q question) error {
		if q.Answerable == nil || strings.TrimSpace(q.Question) == "" {
			return book.Errorf(book.Invalid, "%s:%d has no \"question\" or no \"answerable\"", path,
				line)
		}
		reply, err := b.Answers.Ask(ctx, answer.Request{Question: q.Question}, answer.Events{})
		if err != nil {
			return book.Wrap(book.CodeOf(err), err, "%s:%d: %s", path, line, book.MessageOf(err))
		}
		if b.corpus && q.DocID != "" {
			q.DocID = docIDOf(q.DocID)
		}
		tally.judge(q, reply)
		return b.judgeQuotes(ctx, reply.Citations, &tally)
	})
	if err != nil {
		return Answers{}, err
	}
	if tally.questions == 0 {
		return Answers{}, book.Errorf(book.Invalid, "%s holds no question", path)
	}
	return tally.answers(), nil
}

// judgeQuotes compares each quote with the canonical text at its offsets.
func (b *Book) judgeQuotes(
	ctx context.Context, citations []book.Citation, t *tally,
) error {
	for _, c := range citations {
		_, text, err := b.Texts.Text(ctx, c.DocID, book.View{})
		if err != nil {
			return err
		}
		points := []rune(text)
		t.verbatim.add(0 <= c.CharStart && c.CharStart < c.CharEnd && c.CharEnd <= len(points) &&
			string(points[c.CharStart:c.CharEnd]) == c.Quote)
	}
	return nil
}

// tally counts over questions.
type tally struct {
	questions          int
	answered, refused  share // of the answerable, of the unanswerable
	verbatim, expected share
	cited              share
}

func (t *tally) judge(q question, reply answer.Answer) {
	t.questions++
	if !*q.Answerable {
		t.refused.add(reply.Refused)
		return
	}
	t.answered.add(!reply.Refused)
	if len(q.Expected) > 0 {
		t.expected.add(!reply.Refused && containsAll(reply.Answer, q.Expected))
	}
	if q.DocID != "" {
		t.cited.add(cites(reply.Citations, q.DocID))
	}
}

func containsAll(text string, words []string) bool {
	text = strings.ToLower(text)
	for _, word := range words {
		if !strings.Contains(text, strings.ToLower(word)) {
			return false
		}
	}
	return true
}

func cites(citations []book.Citation, docID string) bool {
	for _, c := range citations {
		if c.DocID == docID {
			return true
		}
	}
	return false
}

func (t *tally) answers() Answers {
	a := Answers{
		Questions: t.questions, FalseRefusals: t.answered.missed(), FalseAnswers: t.refused.missed(),
		VerbatimCitations: t.verbatim.rate(), ContainsExpected: t.expected.rate(),
		CitedGold: t.cited.rate(), BalancedAccuracy: t.answered.rate(),
	}
	if refused := t.refused.rate(); a.BalancedAccuracy == nil {
		a.BalancedAccuracy = refused
	} else if refused != nil {
		mean := (*a.BalancedAccuracy + *refused) / 2
		a.BalancedAccuracy = &mean
	}
	return a
}

// share counts how many of some things are so.
type share struct{ yes, all int }

func (s *share) add(yes bool) {
	s.all++
	if yes {
		s.yes++
	}
}

// rate is nil for a share of nothing.
func (s share) rate() *float64 {
	if s.all == 0 {
		return nil
	}
	rate := float64(s.yes) / float64(s.all)
	return &rate
}

// missed is the share of what is not so.
func (s share) missed() *float64 { return share{s.all - s.yes, s.all}.rate() }
