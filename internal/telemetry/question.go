package telemetry

import (
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// AnswerKind says what a question got.
type AnswerKind string

// The kinds of answers.
const (
	FromModel AnswerKind = "model"     // words of a language model
	Quoted    AnswerKind = "quoted"    // sentences of the book
	NotFound  AnswerKind = "not_found" // a refusal: the book does not say
	OffLimits AnswerKind = "off_limits"
	Blocked   AnswerKind = "blocked" // by the model's provider
	gone      AnswerKind = "canceled"
	failed    AnswerKind = "failed"
)

// Answered counts an answer, or that there was none because of err, and the parts that it had to do
// without.
func (r *Recorder) Answered(kind AnswerKind, degraded []string, err error) {
	if r == nil {
		return
	}
	switch book.CodeOf(err) {
	case "":
	case book.Canceled:
		kind = gone
	case book.Invalid, book.TooLarge, book.NotFound:
		return // it was no question that can be answered
	default:
		kind = failed
	}
	r.answers.WithLabelValues(string(kind)).Inc()
	for _, part := range degraded {
		r.degradedAnswers.WithLabelValues(part).Inc()
	}
}

// Searched counts a search and the parts that it had to do without.
func (r *Recorder) Searched(degraded []string) {
	if r == nil {
		return
	}
	for _, part := range degraded {
		r.degradedSearches.WithLabelValues(part).Inc()
	}
}

// Leg is one way to find chunks.
type Leg string

// The legs.
const (
	Dense  Leg = "dense"
	Sparse Leg = "sparse"
	Words  Leg = "words" // in the relational store, while the index is down
)

// Found counts what a leg found.
func (r *Recorder) Found(leg Leg, hits int) {
	if r != nil {
		r.hits.WithLabelValues(string(leg)).Add(float64(hits))
	}
}

// LegTook records how long a leg took, where it was measured by itself.
func (r *Recorder) LegTook(leg Leg, d time.Duration) {
	if r != nil && d > 0 {
		r.legs.WithLabelValues(string(leg)).Observe(d.Seconds())
	}
}
