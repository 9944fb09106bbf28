package usage

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/memory"
)

// model answers what it is told to.
type model struct {
	name     string
	response llm.Response
	err      error
	calls    int
}

func (m *model) Name() string { return m.name }

func (m *model) Generate(
	context.Context, llm.Request, func(string) error,
) (llm.Response, error) {
	m.calls++
	return m.response, m.err
}

// asks is an answerer that calls these models, one after the other, and fails with the last error.
type asks []llm.Model

func (a asks) Ask(ctx context.Context, r answer.Request, _ answer.Events) (answer.Answer, error) {
	var err error
	for _, m := range a {
		_, err = m.Generate(ctx, llm.Request{Question: r.Question}, nil)
	}
	return answer.Answer{}, err
}

// fixture is a meter over a store whose clock can be moved.
type fixture struct {
	*testing.T
	meter *Meter
	store *memory.Store
	now   time.Time
	log   strings.Builder
}

func newFixture(t *testing.T, config Config) *fixture {
	f := &fixture{T: t, now: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)}
	f.store = memory.New(memory.WithClock(func() time.Time { return f.now }))
	f.meter = New(config, f.store, slog.New(slog.NewTextHandler(&f.log, nil)))
	return f
}

func (f *fixture) ask(user uuid.UUID, models ...*model) (answer.Answer, error) {
	var measured asks
	for _, m := range models {
		measured = append(measured, f.meter.Measure(m))
	}
	return f.meter.Answers(measured).Ask(f.Context(), answer.Request{
		Question: "123456789", View: book.View{UserID: user},
	}, answer.Events{})
}

func (f *fixture) spent(payer string) store.Spent {
	f.Helper()
	spent, err := f.store.SpentToday(f.Context(), []string{payer})
	if err != nil {
		f.Fatal(err)
	}
	return spent[0]
}

func spends(name string, input, output int) *model {
	return &model{name: name, response: llm.Response{
		Text: "x", Usage: llm.Usage{InputTokens: input, OutputTokens: output},
	}}
}

// TestUsage: all calls of a question are added up by model, those that failed too.
func TestUsage(t *testing.T) {
	f := newFixture(t, Config{Prices: map[string]Price{"m-1": {2, 10}, "dated": {1, 1}}})
	broken := spends("a/m-1", 100, 5)
	broken.err = llm.Fail("a/m-1", llm.Failure{Class: llm.CutStream})
	another := spends("a/m-1", 3, 0)
	another.response.Model = "models/dated"
	user := uuid.New()
	got, err := f.ask(user, spends("b/free", 7, 8), spends("a/m-1", 1000, 20), broken, another)
	if err != nil {
		t.Fatal(err)
	}
	want := book.Usage{InputTokens: 1110, OutputTokens: 34, Cost: 0.002454, Models: []book.ModelUsage{
		{Model: "a/m-1", Calls: 3, InputTokens: 1103, OutputTokens: 26, Cost: 0.002454, Estimated: true},
		{Model: "b/free", Calls: 1, InputTokens: 7, OutputTokens: 8},
	}}
	if diff := cmp.Diff(want, got.Usage, approximately); diff != "" {
		t.Error(diff)
	}
	if len(got.Degraded) != 0 {
		t.Errorf("degraded %v", got.Degraded)
	}
	for _, payer := range []string{"user:" + user.String(), "service"} {
		if got := f.spent(payer); got != (store.Spent{Tokens: 1144, Cost: 2454000}) {
			t.Errorf("%s has spent %+v", payer, got)
		}
	}
	if got := f.spent("anonymous"); got != (store.Spent{}) {
		t.Errorf("readers without an account have spent %+v", got)
	}
	if diff := cmp.Diff(want.Models, f.meter.Counts().Models, approximately); diff != "" {
		t.Error(diff)
	}
}

var approximately = cmp.Comparer(func(a, b float64) bool { return billionths(a) == billionths(b) })

