package remote

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/lectern-project/lectern/internal/provider"
)

const (
	maxAttempts = 3
	// Without advice, the wait before attempt n is random up to firstWait * 2^(n-2) or longestWait.
	firstWait   = 250 * time.Millisecond
	longestWait = 4 * time.Second
	// longestAdvised is the longest advice that is followed where the caller has no deadline: quotas
	// of a minute end within it, those of a day do not.
	longestAdvised = time.Minute
)

// newBreaker returns a breaker that opens when half of at least ten questions in a minute failed
// for want of the provider, and lets one through after half a minute.
func newBreaker() circuitbreaker.CircuitBreaker[[][]float32] {
	return circuitbreaker.NewBuilder[[][]float32]().
		HandleIf(func(_ [][]float32, err error) bool {
			f, ok := errors.AsType[*provider.Failure](err)
			return ok && f.Class != provider.Refused && f.Class != provider.Blocked
		}).
		WithFailureRateThreshold(0.5, 10, time.Minute).
		WithDelay(30 * time.Second).
		WithSuccessThreshold(1).
		Build()
}

// documents embeds one batch.
func (e *Embedder) documents(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := e.persist(ctx, func() ([][]float32, error) {
		ctx, cancel := context.WithTimeout(ctx, e.documentTimeout)
		defer cancel()
		return e.attempt(ctx, Document, texts)
	})
	return vectors, e.reported(ctx, err)
}

// question embeds one question.
func (e *Embedder) question(ctx context.Context, text string) ([][]float32, error) {
	limited, cancel := context.WithTimeout(ctx, e.questionTimeout)
	defer cancel()
	vectors, err := e.persist(limited, func() ([][]float32, error) {
		return failsafe.With(e.breaker).WithContext(limited).Get(func() ([][]float32, error) {
			return e.attempt(limited, Question, []string{text})
		})
	})
	return vectors, e.reported(ctx, err)
}

// attempt makes one request. The error is a *provider.Failure, or says that ctx was canceled.
func (e *Embedder) attempt(
	ctx context.Context, kind Kind, texts []string,
) (vectors [][]float32, err error) {
	e.budget.Earn()
	ctx, span := e.startCall(ctx)
	defer func() { endCall(span, err) }()
	vectors, err = e.model.Embed(ctx, kind, texts)
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, ctx.Err()
	}
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		f := failureOf(e.model, err)
		if f.Class == provider.DailyQuota { // shorter waits are each call's own
			e.closure.Note(time.Now(), *f)
		}
		return nil, f
	}
	if err = unit(vectors, len(texts), e.space.Dimensions); err != nil {
		return nil, &provider.Failure{Class: provider.Malformed, Err: err}
	}
	return vectors, nil
}

// persist makes at most maxAttempts: none while the quota of the day is used up, and none after a
// failure that will be the same again, whose advised wait is longer than ctx lives, or, where nothing
// was advised, when there were too many retries of late.
func (e *Embedder) persist(
	ctx context.Context, attempt func() ([][]float32, error),
) ([][]float32, error) {
	for n := 1; ; n++ {
		if f, closed := e.closure.Closed(time.Now()); closed {
			return nil, &f
		}
		vectors, err := attempt()
		f, ok := errors.AsType[*provider.Failure](err)
		if !ok || n == maxAttempts || !classes[f.Class].again || !fits(ctx, f.Delay) ||
			(f.Delay == 0 && !e.budget.Take()) {
			return vectors, err
		}
		wait := f.Delay
		if wait == 0 {
			wait = rand.N(min(longestWait, firstWait<<(n-1))) //nolint:gosec // jitter
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

func fits(ctx context.Context, delay time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok {
		return delay < time.Until(deadline)
	}
	return delay <= longestAdvised
}

// reported turns the error of a call into that of the embedder. ctx is the caller's.
func (e *Embedder) reported(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f, ok := errors.AsType[*provider.Failure](err)
	switch {
	case ok:
	case errors.Is(err, circuitbreaker.ErrOpen):
		f = &provider.Failure{Class: provider.Overloaded, Delay: e.breaker.RemainingDelay(), Err: err}
	default:
		f = failureOf(e.model, err) // the time of a question ended between two attempts
	}
	return report(f, e.space)
}
