package usage

import (
	"context"
	"errors"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
)

// Measure returns model as one whose calls are counted for the question that they are made for, and
// fail with llm.OverBudget where its budgets are used up. Calls for nobody's question are the
// service's.
func (m *Meter) Measure(model llm.Model) llm.Model { return measured{model, m} }

type measured struct {
	llm.Model
	meter *Meter
}

// Generate implements [llm.Model].
func (m measured) Generate(
	ctx context.Context, r llm.Request, emit func(text string) error,
) (llm.Response, error) {
	q, asked := ctx.Value(questionKey{}).(*question)
	if !asked {
		q = &question{meter: m.meter, payers: []payer{{Service, Service}}}
	}
	budget, err := q.usedUp(ctx)
	if err != nil {
		return llm.Response{}, err
	}
	if budget != "" {
		return llm.Response{}, llm.Fail(m.Name(), llm.Failure{
			Class: llm.OverBudget, Delay: untilMidnight(time.Now()),
			Err: errors.New("the daily budget " + budget + " is used up"),
		})
	}
	response, err := m.Model.Generate(ctx, r, emit)
	if used, called := measure(r, response, err); called {
		used.Model = m.Name()
		used.Cost = q.meter.cost(used.Model, response.Model, used.InputTokens, used.OutputTokens)
		q.count(ctx, used)
	}
	return response, err
}

// untilMidnight is how long it is until the next day of UTC.
func untilMidnight(now time.Time) time.Duration {
	return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
}

// measure returns what a call took: what the provider counted or, where it could not or did not, an
// estimate by the length of the texts. False for a call that did not come to a model.
func measure(r llm.Request, response llm.Response, err error) (book.ModelUsage, bool) {
	used := book.ModelUsage{
		Calls: 1, InputTokens: response.Usage.InputTokens, OutputTokens: response.Usage.OutputTokens,
	}
	if err != nil && used.InputTokens == 0 && !begun(llm.FailureOf(err).Class) {
		return used, false
	}
	if used.InputTokens == 0 {
		used.InputTokens, used.Estimated = tokensIn(lengthOf(r)), true
	}
	written := tokensIn(len(response.Text) + lengthOfCalls(response.ToolCalls))
	if used.OutputTokens < written && (err != nil || used.OutputTokens == 0) {
		used.OutputTokens, used.Estimated = written, true
	}
	return used, true
}

// begun reports whether a call that failed so may have cost something.
func begun(class llm.Class) bool {
	switch class {
	case llm.NotConnected, llm.RateLimited, llm.DailyQuota, llm.Billing, llm.BadKey, llm.NoModel,
		llm.Overloaded, llm.Refused, llm.BreakerOpen, llm.OverBudget:
		return false
	}
	return true
}

// tokensIn is about how many tokens a text of so many bytes has, rather too many: in English one has
// four bytes, in scripts of three bytes a character seldom less than one character.
func tokensIn(bytes int) int { return (bytes + 2) / 3 }

func lengthOf(r llm.Request) int {
	n := len(r.System)
	for _, tool := range r.Tools {
		n += len(tool.Name) + len(tool.Description) + len(tool.Parameters)
	}
	for _, m := range r.Conversation() {
		n += len(m.Text) + lengthOfCalls(m.ToolCalls)
	}
	return n
}

func lengthOfCalls(calls []llm.ToolCall) int {
	n := 0
	for _, call := range calls {
		n += len(call.Name) + len(call.Arguments)
	}
	return n
}
