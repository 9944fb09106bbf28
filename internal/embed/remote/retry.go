package remote

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
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
			f, ok := errors.AsType[*Failure](err)
			return ok && f.Class != Refused
		}).
		WithFailureRateThreshold(0.5, 10, time.Minute).
		WithDelay(30 * time.Second).
		WithSuccessThreshold(1).
		Build()
}

// documents embeds one batch.
func (e *Embedder) documents(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := failsafe.With(retries(ctx)).WithContext(ctx).Get(func() ([][]float32, error) {
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
	vectors, err := failsafe.With(retries(limited), e.breaker).WithContext(limited).
		Get(func() ([][]float32, error) { return e.attempt(limited, Question, []string{text}) })
	return vectors, e.reported(ctx, err)
}

// attempt makes one request. The error is a *Failure, or says that ctx was canceled.
func (e *Embedder) attempt(ctx context.Context, kind Kind, texts []string) ([][]float32, error) {
	vectors, err := e.model.Embed(ctx, kind, texts)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case err != nil && ctx.Err() != nil:
		return nil, failureOf(e.model, ctx.Err())
	case err != nil:
		return nil, failureOf(e.model, err)
	}
	if err := unit(vectors, len(texts), e.space.Dimensions); err != nil {
		return nil, &Failure{Class: Malformed, Err: err}
	}
	return vectors, nil
}

// retries is the policy of one call: at most maxAttempts, and none after a failure that will be the
// same again, or whose advised wait is longer than ctx lives.
func retries(ctx context.Context) retrypolicy.RetryPolicy[[][]float32] {
	return retrypolicy.NewBuilder[[][]float32]().
		WithMaxAttempts(maxAttempts).
		ReturnLastFailure().
		AbortIf(func(_ [][]float32, err error) bool {
			f, ok := errors.AsType[*Failure](err)
			return err != nil && (!ok || !classes[f.Class].again || !fits(ctx, f.Delay))
		}).
		WithDelayFunc(func(x failsafe.ExecutionAttempt[[][]float32]) time.Duration {
			if f, ok := errors.AsType[*Failure](x.LastError()); ok && f.Delay > 0 {
				return f.Delay
			}
			return rand.N(min(longestWait, firstWait<<(x.Attempts()-1))) //nolint:gosec // jitter
		}).
		Build()
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
	f, ok := errors.AsType[*Failure](err)
	switch {
	case ok:
	case errors.Is(err, circuitbreaker.ErrOpen):
		f = &Failure{Class: Broken, Delay: e.breaker.RemainingDelay(), Err: err}
	default:
		f = failureOf(e.model, err) // the time of a question ended between two attempts
	}
	return f.report(e.space)
}
