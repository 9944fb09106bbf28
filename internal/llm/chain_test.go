package llm

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/provider"
)

// step is what a fake model does with one call: it waits, says its pieces, and fails or answers.
type step struct {
	pieces []string
	before time.Duration // the first piece
	hang   time.Duration // behind the pieces
	fail   Failure       // zero: answer
	finish Finish
	model  string
}

// fake does one step after the other, the last one again and again.
type fake struct {
	name  string
	steps []step
	calls int
}

func (f *fake) Name() string { return f.name }

func (f *fake) Generate(
	ctx context.Context, _ Request, emit func(string) error,
) (Response, error) {
	s := f.steps[min(f.calls, len(f.steps)-1)]
	f.calls++
	response := Response{Finish: FinishStop, Model: s.model, Usage: Usage{InputTokens: 3, OutputTokens: 2}}
	if s.finish != "" {
		response.Finish = s.finish
	}
	if err := sleep(ctx, s.before); err != nil {
		return response, Fail(f.name, TransportFailure(ctx, err))
	}
	for _, piece := range s.pieces {
		response.Text += piece
		if err := emit(piece); err != nil {
			return response, err
		}
	}
	if err := sleep(ctx, s.hang); err != nil {
		return response, Fail(f.name, TransportFailure(ctx, err))
	}
	if s.fail.Class != "" {
		return response, Fail(f.name, s.fail)
	}
	return response, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func failing(name string, class Class) *fake {
	return &fake{name: name, steps: []step{{fail: Failure{Class: class}}}}
}

func answering(name string) *fake {
	return &fake{name: name, steps: []step{{pieces: []string{"It ", "turns."}, model: "m"}}}
}

func chainOf(last Model, models ...Model) *Chain {
	return NewChain(slog.New(slog.DiscardHandler), DefaultPolicy(), last, models...)
}

// outcome is what a reader of a chain sees.
type outcome struct {
	Emitted  string
	Attempts []Attempt
	Failure  Class
	Took     time.Duration
}

func run(ctx context.Context, c *Chain) outcome {
	start := time.Now()
	var emitted strings.Builder
	response, err := c.Generate(ctx, Request{}, func(s string) error { emitted.WriteString(s); return nil })
	o := outcome{Emitted: emitted.String(), Attempts: response.Attempts, Took: time.Since(start)}
	if err != nil {
		o.Failure = FailureOf(err).Class
	}
	return o
}

func check(t *testing.T, got, want outcome) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFallback: what fails before its first text is followed by the next model.
func TestFallback(t *testing.T) {
	for _, class := range []Class{
		NotConnected, Billing, BadKey, NoModel, Truncated, Malformed, Refused, UnknownReason,
	} {
		synctest.Test(t, func(t *testing.T) {
			first := failing("a/m", class)
			got := run(t.Context(), chainOf(nil, first, answering("b/m")))
			check(t, got, outcome{Emitted: "It turns.", Attempts: []Attempt{{"a/m", class}}})
			if first.calls != 1 {
				t.Errorf("%s: called %d times", class, first.calls)
			}
		})
	}
}

// TestRetries: what may be over soon is tried three times, with pauses, and only then the next.
func TestRetries(t *testing.T) {
	for _, class := range []Class{Overloaded, RateLimited, CutStream} {
		synctest.Test(t, func(t *testing.T) {
			first := failing("a/m", class)
			c := chainOf(nil, first, answering("b/m"))
			got := run(t.Context(), c)
			if first.calls != 3 || len(got.Attempts) != 1 || got.Emitted != "It turns." {
				t.Errorf("%s: called %d times, %+v", class, first.calls, got)
			}
			if p := DefaultPolicy(); got.Took > 2*p.MaxBackoff {
				t.Errorf("the pauses took %v", got.Took)
			}
			if s := c.Stats()[0]; s.Retries != 2 || s.Failures[class] != 3 {
				t.Errorf("%+v", s)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		once := &fake{name: "a/m", steps: []step{
			{fail: Failure{Class: Overloaded}}, {pieces: []string{"Yes."}},
		}}
		if got := run(t.Context(), chainOf(nil, once)); got.Emitted != "Yes." || got.Attempts != nil {
			t.Errorf("%+v", got)
		}
	})
}

// TestAdvisedDelay: it is waited for if it fits before the first token's deadline; else the next
// model answers at once, and the model stays closed for that long.
func TestAdvisedDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		soon := &fake{name: "a/m", steps: []step{
			{fail: Failure{Class: RateLimited, Delay: 5 * time.Second}}, {pieces: []string{"Yes."}},
		}}
		check(t, run(t.Context(), chainOf(nil, soon, answering("b/m"))),
			outcome{Emitted: "Yes.", Took: 5 * time.Second})
	})
	synctest.Test(t, func(t *testing.T) {
		late := &fake{name: "a/m", steps: []step{
			{fail: Failure{Class: RateLimited, Delay: 45 * time.Second}}, {pieces: []string{"Yes."}},
		}}
		c := chainOf(nil, late, answering("b/m"))
		want := outcome{Emitted: "It turns.", Attempts: []Attempt{{"a/m", RateLimited}}}
		check(t, run(t.Context(), c), want)
		check(t, run(t.Context(), c), want)
		if late.calls != 1 {
			t.Errorf("called %d times", late.calls)
		}
		time.Sleep(45 * time.Second)
		check(t, run(t.Context(), c), outcome{Emitted: "Yes."})
	})
}

func TestDailyQuotaClosesTheModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spent := &fake{name: "a/m", steps: []step{
			{fail: Failure{Class: DailyQuota, Delay: time.Second, Until: time.Now().Add(6 * time.Hour)}},
			{pieces: []string{"Yes."}},
		}}
		c := chainOf(nil, spent, answering("b/m"))
		for range 3 {
			check(t, run(t.Context(), c),
				outcome{Emitted: "It turns.", Attempts: []Attempt{{"a/m", DailyQuota}}})
			time.Sleep(time.Hour)
		}
		if spent.calls != 1 {
			t.Errorf("called %d times", spent.calls)
		}
		time.Sleep(3 * time.Hour)
		check(t, run(t.Context(), c), outcome{Emitted: "Yes."})
	})
}

// TestFirstTokenRule: after the first text was passed on, no other model goes on with it.
func TestFirstTokenRule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cut := &fake{name: "a/m", steps: []step{{pieces: []string{"It "}, fail: Failure{Class: CutStream}}}}
		next := answering("b/m")
		c := chainOf(next, cut, next)
		check(t, run(t.Context(), c), outcome{Emitted: "It ", Failure: CutStream})
		if cut.calls != 1 || next.calls != 0 {
			t.Errorf("called %d and %d times", cut.calls, next.calls)
		}
		// Without a reader nothing was passed on.
		if got, err := c.Generate(t.Context(), Request{}, nil); err != nil || got.Text != "It turns." {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestDeadlines(t *testing.T) {
	hang := time.Hour
	for name, test := range map[string]struct {
		step step
		want outcome
	}{
		"no first token": {step{before: hang}, outcome{
			Emitted: "It turns.", Attempts: []Attempt{{"a/m", NoFirstToken}}, Took: 8 * time.Second,
		}},
		"slow first token": {step{before: 7 * time.Second, pieces: []string{"Yes."}}, outcome{
			Emitted: "Yes.", Took: 7 * time.Second,
		}},
		"stall": {step{before: time.Second, pieces: []string{"It "}, hang: hang}, outcome{
			Emitted: "It ", Failure: Stalled, Took: 16 * time.Second,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := &fake{name: "a/m", steps: []step{test.step}}
				check(t, run(t.Context(), chainOf(nil, first, answering("b/m"))), test.want)
			})
		})
	}
	t.Run("answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			slow := &fake{name: "x/m", steps: []step{{before: hang}}}
			got := run(t.Context(), chainOf(answering("last"), slow, slow, slow, slow, slow))
			if got.Took != 30*time.Second || got.Emitted != "It turns." || len(got.Attempts) != 4 ||
				got.Attempts[3].Class != OutOfTime {
				t.Errorf("%+v", got)
			}
		})
	})
}

// TestSlowReader: a reader who takes long is no silence of the model.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := chainOf(nil, answering("a/m"))
		got, err := c.Generate(t.Context(), Request{}, func(string) error {
			time.Sleep(12 * time.Second) // twice: longer than the first token may take, and than a stall
			return nil
		})
		if err != nil || got.Text != "It turns." {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestBlockedIsTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		blocked := &fake{name: "a/m", steps: []step{{finish: FinishBlocked}}}
		next := answering("b/m")
		c := chainOf(next, blocked, next)
		got, err := c.Generate(t.Context(), Request{}, nil)
		if err != nil || got.Finish != FinishBlocked || next.calls != 0 {
			t.Errorf("%+v, %v; the next was called %d times", got, err, next.calls)
		}
		if s := c.Stats()[0]; s.Failures[Blocked] != 1 || s.Answers != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestBreaker: a model that fails is left alone for half a minute, then probed by one call.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := failing("a/m", NotConnected)
		c := chainOf(nil, first, answering("b/m"))
		for range breakerCalls {
			run(t.Context(), c)
		}
		open := outcome{Emitted: "It turns.", Attempts: []Attempt{{"a/m", BreakerOpen}}}
		check(t, run(t.Context(), c), open)
		if first.calls != breakerCalls || c.Stats()[0].Breaker != StateOpen {
			t.Errorf("called %d times, %+v", first.calls, c.Stats()[0])
		}
		time.Sleep(DefaultPolicy().Rest)
		if s := c.Stats()[0]; s.Breaker != StateHalfOpen {
			t.Errorf("before the probe: %+v", s)
		}
		run(t.Context(), c) // the probe fails
		check(t, run(t.Context(), c), open)
		if first.calls != breakerCalls+1 {
			t.Errorf("probed %d times", first.calls-breakerCalls)
		}
		time.Sleep(DefaultPolicy().Rest)
		first.steps = []step{{pieces: []string{"Yes."}}}
		check(t, run(t.Context(), c), outcome{Emitted: "Yes."})
		check(t, run(t.Context(), c), outcome{Emitted: "Yes."})
		if s := c.Stats()[0]; s.Breaker != StateClosed || s.Failures[BreakerOpen] != 2 {
			t.Errorf("after the probe: %+v", s)
		}
	})
}

