package app

import (
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/usage"
)

// openUsage returns what counts the calls of language models.
func (a *App) openUsage() (*usage.Meter, error) {
	prices, err := a.Config.Budgets.Prices()
	if err != nil {
		return nil, err
	}
	priced := map[string]usage.Price{}
	for model, p := range prices {
		priced[model] = usage.Price(p)
	}
	return usage.New(usage.Config{Prices: priced, Limits: budgetLimits(a.Config.Budgets)}, a.Store, a.Log), nil
}

func budgetLimits(b config.Budgets) map[string]usage.Limit {
	return map[string]usage.Limit{
		usage.User:      {Tokens: b.DailyUserTokens, Cost: b.DailyUserCost},
		usage.Anonymous: {Tokens: b.DailyAnonymousTokens, Cost: b.DailyAnonymousCost},
		usage.Service:   {Tokens: b.DailyServiceTokens, Cost: b.DailyServiceCost},
	}
}
