// Package answer turns a question into a cited answer: it searches, asks a model with the numbered
// passages, and checks that every citation holds.
package answer

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/telemetry"
)

// refusal is what a reader sees when the book holds too little evidence.
const refusal = "The book does not seem to answer this question."

// blocked is what a reader sees when the model's provider refuses.
const blocked = "The language model's provider refused to answer this question."

// Request is one question.
type Request struct {
	Question string
	// Conversation is what was asked before it, oldest first: what the question leaves out is found
	// there.
	Conversation []Turn
	TopK         int // 0: retrieve.DefaultTopK
	Selection    retrieve.Selection
	View         book.View
}

// Answer is the whole answer. A refusal has no citations.
type Answer struct {
	Answer string `json:"answer"`
	// SearchedQuestion is the question as it was searched for: in a conversation, what it means without
	// the turns before it. Empty for one that is off limits.
	SearchedQuestion string `json:"searched_question"`

	Refused   bool            `json:"refused"`
	Citations []book.Citation `json:"citations"`
	RawChunks []book.Passage  `json:"raw_chunks"`
	// Model names what answered; empty for a refusal before any model was asked.
	Model string `json:"model"`
	// Attempts are the models that were asked before, or left out, and why.
	Attempts []llm.Attempt `json:"attempts"`
	Degraded []string      `json:"degraded"`
	// Usage is counted around the models: see package usage, which fills it in.
	Usage   book.Usage `json:"usage"`
	Timings Timings    `json:"timings"`

	// ConversationID and MessageID say where the answer is kept, if it is.
	ConversationID uuid.UUID `json:"conversation_id,omitzero"`
	MessageID      uuid.UUID `json:"message_id,omitzero"`
}

// Timings are the stages of an answer in milliseconds.
type Timings struct {
	CondenseMS float64          `json:"condense_ms"`
	Search     retrieve.Timings `json:"search"`
	EvidenceMS float64          `json:"evidence_ms"`
	AnswerMS   float64          `json:"answer_ms"`
	TotalMS    float64          `json:"total_ms"`
}

// Events receives an answer as it comes: the passages, then the text in pieces. When the model
// searches the book again, that is announced by its query, and followed by all passages if there are
// new ones. A nil function is left out. An error of one ends the answer and is returned.
type Events struct {
	Passages func([]book.Passage) error
	Search   func(query string) error
	Token    func(text string) error
}

// What an answer can be without, beside what a search can.
const (
	DegradedModels    = "models"        // a model failed, so another one answered
	DegradedLength    = "answer_length" // the answer reached its greatest length
	DegradedCitations = "citations"     // the model named no source
	// DegradedConversation: no model could be asked what a follow-up question means, so a rule has
	// added words of the questions before it.
	DegradedConversation = "conversation"
)

// Searcher finds passages and judges whether they are evidence enough.
type Searcher interface {
	Search(ctx context.Context, r retrieve.Request) (retrieve.Result, error)
	Evidence(ctx context.Context, r retrieve.Request, found retrieve.Result) (bool, error)
}

// Service answers questions. It is safe for concurrent use.
type Service struct {
	// Telemetry records stages; nil records none. It must be set before the first question.
	Telemetry *telemetry.Recorder

	search  Searcher
	model   llm.Model
	forbids phrases
}

// New returns a Service that answers with this model. offLimits are phrases with commas between them;
// a question that has one is refused.
func New(search Searcher, model llm.Model, offLimits string) *Service {
	return &Service{search: search, model: model, forbids: phrasesOf(offLimits)}
}

// Ask answers a question. A question that is off limits is refused unasked; where the passages are
// too little evidence no model is asked, and the answer is a refusal. Errors: Invalid and TooLarge
// for the request; those of the search and the model.
func (s *Service) Ask(ctx context.Context, r Request, events Events) (a Answer, err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.Answer)
	defer end(&err)
	start := time.Now()
	a = Answer{
		Citations: []book.Citation{}, RawChunks: []book.Passage{}, Degraded: []string{},
		Attempts: []llm.Attempt{},
	}
	search, err := r.check()
	if err != nil {
		return a, err
	}
	r.Question = search.Question
	events.Token = s.noteFirst(start, events.Token)
	err = s.answer(ctx, r, search, &a, events)
	a.Timings.TotalMS = milliseconds(start)
	s.Telemetry.Answered(a.kind(), a.Degraded, err)
	return a, err
}