// TestEstimates: what a provider does not count is estimated, unless no model was reached.
func TestEstimates(t *testing.T) {
	type counted struct {
		Calls, Input, Output int
		Estimated            bool
	}
	fails := func(class llm.Class) error { return llm.Fail("a/m", llm.Failure{Class: class}) }
	for name, test := range map[string]struct {
		response llm.Response
		err      error
		want     counted
	}{
		"counted":       {llm.Response{Text: "abcdef", Usage: llm.Usage{InputTokens: 9, OutputTokens: 1}}, nil, counted{1, 9, 1, false}},
		"not counted":   {llm.Response{Text: "abcdef"}, nil, counted{1, 3, 2, true}},
		"searches":      {llm.Response{ToolCalls: []llm.ToolCall{{Name: "abc", Arguments: []byte("{}")}}}, nil, counted{1, 3, 2, true}},
		"broke off":     {llm.Response{Text: "abcd"}, fails(llm.CutStream), counted{1, 3, 2, true}},
		"input counted": {llm.Response{Text: "abcdef", Usage: llm.Usage{InputTokens: 9, OutputTokens: 1}}, fails(llm.Stalled), counted{1, 9, 2, true}},
		"reader left":   {llm.Response{}, fails(llm.CallerGone), counted{1, 3, 0, true}},
		"silent":        {llm.Response{}, fails(llm.NoFirstToken), counted{1, 3, 0, true}},
		"unreachable":   {llm.Response{}, fails(llm.NotConnected), counted{}},
		"rate limited":  {llm.Response{}, fails(llm.RateLimited), counted{}},
		"refused":       {llm.Response{}, fails(llm.Refused), counted{}},
	} {
		f := newFixture(t, Config{})
		got, err := f.ask(uuid.Nil, &model{name: "a/m", response: test.response, err: test.err})
		if !errors.Is(err, test.err) {
			t.Errorf("%s: %v", name, err)
		}
		var sum counted
		for _, m := range got.Usage.Models {
			sum = counted{m.Calls, m.InputTokens, m.OutputTokens, m.Estimated}
		}
		if sum != test.want {
			t.Errorf("%s: %+v, want %+v", name, sum, test.want)
		}
	}
}