// TestBudgetsOfOthers: who has used up a budget closes no model for anybody else.
func TestBudgetsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := failing("a/m", OverBudget)
		c := chainOf(nil, first, answering("b/m"))
		for range 2 * breakerLast {
			check(t, run(t.Context(), c), outcome{
				Emitted: "It turns.", Attempts: []Attempt{{"a/m", OverBudget}},
			})
		}
		first.steps = []step{{pieces: []string{"Yes."}}}
		check(t, run(t.Context(), c), outcome{Emitted: "Yes."})
	})
}

// TestStats: every call counts once, under how it ended, and so does every fallback.
func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &fake{name: "a/m", steps: []step{
			{before: 90 * time.Millisecond, pieces: []string{"It ", "turns."}, model: "m"},
			{fail: Failure{Class: Overloaded}},
			{fail: Failure{Class: BadKey}},
			{before: 3 * time.Second, pieces: []string{"It "}, fail: Failure{Class: CutStream}},
			{fail: Failure{Class: Billing}},
		}}
		second := &fake{name: "b/m", steps: []step{
			{pieces: []string{"It turns."}, model: "m"}, {fail: Failure{Class: Malformed}},
		}}
		c := chainOf(&fake{name: "last", steps: []step{{model: "last"}}}, first, second)
		for range 4 {
			run(t.Context(), c)
		}
		usage := Usage{InputTokens: 3, OutputTokens: 2}
		want := []ModelStats{
			{
				Model: "a/m", Answers: 1, Retries: 1, Usage: usage,
				Failures:  map[Class]int{Overloaded: 1, BadKey: 1, CutStream: 1, Billing: 1},
				Fallbacks: map[string]int{"b/m": 2},
			},
			{
				Model: "b/m", Answers: 1, Usage: usage,
				Failures:  map[Class]int{Malformed: 1},
				Fallbacks: map[string]int{"last": 1},
			},
			{Model: "last", Answers: 1, Usage: usage, Failures: map[Class]int{}, Fallbacks: map[string]int{}},
		}
		for i := range want {
			want[i].Breaker = StateClosed
		}
		if diff := cmp.Diff(want, c.Stats()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestOneProbe: while a probe is under way no other call is made, and a reader who leaves during
// it makes room for the next.
func TestOneProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := failing("a/m", NotConnected)
		c := chainOf(nil, first, answering("b/m"))
		for range breakerCalls {
			run(t.Context(), c)
		}
		time.Sleep(DefaultPolicy().Rest)
		first.steps = []step{{before: time.Second, pieces: []string{"Yes."}}}
		ctx, cancel := context.WithCancel(t.Context())
		probe := make(chan outcome)
		go func() { probe <- run(ctx, c) }()
		synctest.Wait()
		if got := run(t.Context(), c); got.Attempts[0].Class != BreakerOpen {
			t.Errorf("%+v", got)
		}
		cancel()
		if got := <-probe; got.Failure != CallerGone {
			t.Errorf("%+v", got)
		}
		check(t, run(t.Context(), c), outcome{Emitted: "Yes.", Took: time.Second})
	})
}

// TestRetriesAreBounded: the budget is that of all requests together.
func TestRetriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := failing("a/m", Overloaded)
		c := chainOf(nil, first, answering("b/m"))
		for range 4 {
			run(t.Context(), c)
		}
		if s := c.Stats()[0]; s.Retries > provider.RetryReserve+1 { // the calls earn one
			t.Errorf("%d retries", s.Retries)
		}
	})
}

func TestReaderLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("the reader is gone")
		next := answering("b/m")
		c := chainOf(next, answering("a/m"), next)
		_, err := c.Generate(t.Context(), Request{}, func(string) error { return gone })
		if !errors.Is(err, gone) || next.calls != 0 {
			t.Errorf("%v, the next was called %d times", err, next.calls)
		}
		ctx, cancel := context.WithCancel(t.Context())
		slow := &fake{name: "a/m", steps: []step{{before: time.Hour}}}
		time.AfterFunc(time.Second, cancel)
		check(t, run(ctx, chainOf(next, slow, next)), outcome{Failure: CallerGone, Took: time.Second})
		if next.calls != 0 {
			t.Error("the next model was asked for a reader who had left")
		}
	})
}

func TestNoneAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := &fake{name: "a/m", steps: []step{
			{fail: Failure{Class: RateLimited, Delay: 40 * time.Second}},
		}}
		got, err := chainOf(nil, limited, failing("b/m", BadKey)).Generate(t.Context(), Request{}, nil)
		e, ok := errors.AsType[*book.Error](err)
		if !ok || e.Code != book.Unavailable || e.RetryAfter != 40*time.Second || len(got.Attempts) != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestAnotherModelAnswers: it is logged once and counted always.
func TestAnotherModelAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		asked, got string
		mismatches int
	}{
		"itself":      {"a/m-1", "m-1", 0},
		"long name":   {"a/m-1", "models/m-1", 0},
		"dated":       {"a/m-1", "m-1-2026-10-01", 0},
		"alias":       {"a/m-latest", "m-9", 0},
		"rerouted":    {"a/m-1", "m-2", 3},
		"with a path": {"a/org/m-1", "org/m-1", 0},
		"default":     {"a/default", "m-1", 0},
		"routed":      {"a/p,m-1", "m-1", 0},
		"misrouted":   {"a/p,m-1", "m-2", 3},
	} {
		var log bytes.Buffer
		c := NewChain(slog.New(slog.NewTextHandler(&log, nil)), DefaultPolicy(), nil,
			&fake{name: test.asked, steps: []step{{pieces: []string{"x"}, model: test.got}}})
		for range 3 {
			run(t.Context(), c)
		}
		s := c.Stats()[0]
		if s.Mismatches != test.mismatches || strings.Count(log.String(), "\n") != min(1, s.Mismatches) {
			t.Errorf("%s: %+v, logged %q", name, s, log.String())
		}
		if s.Answers != 3 || s.Usage.InputTokens != 9 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestClasses: every class has an error, and every error its class.
func TestClasses(t *testing.T) {
	for _, class := range Classes() {
		err := Fail("a/m", Failure{Class: class})
		if FailureOf(err).Class != class || book.CodeOf(err) == "" || book.CodeOf(err) == book.Internal {
			t.Errorf("%s: %v", class, err)
		}
		if m := book.MessageOf(err); !strings.HasPrefix(m, "the model a/m ") || len(m) < 20 {
			t.Errorf("%s: %q", class, m)
		}
	}
	if len(classes) != len(Classes()) {
		t.Errorf("%d classes, %d listed", len(classes), len(Classes()))
	}
}

// TestProgress: an answer in several calls begins with the model that it came from so far, within
// the same time.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, last := answering("a/m"), failing("b/m", NoModel), answering("last")
		c := chainOf(last, first, second)
		emit := func(string) error { return nil }
		got, err := c.Generate(t.Context(), Request{Progress: Progress{By: "b/m"}}, emit)
		if err != nil || got.By != "last" || first.calls != 0 || len(got.Attempts) != 1 {
			t.Errorf("%+v, %v; the first was called %d times", got, err, first.calls)
		}
		if got, _ := c.Generate(t.Context(), Request{}, emit); got.By != "a/m" {
			t.Errorf("answered by %q", got.By)
		}

		began := time.Now().Add(-29 * time.Second)
		second.steps = []step{{before: time.Hour}}
		got, err = c.Generate(t.Context(), Request{Progress: Progress{By: "b/m", Began: began}}, emit)
		if err != nil || got.By != "last" || time.Since(began) != 30*time.Second {
			t.Errorf("%+v, %v after %v", got, err, time.Since(began))
		}
	})
}

// TestProgressOfWhatWasEmitted: nobody goes on with what another model has said.
func TestProgressOfWhatWasEmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := failing("a/m", NoModel)
		next := answering("b/m")
		c := chainOf(next, first, next)
		emit := func(string) error { return nil }
		p := Progress{By: "a/m", Began: time.Now(), Emitted: true}
		if _, err := c.Generate(t.Context(), Request{Progress: p}, emit); FailureOf(err).Class != NoModel {
			t.Error(err)
		}
		p.Began = time.Now().Add(-time.Minute)
		if _, err := c.Generate(t.Context(), Request{Progress: p}, emit); FailureOf(err).Class != OutOfTime {
			t.Error(err)
		}
		if next.calls != 0 || first.calls != 1 {
			t.Errorf("called %d and %d times", first.calls, next.calls)
		}
	})
}
