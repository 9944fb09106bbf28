package llm

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/provider"
	"github.com/lectern-project/lectern/internal/tracing"
)

// Chain asks its models in order until one answers. It is a Model itself. A model that fails is
// followed by the next only before its first text was passed on; a provider's refusal to answer is
// the answer, and asked of nobody else. A request that goes on with an answer is asked first of the
// model that the answer came from so far, and if text of it was passed on, of no other; all calls for
// one answer share one deadline. When every model has failed the last resort answers, which is asked
// without a deadline of the chain's; without one the error is Unavailable. The Response says what
// was tried. It is safe for concurrent use.
type Chain struct {
	log    *slog.Logger
	links  []*link
	last   *link // nil for none
	policy Policy
	budget provider.Budget
}

var _ Model = (*Chain)(nil)

// NewChain returns a chain of models; last, the last resort, may be nil.
func NewChain(log *slog.Logger, policy Policy, last Model, models ...Model) *Chain {
	c := &Chain{log: log, policy: policy}
	if last != nil {
		c.last = newLink(last, policy)
	}
	for _, m := range models {
		c.links = append(c.links, newLink(m, policy))
	}
	return c
}

// Name implements [Model].
func (c *Chain) Name() string { return strings.Join(c.Models(), ", ") }

// Models are the names of the chain's models, in order.
func (c *Chain) Models() []string {
	var names []string
	for _, l := range c.all() {
		names = append(names, l.model.Name())
	}
	return names
}

func (c *Chain) all() []*link {
	if c.last == nil {
		return c.links
	}
	return append(slices.Clone(c.links), c.last)
}

// Generate implements [Model].
func (c *Chain) Generate(
	ctx context.Context, r Request, emit func(text string) error,
) (Response, error) {
	began := r.Progress.Began
	if began.IsZero() {
		began = time.Now()
	}
	bounded, cancel := context.WithDeadlineCause(ctx, began.Add(c.policy.Answer),
		&Failure{Class: OutOfTime})
	defer cancel()
	out := &output{emit: emit}
	var attempts []Attempt
	var failures []error
	var before *link
	for _, l := range c.from(r.Progress.By) {
		if bounded.Err() != nil {
			break
		}
		before.fellBackTo(l)
		response, err := c.ask(bounded, l, r, out)
		response.Attempts, response.By = attempts, l.model.Name()
		switch {
		case err == nil:
			return response, nil
		case out.err != nil:
			return response, out.err
		case ctx.Err() != nil:
			return response, Fail(l.model.Name(), TransportFailure(ctx, err))
		case out.begun || r.Progress.Emitted:
			return response, err
		}
		attempts = append(attempts, Attempt{Model: l.model.Name(), Class: FailureOf(err).Class})
		failures = append(failures, err)
		before = l
	}
	if r.Progress.Emitted {
		return Response{Attempts: attempts}, Fail(r.Progress.By, Failure{Class: OutOfTime})
	}
	if c.last == nil {
		return Response{Attempts: attempts}, noneAnswered(failures)
	}
	before.fellBackTo(c.last)
	ctx, span := startCall(ctx, c.last.model, r)
	response, err := c.last.model.Generate(ctx, r, emit)
	endCall(ctx, span, response, err)
	response.Attempts, response.By = attempts, c.last.model.Name()
	if err != nil {
		c.last.failed(time.Now(), FailureOf(err))
		return response, err
	}
	c.last.answered(time.Now(), response)
	return response, nil
}

// from are the models from the named one on: those before it have failed in this answer.
func (c *Chain) from(name string) []*link {
	at := slices.IndexFunc(c.links, func(l *link) bool { return l.model.Name() == name })
	return c.links[max(0, at):]
}

func noneAnswered(failures []error) error {
	var soonest time.Duration
	for _, err := range failures {
		e, ok := errors.AsType[*book.Error](err)
		if ok && e.RetryAfter > 0 && (soonest == 0 || e.RetryAfter < soonest) {
			soonest = e.RetryAfter
		}
	}
	return &book.Error{
		Code: book.Unavailable, Message: "no model can answer now; try again later",
		RetryAfter: soonest, Err: errors.Join(failures...),
	}
}

// ask calls one model, again where that may help and there is time.
func (c *Chain) ask(ctx context.Context, l *link, r Request, out *output) (Response, error) {
	begin := time.Now().Add(c.policy.FirstToken)
	for try := 1; ; try++ {
		if f, closed := l.closedNow(time.Now()); closed {
			l.count(func(s *ModelStats) { s.Failures[f.Class]++ })
			tracing.Event(ctx, "a model was left out", semconv.GenAIRequestModel(l.model.Name()),
				semconv.ErrorTypeKey.String(string(f.Class)))
			return Response{}, Fail(l.model.Name(), f)
		}
		c.budget.Earn()
		response, err := c.call(ctx, l, r, out, begin)
		if err == nil {
			c.answered(ctx, l, response)
			return response, nil
		}
		f := FailureOf(err)
		if out.err != nil {
			f = Failure{Class: CallerGone, Err: out.err}
		}
		l.failed(time.Now(), f)
		c.logFailure(ctx, l, f)
		if out.begun || out.err != nil || ctx.Err() != nil || try == c.policy.Tries ||
			!retryable(f.Class) || !c.wait(ctx, begin, c.policy.pause(try, f.Delay)) {
			return response, err
		}
		l.count(func(s *ModelStats) { s.Retries++ })
	}
}

func (c *Chain) logFailure(ctx context.Context, l *link, f Failure) {
	level := slog.LevelWarn
	if f.Class == CallerGone || f.Class == OverBudget {
		level = slog.LevelDebug
	}
	c.log.Log(ctx, level, "a model did not answer", "model", l.model.Name(),
		"failure", f.Class, "error", f.Err)
}

// wait waits before a retry. False when that would take too long, or there were too many retries.
func (c *Chain) wait(ctx context.Context, begin time.Time, pause time.Duration) bool {
	if time.Until(begin) <= pause || !c.budget.Take() {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// call calls a model once, and ends the call when it is silent for too long.
func (c *Chain) call(
	ctx context.Context, l *link, r Request, out *output, begin time.Time,
) (response Response, err error) {
	ctx, span := startCall(ctx, l.model, r)
	defer func() { endCall(ctx, span, response, err) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(time.Until(begin), func() { cancel(&Failure{Class: NoFirstToken}) })
	defer func() { late.Stop() }()
	first := sync.OnceFunc(func() { span.Event("first token") })
	response, err = l.model.Generate(ctx, r, func(text string) error {
		first()
		late.Stop() // a reader who is slow to take the text is no silence of the model
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := out.write(text)
		late = time.AfterFunc(c.policy.Stall, func() { cancel(&Failure{Class: Stalled}) })
		return err
	})
	if err == nil || out.err != nil {
		return response, err
	}
	if f, ok := errors.AsType[*Failure](context.Cause(ctx)); ok {
		return response, Fail(l.model.Name(), *f)
	}
	return response, err
}

// answered counts an answer, and says once when another model gave it than the one that was asked.
func (c *Chain) answered(ctx context.Context, l *link, response Response) {
	if l.answered(time.Now(), response) {
		c.log.WarnContext(ctx, "another model answers than the one that is asked for",
			"model", l.model.Name(), "answers", response.Model)
	}
}

// output passes text on to the reader.
type output struct {
	emit  func(string) error
	begun bool  // text was passed on: no other model may go on with it
	err   error // of emit
}

func (o *output) write(text string) error {
	if o.emit == nil {
		return nil
	}
	o.begun = true
	o.err = o.emit(text)
	return o.err
}
