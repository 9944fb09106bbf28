// Package geminiapi makes clients of the native Gemini API and says what its errors mean.
// https://ai.google.dev/gemini-api/docs/troubleshooting
package geminiapi

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	_ "time/tzdata" // quotas end at midnight in California, also in images without time zones

	"google.golang.org/genai"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/provider"
)

// DefaultBaseURL is Google's.
const DefaultBaseURL = "https://generativelanguage.googleapis.com/"

// NewClient returns a client; an empty base URL is DefaultBaseURL. It calls nobody, and takes nothing
// from the environment. Invalid without a key.
func NewClient(baseURL, key string) (*genai.Client, error) {
	if baseURL == "" {
		baseURL = DefaultBaseURL
	}
	client, err := genai.NewClient(context.Background(), &genai.ClientConfig{
		APIKey: key, Backend: genai.BackendGeminiAPI, HTTPClient: provider.NewHTTPClient(),
		HTTPOptions: genai.HTTPOptions{BaseURL: baseURL},
	})
	if err != nil || key == "" { // the cause would hold the configuration
		return nil, book.Errorf(book.Invalid, "Gemini needs a key; set LECTERN_GEMINI_API_KEY, or "+
			"LECTERN_GEMINI_API_KEY_FILE")
	}
	return client, nil
}

// report is the body of an error: https://google.aip.dev/193
type report struct {
	Status  string   `json:"status"`
	Message string   `json:"message"`
	Details []detail `json:"details"`
}

// detail is a google.rpc.RetryInfo, QuotaFailure or ErrorInfo.
type detail struct {
	Reason     string `json:"reason"`
	RetryDelay string `json:"retryDelay"`
	Violations []struct {
		QuotaID string `json:"quotaId"`
	} `json:"violations"`
}

// Failure is what a response other than success means.
func Failure(response *provider.StatusError) provider.Failure {
	var body struct {
		Error report `json:"error"`
	}
	if json.Unmarshal(response.Body, &body) != nil {
		body.Error.Message = string(response.Body)
	}
	return body.Error.failure(response.Status, time.Now())
}

// StreamFailure is what an error in the middle of a stream means.
func StreamFailure(e genai.APIError) provider.Failure {
	r := report{Status: e.Status, Message: e.Message}
	details, err := json.Marshal(e.Details)
	if err == nil {
		_ = json.Unmarshal(details, &r.Details) // others than those above say nothing to us
	}
	return r.failure(e.Code, time.Now())
}

// failure finds the advised delay in the body. The quota of a day is over at midnight in California,
// whatever the advice says.
func (r report) failure(status int, now time.Time) provider.Failure {
	f := provider.Failure{Class: provider.StatusClass(status)}
	for _, d := range r.Details {
		if delay, err := time.ParseDuration(d.RetryDelay); err == nil && delay > 0 {
			f.Delay = delay
		}
		if d.Reason == "API_KEY_INVALID" { // comes with status 400
			f.Class = provider.BadKey
		}
		for _, violation := range d.Violations {
			if f.Class == provider.RateLimited && strings.Contains(violation.QuotaID, "PerDay") {
				f.Class, f.Until = provider.DailyQuota, midnightPacific(now)
			}
		}
	}
	f.Err = provider.Reported(f.Class, status, r.Status, r.Message)
	return f
}

// midnightPacific is when quotas of a day begin anew.
func midnightPacific(now time.Time) time.Time {
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil { // cannot be: the zones are in the binary
		pacific = time.FixedZone("PST", -8*60*60)
	}
	now = now.In(pacific)
	return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, pacific)
}
