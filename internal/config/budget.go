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

// validateBudgets returns an Invalid error that names what cannot be, or nil: a budget of money says
// nothing about a model without a price.
func (c Config) validateBudgets() error {
	b := c.Budgets
	prices, err := b.Prices()
	if err != nil {
		return err
	}
	costs := map[string]float64{
		"daily-user-cost": b.DailyUserCost, "daily-anonymous-cost": b.DailyAnonymousCost,
		"daily-service-cost": b.DailyServiceCost,
	}
	for setting, cost := range costs {
		if !isAmount(cost) {
			return book.Errorf(book.Invalid, "%s is %v; it must be 0 to %v", setting, cost, maxPrice)
		}
		if model := c.withoutPrice(prices); cost > 0 && model != "" {
			return book.Errorf(book.Invalid, "%s is set, but model-prices has no price for the model "+
				"%s; give one, such as %s=0/0 where it is free", setting, model, model)
		}
	}
	for setting, tokens := range map[string]int64{
		"daily-user-tokens": b.DailyUserTokens, "daily-anonymous-tokens": b.DailyAnonymousTokens,
		"daily-service-tokens": b.DailyServiceTokens,
	} {
		if tokens < 0 || tokens > math.MaxInt64/2 {
			return book.Errorf(book.Invalid, "%s is %d; it must be 0 or more", setting, tokens)
		}
	}
	return nil
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