// kind says what was answered.
func (a Answer) kind() telemetry.AnswerKind {
	switch {
	case strings.HasSuffix(a.Answer, offLimits):
		return telemetry.OffLimits
	case a.Refused && strings.HasSuffix(a.Answer, blocked):
		return telemetry.Blocked
	case a.Refused:
		return telemetry.NotFound
	case a.Model == llm.Extractive:
		return telemetry.Quoted
	}
	return telemetry.FromModel
}

// noteFirst records when a reader was shown the first text of an answer.
func (s *Service) noteFirst(start time.Time, token func(string) error) func(string) error {
	if token == nil {
		return nil
	}
	first := sync.OnceFunc(func() { s.Telemetry.FirstToken(start) })
	return func(text string) error {
		first()
		return token(text)
	}
}

// check returns the search for the question.
func (r Request) check() (retrieve.Request, error) {
	search, err := retrieve.Request{
		Question: r.Question, TopK: r.TopK, Selection: r.Selection, View: r.View,
	}.Normalize()
	if err != nil {
		return search, err
	}
	return search, checkConversation(r.Conversation)
}

func (s *Service) answer(
	ctx context.Context, r Request, search retrieve.Request, a *Answer, events Events,
) error {
	if s.offLimits(ctx, r.Question) {
		return refuse(a, offLimits, events.Token)
	}
	stage := time.Now()
	questions, err := s.condense(ctx, r, a)
	if err != nil {
		return err
	}
	a.Timings.CondenseMS = milliseconds(stage)
	if len(r.Conversation) > 0 && s.offLimits(ctx, questions...) {
		return refuse(a, offLimits, events.Token)
	}
	enough, err := s.find(ctx, search, questions, a)
	if err != nil {
		return err
	}
	search.Question = a.SearchedQuestion
	if events.Passages != nil {
		if err := events.Passages(a.RawChunks); err != nil {
			return err
		}
	}
	stage = time.Now()
	if enough {
		err = s.generate(ctx, search, a, events)
	} else {
		err = refuse(a, refusal, events.Token)
	}
	a.Timings.AnswerMS = milliseconds(stage)
	return err
}

// offLimits reports whether one of these questions must not be answered.
func (s *Service) offLimits(ctx context.Context, questions ...string) bool {
	_, end := guardrail(ctx, "off_limits")
	forbidden := slices.ContainsFunc(questions, s.forbids.forbid)
	end(!forbidden, nil)
	return forbidden
}

// find searches for the first of the questions for which the passages are evidence enough, and
// otherwise for the first.
func (s *Service) find(
	ctx context.Context, r retrieve.Request, questions []string, a *Answer,
) (enough bool, err error) {
	for i, question := range questions {
		r.Question = question
		found, err := s.search.Search(ctx, r)
		if err != nil {
			return false, err
		}
		stage := time.Now()
		checking, end := guardrail(ctx, "evidence")
		enough, err = s.search.Evidence(checking, r, found)
		end(enough, err)
		if err != nil {
			return false, err
		}
		a.Timings.EvidenceMS += milliseconds(stage)
		a.degrade(found.Degraded...)
		if enough || i == 0 {
			a.SearchedQuestion, a.RawChunks, a.Timings.Search = question, found.Passages, found.Timings
		}
		if enough {
			break
		}
	}
	return enough, nil
}

// degrade names parts that the answer had to do without.
func (a *Answer) degrade(parts ...string) {
	for _, part := range parts {
		if !slices.Contains(a.Degraded, part) {
			a.Degraded = append(a.Degraded, part)
		}
	}
}

// refuse ends an answer with words of ours, at once or behind what a model had said.
func refuse(a *Answer, words string, emit func(string) error) error {
	if a.Answer != "" {
		words = "\n\n" + words
	}
	a.Answer, a.Refused = a.Answer+words, true
	if emit == nil {
		return nil
	}
	return emit(words)
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}
