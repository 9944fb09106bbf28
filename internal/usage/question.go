package usage

import (
	"context"
	"slices"
	"sync"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
)

// DegradedBudget says that a budget is used up, so that no language model was called.
const DegradedBudget = "budget"

// Answerer answers questions; see answer.Service.
type Answerer interface {
	Ask(ctx context.Context, r answer.Request, e answer.Events) (answer.Answer, error)
}

// Answers has questions answered at the cost of who asks, and says what that took. It is safe for
// concurrent use.
type Answers struct {
	meter   *Meter
	answers Answerer
}

// Answers returns an answerer whose calls of measured models are counted, and end with the budgets.
func (m *Meter) Answers(answers Answerer) *Answers { return &Answers{meter: m, answers: answers} }

// Ask answers as the answerer does. The answer's usage holds all calls, also those of an answer that
// failed, and it is degraded by DegradedBudget where a budget is used up.
func (a *Answers) Ask(
	ctx context.Context, r answer.Request, e answer.Events,
) (answer.Answer, error) {
	q := &question{meter: a.meter, payers: payersOf(r.View.UserID)}
	got, err := a.answers.Ask(context.WithValue(ctx, questionKey{}, q), r, e)
	got.Usage = q.usage()
	if q.refused() {
		got.Degraded = append(got.Degraded, DegradedBudget)
	}
	return got, err
}

type questionKey struct{}

// question is one call of Ask.
type question struct {
	meter  *Meter
	payers []payer

	mu      sync.Mutex
	checked bool
	budget  string // that is used up
	models  []book.ModelUsage
}

// usedUp returns the budget that is used up, or "". The store is asked once for a question.
func (q *question) usedUp(ctx context.Context) (budget string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.checked {
		return q.budget, nil
	}
	q.budget, err = q.meter.usedUp(ctx, q.payers)
	q.checked = err == nil
	return q.budget, err
}

func (q *question) refused() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.budget != ""
}

// count adds a call.
func (q *question) count(ctx context.Context, u book.ModelUsage) {
	q.mu.Lock()
	q.models = add(q.models, u)
	q.mu.Unlock()
	q.meter.count(ctx, q.payers, u)
}

// usage is what all calls took.
func (q *question) usage() book.Usage {
	q.mu.Lock()
	defer q.mu.Unlock()
	sum := book.Usage{Models: slices.Clone(q.models)}
	for _, m := range q.models {
		sum.InputTokens += m.InputTokens
		sum.OutputTokens += m.OutputTokens
		sum.Cost += m.Cost
	}
	return sum
}
