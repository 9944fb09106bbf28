// Package usage counts what language models take and what it costs, and keeps it within daily
// budgets.
//
// A question's account, or all readers without one together, and the whole service have a budget
// each. Before the first call of a model for a question, what was spent today is read from the store,
// and where a budget is used up no model is called for that question: each fails with
// llm.OverBudget, so the chain comes to the extractive answerer. After each call what it took is
// added in the store. Nothing is reserved: the questions that are under way when a budget ends are
// answered, so a budget is overshot by what they take, and by nothing else. A process that is
// killed loses the counts of the calls that it was making.
package usage

import (
	"context"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// The names of budgets in Counts and in the log.
const (
	User      = "user"      // of one account
	Anonymous = "anonymous" // of all readers without an account
	Service   = "service"   // of everybody
)

// Price is what a million tokens cost, in any currency.
type Price struct{ Input, Output float64 }

// Limit is what may be spent a day; 0 is no limit.
type Limit struct {
	Tokens int64
	Cost   float64
}

// reached reports whether nothing more may be spent.
func (l Limit) reached(s store.Spent) bool {
	return l.Tokens > 0 && s.Tokens >= l.Tokens || l.Cost > 0 && s.Cost >= billionths(l.Cost)
}

// Config says what is counted as which cost, and what may be spent.
type Config struct {
	// Prices are by model, without its provider.
	Prices map[string]Price
	Limits map[string]Limit // by budget
}

// Meter counts. It is safe for concurrent use.
type Meter struct {
	config Config
	store  store.Spending
	log    *slog.Logger

	mu     sync.Mutex
	counts Counts
	said   map[string]string // the day on which the log said that a budget was used up, by budget
}

// Counts says what this process counted since it started.
type Counts struct {
	Models []book.ModelUsage // by name
	// Refused counts questions that no model was called for, by the budget that was used up.
	Refused map[string]int
	// Lost counts calls that the store could not count.
	Lost int
}

// New returns a Meter that keeps its sums in s.
func New(config Config, s store.Spending, log *slog.Logger) *Meter {
	return &Meter{
		config: config, store: s, log: log,
		counts: Counts{Refused: map[string]int{}}, said: map[string]string{},
	}
}

// Counts returns what was counted since the start.
func (m *Meter) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.counts
	c.Models = slices.Clone(c.Models)
	c.Refused = maps.Clone(m.counts.Refused)
	return c
}

// payer is who a budget belongs to: its name in the store and the budget's.
type payer struct{ name, budget string }

// payersOf are those who pay for the questions of an account, uuid.Nil for none.
func payersOf(account uuid.UUID) []payer {
	if account == uuid.Nil {
		return []payer{{Anonymous, Anonymous}, {Service, Service}}
	}
	return []payer{{User + ":" + account.String(), User}, {Service, Service}}
}

// usedUp returns the first budget of these payers that is used up today, or "".
func (m *Meter) usedUp(ctx context.Context, payers []payer) (budget string, err error) {
	var limited []payer
	var names []string
	for _, p := range payers {
		if m.config.Limits[p.budget] != (Limit{}) {
			limited, names = append(limited, p), append(names, p.name)
		}
	}
	if len(limited) == 0 {
		return "", nil
	}
	spent, err := m.store.SpentToday(ctx, names)
	if err != nil {
		return "", err
	}
	for i, p := range limited {
		if m.config.Limits[p.budget].reached(spent[i]) {
			m.refuse(ctx, p.budget)
			return p.budget, nil
		}
	}
	return "", nil
}

// Share is how much of a budget of the day is spent.
type Share struct {
	Budget string
	Of     string  // tokens or cost
	Spent  float64 // 1 is all of it
}

// Spent returns how much of the budgets that have a limit is spent today, those of single accounts
// left out.
func (m *Meter) Spent(ctx context.Context) ([]Share, error) {
	var names []string
	for _, budget := range []string{Anonymous, Service} {
		if m.config.Limits[budget] != (Limit{}) {
			names = append(names, budget)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	spent, err := m.store.SpentToday(ctx, names)
	if err != nil {
		return nil, err
	}
	var shares []Share
	for i, budget := range names {
		limit := m.config.Limits[budget]
		if limit.Tokens > 0 {
			shares = append(shares, Share{budget, "tokens", float64(spent[i].Tokens) / float64(limit.Tokens)})
		}
		if limit.Cost > 0 {
			shares = append(shares, Share{budget, "cost", float64(spent[i].Cost) / 1e9 / limit.Cost})
		}
	}
	return shares, nil
}

// refuse counts a question that no model is called for, and says so once a day.
func (m *Meter) refuse(ctx context.Context, budget string) {
	today := time.Now().UTC().Format(time.DateOnly)
	m.mu.Lock()
	m.counts.Refused[budget]++
	news := m.said[budget] != today
	m.said[budget] = today
	m.mu.Unlock()
	if news {
		m.log.WarnContext(ctx, "a daily budget is used up: its questions do without language models until midnight UTC",
			"budget", budget)
	}
}

// countTime bounds how long a call's count may take.
const countTime = 5 * time.Second

// count adds what a call took, also when whoever asked has gone.
func (m *Meter) count(ctx context.Context, payers []payer, u book.ModelUsage) {
	m.mu.Lock()
	m.counts.Models = add(m.counts.Models, u)
	m.mu.Unlock()
	spent := store.Spent{
		Tokens: int64(u.InputTokens) + int64(u.OutputTokens), Cost: billionths(u.Cost),
	}
	if spent == (store.Spent{}) {
		return
	}
	var names []string
	for _, p := range payers {
		names = append(names, p.name)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countTime)
	defer cancel()
	if err := m.store.AddSpent(ctx, names, spent); err != nil {
		m.mu.Lock()
		m.counts.Lost++
		m.mu.Unlock()
		m.log.ErrorContext(ctx, "what a model took was not counted", "model", u.Model, "error", err)
	}
}

// cost is what tokens cost: at the price of the model that answered, where it has one, or else of
// the one that was asked, named "provider/model".
func (m *Meter) cost(asked, answered string, input, output int) float64 {
	_, id, _ := strings.Cut(asked, "/")
	price, priced := m.config.Prices[strings.TrimPrefix(answered, "models/")]
	if !priced {
		price = m.config.Prices[strings.TrimPrefix(id, "models/")]
	}
	return (float64(input)*price.Input + float64(output)*price.Output) / 1e6
}

func billionths(amount float64) int64 { return int64(math.Round(amount * 1e9)) }

// add adds u to a list by model.
func add(list []book.ModelUsage, u book.ModelUsage) []book.ModelUsage {
	at, there := slices.BinarySearchFunc(list, u.Model, func(m book.ModelUsage, name string) int {
		return strings.Compare(m.Model, name)
	})
	if !there {
		return slices.Insert(list, at, u)
	}
	sum := &list[at]
	sum.Calls += u.Calls
	sum.InputTokens += u.InputTokens
	sum.OutputTokens += u.OutputTokens
	sum.Cost += u.Cost
	sum.Estimated = sum.Estimated || u.Estimated
	return list
}
