package config

import (
	"math"
	"strconv"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// Budgets are the settings of what language models may take in a day of UTC. 0 is no limit.
type Budgets struct {
	ModelPrices string `help:"What a million tokens cost, read and written, in your currency: MODEL=IN/OUT, separated by commas. Other models cost nothing." placeholder:"PRICES"`

	DailyUserTokens      int64   `help:"Tokens that the questions of one account may take a day; then quotes from the book answer (0: no limit)." default:"0" placeholder:"N"`
	DailyUserCost        float64 `help:"The same as an amount of money, by --model-prices." default:"0" placeholder:"AMOUNT"`
	DailyAnonymousTokens int64   `help:"Tokens that the questions of all readers without an account may take a day (0: no limit)." default:"0" placeholder:"N"`
	DailyAnonymousCost   float64 `help:"The same as an amount of money." default:"0" placeholder:"AMOUNT"`
	DailyServiceTokens   int64   `help:"Tokens that all questions may take a day (0: no limit)." default:"0" placeholder:"N"`
	DailyServiceCost     float64 `help:"The same as an amount of money." default:"0" placeholder:"AMOUNT"`
}

// Price is what a million tokens cost.
type Price struct{ Input, Output float64 }

// maxPrice bounds prices and amounts: more is a mistake.
const maxPrice = 1e6

// Prices are those of ModelPrices by model, or an Invalid error.
func (b Budgets) Prices() (map[string]Price, error) {
	prices := map[string]Price{}
	for entry := range strings.SplitSeq(b.ModelPrices, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		name, price, ok := parsePrice(entry)
		if !ok {
			return nil, book.Errorf(book.Invalid, "model-prices has %q; write MODEL=IN/OUT, such as "+
				"my-model=0.5/2 for 0.5 for a million tokens read and 2 for a million written",
				strings.TrimSpace(entry))
		}
		if _, twice := prices[name]; twice {
			return nil, book.Errorf(book.Invalid, "model-prices has %s twice", name)
		}
		prices[name] = price
	}
	return prices, nil
}

// parsePrice reads MODEL=IN/OUT. A model's name may hold "=" and "/".
func parsePrice(entry string) (name string, p Price, ok bool) {
	at := strings.LastIndexByte(entry, '=')
	if at < 0 {
		return "", p, false
	}
	in, out, both := strings.Cut(entry[at+1:], "/")
	input, err1 := strconv.ParseFloat(strings.TrimSpace(in), 64)
	output, err2 := strconv.ParseFloat(strings.TrimSpace(out), 64)
	name = strings.TrimPrefix(strings.TrimSpace(entry[:at]), "models/")
	return name, Price{input, output}, name != "" && both && err1 == nil && err2 == nil &&
		isAmount(input) && isAmount(output)
}

func isAmount(x float64) bool { return x >= 0 && x <= maxPrice } // NaN is none

// checkBudgets: a budget of money says nothing about a model without a price.
func (c Config) checkBudgets(f *Faults) {
	b := c.Budgets
	prices, err := b.Prices()
	f.AddError("model-prices", err)
	for _, budget := range []struct {
		setting string
		cost    float64
	}{
		{"daily-user-cost", b.DailyUserCost},
		{"daily-anonymous-cost", b.DailyAnonymousCost},
		{"daily-service-cost", b.DailyServiceCost},
	} {
		if !isAmount(budget.cost) {
			f.Addf(budget.setting, "%s is %v; it must be 0 to %v", budget.setting, budget.cost, maxPrice)
			continue
		}
		if model := c.withoutPrice(prices); budget.cost > 0 && model != "" && err == nil {
			f.Addf(budget.setting+" model-prices", "%s is set, but model-prices has no price for the "+
				"model %s; give one, such as %s=0/0 where it is free", budget.setting, model, model)
		}
	}
	for _, budget := range []struct {
		setting string
		tokens  int64
	}{
		{"daily-user-tokens", b.DailyUserTokens},
		{"daily-anonymous-tokens", b.DailyAnonymousTokens},
		{"daily-service-tokens", b.DailyServiceTokens},
	} {
		if budget.tokens < 0 || budget.tokens > math.MaxInt64/2 {
			f.Addf(budget.setting, "%s is %d; it must be 0, for no limit, to %d", budget.setting,
				budget.tokens, math.MaxInt64/2)
		}
	}
}

// withoutPrice is a model that answers and has no price, or empty.
func (c Config) withoutPrice(prices map[string]Price) string {
	for _, name := range c.AnsweringModels() {
		model := ""
		switch name {
		case Gemini:
			model = c.Models.GeminiModel
		case GeminiStrong:
			model = c.Models.GeminiStrongModel
		case OpenAI:
			model = c.Models.OpenAIModel
		case Claude:
			model = c.Models.Claude()
		}
		model = strings.TrimPrefix(model, "models/")
		if _, priced := prices[model]; !priced && model != "" {
			return model
		}
	}
	return ""
}