// TestBudgets: a question that begins when a budget is used up calls no model, and says why; one
// that had begun goes on.
func TestBudgets(t *testing.T) {
	ann, bob := uuid.New(), uuid.New()
	for name, test := range map[string]struct {
		limits       map[string]Limit
		first, later uuid.UUID
		budget       string // that the later question meets
	}{
		"none":                    {nil, ann, ann, ""},
		"tokens of a user":        {map[string]Limit{User: {Tokens: 10}}, ann, ann, User},
		"tokens not quite":        {map[string]Limit{User: {Tokens: 21}}, ann, ann, ""},
		"cost of a user":          {map[string]Limit{User: {Cost: 0.00002}}, ann, ann, User},
		"cost not quite":          {map[string]Limit{User: {Cost: 0.000021}}, ann, ann, ""},
		"another user":            {map[string]Limit{User: {Tokens: 1}}, ann, bob, ""},
		"a user's is not theirs":  {map[string]Limit{User: {Tokens: 1}}, ann, uuid.Nil, ""},
		"readers together":        {map[string]Limit{Anonymous: {Tokens: 1}}, uuid.Nil, uuid.Nil, Anonymous},
		"readers leave users be":  {map[string]Limit{Anonymous: {Tokens: 1}}, uuid.Nil, ann, ""},
		"service":                 {map[string]Limit{Service: {Cost: 0.00001}}, uuid.Nil, ann, Service},
		"service, by a user":      {map[string]Limit{Service: {Tokens: 20}}, ann, uuid.Nil, Service},
		"the own one comes first": {map[string]Limit{User: {Tokens: 1}, Service: {Tokens: 1}}, ann, ann, User},
	} {
		f := newFixture(t, Config{Prices: map[string]Price{"m": {1, 1}}, Limits: test.limits})
		first := spends("a/m", 5, 5)
		if _, err := f.ask(test.first, first, first); err != nil || first.calls != 2 {
			t.Errorf("%s: the first question: %d calls, %v", name, first.calls, err)
		}
		later := spends("a/m", 1, 1)
		got, err := f.ask(test.later, later)
		if test.budget == "" {
			if err != nil || later.calls != 1 || len(got.Degraded) != 0 {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		if llm.FailureOf(err).Class != llm.OverBudget || later.calls != 0 ||
			!cmp.Equal(got.Degraded, []string{DegradedBudget}) || len(got.Usage.Models) != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		counts := f.meter.Counts()
		if !cmp.Equal(counts.Refused, map[string]int{test.budget: 1}) ||
			!strings.Contains(f.log.String(), "budget="+test.budget) {
			t.Errorf("%s: %+v, logged %s", name, counts.Refused, f.log.String())
		}
		f.now = f.now.Add(12 * time.Hour) // midnight
		if _, err := f.ask(test.later, later); err != nil {
			t.Errorf("%s: on the next day: %v", name, err)
		}
	}
}

// TestReplicasShareBudgets: what one process has counted ends the budget of another.
func TestReplicasShareBudgets(t *testing.T) {
	f := newFixture(t, Config{Limits: map[string]Limit{Service: {Tokens: 10}}})
	if _, err := f.ask(uuid.Nil, spends("a/m", 10, 0)); err != nil {
		t.Fatal(err)
	}
	f.meter = New(f.meter.config, f.store, slog.New(slog.DiscardHandler))
	if _, err := f.ask(uuid.New(), spends("a/m", 1, 0)); llm.FailureOf(err).Class != llm.OverBudget {
		t.Errorf("%v", err)
	}
}

// TestOvershoot: only the questions that are under way when a budget ends go beyond it.
func TestOvershoot(t *testing.T) {
	const parallel, limit, each = 8, 100, 10
	f := newFixture(t, Config{Limits: map[string]Limit{Service: {Tokens: limit}}})
	var all sync.WaitGroup
	for range parallel {
		all.Go(func() {
			for range limit {
				_, _ = f.ask(uuid.Nil, spends("a/m", each, 0))
			}
		})
	}
	all.Wait()
	if spent := f.spent("service").Tokens; spent < limit || spent >= limit+parallel*each {
		t.Errorf("%d tokens were spent, %d may be", spent, limit)
	}
}

// down is a store that counts nothing.
type down struct{ *memory.Store }

func (down) SpentToday(context.Context, []string) ([]store.Spent, error) {
	return nil, book.Errorf(book.Unavailable, "down")
}

func (down) AddSpent(context.Context, []string, store.Spent) error {
	return book.Errorf(book.Unavailable, "down")
}

// TestStoreDown: a budget that nobody can look up lets nothing through; without one, answers go on.
func TestStoreDown(t *testing.T) {
	f := newFixture(t, Config{})
	f.meter.store = down{}
	got, err := f.ask(uuid.Nil, spends("a/m", 1, 1))
	if err != nil || got.Usage.InputTokens != 1 || f.meter.Counts().Lost != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	f.meter.config.Limits = map[string]Limit{Service: {Tokens: 1}}
	m := spends("a/m", 1, 1)
	if _, err := f.ask(uuid.Nil, m); book.CodeOf(err) != book.Unavailable || m.calls != 0 {
		t.Errorf("%v after %d calls", err, m.calls)
	}
}

// gone is a store that takes nothing from callers that have gone.
type gone struct{ *memory.Store }

func (g gone) AddSpent(ctx context.Context, payers []string, s store.Spent) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return g.Store.AddSpent(ctx, payers, s)
}

func TestReadersWhoLeaveAreCounted(t *testing.T) {
	f := newFixture(t, Config{})
	f.meter.store = gone{f.store}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	m := f.meter.Measure(spends("a/m", 4, 2))
	_, err := f.meter.Answers(asks{m}).Ask(ctx, answer.Request{}, answer.Events{})
	if err != nil || f.spent("service").Tokens != 6 {
		t.Errorf("%v, %+v", err, f.spent("service"))
	}
}

// TestCallsForNobody: what the server asks by itself is the service's.
func TestCallsForNobody(t *testing.T) {
	f := newFixture(t, Config{Limits: map[string]Limit{Service: {Tokens: 1}}})
	m := f.meter.Measure(spends("a/m", 5, 5))
	_, err := m.Generate(t.Context(), llm.Request{}, nil)
	if err != nil || f.spent("service").Tokens != 10 || f.spent("anonymous").Tokens != 0 {
		t.Errorf("%v, %+v", err, f.spent("service"))
	}
	if _, err := m.Generate(t.Context(), llm.Request{}, nil); llm.FailureOf(err).Class != llm.OverBudget {
		t.Errorf("%v", err)
	}
}

func TestUntilMidnight(t *testing.T) {
	at := time.Date(2026, 3, 29, 23, 30, 0, 0, time.FixedZone("", 3600)) // 22:30 UTC
	if got := untilMidnight(at); got != 90*time.Minute {
		t.Error(got)
	}
}
