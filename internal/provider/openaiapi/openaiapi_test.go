package openaiapi

import (
	"testing"

	"github.com/lectern-project/lectern/internal/provider"
)

func TestClassOf(t *testing.T) {
	for _, test := range []struct {
		status     int
		code, kind string
		want       provider.Class
	}{
		{429, "credit_balance_exhausted", "", provider.Billing},
		{429, "monthly_spend_limit_exceeded", "", provider.Billing},
		{429, "project_usage_limit_exceeded", "", provider.Billing},
		{429, "", "insufficient_quota", provider.Billing},
		{429, "slow_down", "", provider.RateLimited},
		{429, "", "", provider.RateLimited},
		{503, "slow_down", "", provider.RateLimited},
		{503, "", "", provider.Overloaded},
		{402, "", "", provider.Billing},
		{403, "", "", provider.BadKey},
		{400, "content_policy_violation", "", provider.Blocked},
		{400, "", "", provider.Refused},
		{404, "", "", provider.NoModel},
	} {
		if got := classOf(test.status, test.code, test.kind); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

// TestDetail: what the servers of others say of an error.
func TestDetail(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":{"message":"m","type":"t","code":null}}`:            "m",
		`{"error":{"message":"m","type":"NotFoundError","code":404}}`: "m",
		`{"error":"m","error_type":"Validation"}`:                     "m",
		`{"object":"error","message":"m","code":404}`:                 "m",
		"m\n": "m",
		`[]`:  "[]",
		`{}`:  "",
	} {
		if got := detailOf([]byte(body)).Message; got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
