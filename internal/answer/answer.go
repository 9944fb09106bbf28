// Package answer turns a question into a cited answer: it searches, asks a model with the numbered
// passages, and checks that every citation holds.
package answer

import (
	"context"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// refusal is what a reader sees when the book holds too little evidence.
const refusal = "The book does not seem to answer this question."

// blocked is what a reader sees when the model's provider refuses.
const blocked = "The language model's provider refused to answer this question."

// Request is one question.
type Request struct {
	Question  string
	TopK      int // 0: retrieve.DefaultTopK
	Selection retrieve.Selection
	View      book.View
}

// Answer is the whole answer. A refusal has no citations.
type Answer struct {
	Answer    string          `json:"answer"`
	Refused   bool            `json:"refused"`
	Citations []book.Citation `json:"citations"`
	RawChunks []book.Passage  `json:"raw_chunks"`
	// Model names what answered; empty for a refusal before any model was asked.
	Model string `json:"model"`
	// Attempts are the models that were asked before, or left out, and why.
	Attempts []llm.Attempt `json:"attempts"`
	Degraded []string      `json:"degraded"`
	Usage    llm.Usage     `json:"usage"`
	Timings  Timings       `json:"timings"`
}

// Timings are the stages of an answer in milliseconds.
type Timings struct {
	Search     retrieve.Timings `json:"search"`
	EvidenceMS float64          `json:"evidence_ms"`
	AnswerMS   float64          `json:"answer_ms"`
	TotalMS    float64          `json:"total_ms"`
}

// Events receives an answer as it comes: the passages once, then the text in pieces. A nil
// function is left out. An error of one ends the answer and is returned.
type Events struct {
	Passages func([]book.Passage) error
	Token    func(text string) error
}

// Searcher finds passages and judges whether they are evidence enough.
type Searcher interface {
	Search(ctx context.Context, r retrieve.Request) (retrieve.Result, error)
	Evidence(ctx context.Context, r retrieve.Request, found retrieve.Result) (bool, error)
}

// Service answers questions. It is safe for concurrent use.
type Service struct {
	search Searcher
	model  llm.Model
}

// New returns a Service that answers with this model.
func New(search Searcher, model llm.Model) *Service {
	return &Service{search: search, model: model}
}

// Ask answers a question. Where the passages are too little evidence no model is asked, and the
// answer is a refusal. Errors: Invalid and TooLarge for the request; those of the search and
// the model.
func (s *Service) Ask(ctx context.Context, r Request, events Events) (Answer, error) {
	start := time.Now()
	search := retrieve.Request(r)
	found, err := s.search.Search(ctx, search)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{
		Citations: []book.Citation{}, RawChunks: found.Passages, Degraded: found.Degraded,
		Attempts: []llm.Attempt{},
		Timings:  Timings{Search: found.Timings},
	}
	if events.Passages != nil {
		if err := events.Passages(found.Passages); err != nil {
			return answer, err
		}
	}
	stage := time.Now()
	enough, err := s.search.Evidence(ctx, search, found)
	if err != nil {
		return answer, err
	}
	answer.Timings.EvidenceMS = milliseconds(stage)
	stage = time.Now()
	if enough {
		err = s.generate(ctx, r, &answer, events.Token)
	} else {
		err = refuse(&answer, events.Token)
	}
	answer.Timings.AnswerMS = milliseconds(stage)
	answer.Timings.TotalMS = milliseconds(start)
	return answer, err
}

func (s *Service) generate(
	ctx context.Context, r Request, answer *Answer, emit func(string) error,
) error {
	response, err := s.model.Generate(ctx, llm.Request{
		Question: r.Question, Selection: r.Selection.Text, Passages: answer.RawChunks,
	}, emit)
	if err != nil {
		return err
	}
	answer.Model, answer.Usage = response.Model, response.Usage
	if len(response.Attempts) > 0 {
		answer.Attempts = response.Attempts
		answer.Degraded = append(answer.Degraded, "models")
	}
	switch response.Finish {
	case llm.FinishNoAnswer:
		return refuse(answer, emit)
	case llm.FinishBlocked:
		return block(answer, response.Text, emit)
	case llm.FinishLength:
		answer.Degraded = append(answer.Degraded, "answer_length")
	}
	answer.Answer = response.Text
	answer.Citations, err = cite(response, answer.RawChunks)
	return err
}

func refuse(answer *Answer, emit func(string) error) error {
	answer.Answer, answer.Refused = refusal, true
	if emit == nil {
		return nil
	}
	return emit(refusal)
}

// block ends an answer that the model's provider refused, at once or after it had said something.
func block(answer *Answer, said string, emit func(string) error) error {
	rest := blocked
	if said != "" {
		rest = "\n\n" + blocked
	}
	answer.Answer, answer.Refused = said+rest, true
	if emit == nil {
		return nil
	}
	return emit(rest)
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}
