package config

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
)

func TestPrices(t *testing.T) {
	got, err := Budgets{ModelPrices: " a=1/2.5, models/b-1 = 0/0,org/c:d=0.075/.3 ,"}.Prices()
	want := map[string]Price{"a": {1, 2.5}, "b-1": {0, 0}, "org/c:d": {0.075, 0.3}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, bad := range []string{"a", "a=1", "a=1/", "a=/1", "=1/2", "a=x/2", "a=-1/2", "a=1/NaN", "a=1/2,a=1/2", "a=1/Inf", "a=1/2/3"} {
		if prices, err := (Budgets{ModelPrices: bad}).Prices(); book.CodeOf(err) != book.Invalid {
			t.Errorf("%q: %v, %v", bad, prices, err)
		}
	}
}

func TestValidateBudgets(t *testing.T) {
	models := Models{Order: standard, GeminiModel: "gemini-a", GeminiStrongModel: "models/gemini-b"}
	for _, test := range []struct {
		budgets Budgets
		names   string // what the error must name; empty for none
	}{
		{Budgets{}, ""},
		{Budgets{DailyUserTokens: 1, DailyAnonymousTokens: 1, DailyServiceTokens: 1}, ""},
		{Budgets{DailyUserTokens: -1}, "daily-user-tokens"},
		{Budgets{DailyAnonymousTokens: math.MaxInt64}, "daily-anonymous-tokens"},
		{Budgets{DailyServiceTokens: -1}, "daily-service-tokens"},
		{Budgets{DailyUserCost: -1}, "daily-user-cost"},
		{Budgets{DailyServiceCost: math.NaN()}, "daily-service-cost"},
		{Budgets{DailyAnonymousCost: 1}, "gemini-a"},
		{Budgets{DailyAnonymousCost: 1, ModelPrices: "gemini-a=1/1"}, "gemini-b"},
		{Budgets{DailyAnonymousCost: 1, ModelPrices: "gemini-a=1/1,gemini-b=0/0"}, ""},
		{Budgets{ModelPrices: "gemini-a"}, "model-prices"},
	} {
		err := Config{
			Access: "public", Models: models, GeminiAPIKey: "k", Budgets: test.budgets,
		}.Faults().Err()
		if test.names == "" && err == nil {
			continue
		}
		if book.CodeOf(err) != book.Invalid || !strings.Contains(book.MessageOf(err), test.names) {
			t.Errorf("%+v: %v", test.budgets, err)
		}
	}
	embedded := Config{Access: "public", Budgets: Budgets{DailyServiceCost: 1}}.Embedded()
	if err := embedded.Faults().Err(); err != nil {
		t.Errorf("without a model: %v", err)
	}
}
