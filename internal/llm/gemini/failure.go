package gemini

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // quotas end at midnight in California, also in images without time zones

	"google.golang.org/genai"

	"github.com/lectern-project/lectern/internal/llm"
)

// failure classifies what the client returned:
// https://ai.google.dev/gemini-api/docs/troubleshooting
func failure(ctx context.Context, err error) llm.Failure {
	if ctx.Err() != nil {
		return llm.TransportFailure(ctx, err)
	}
	if e, ok := errors.AsType[genai.APIError](err); ok {
		return reported(e, time.Now())
	}
	f := llm.TransportFailure(ctx, err)
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	if syntax || kind || (f.Class == llm.CutStream && strings.Contains(err.Error(), invalidChunk)) {
		// The client's error holds what the model wrote.
		return llm.Failure{Class: llm.Malformed, Err: errors.New("an event is not what the API says")}
	}
	return f
}

// invalidChunk is in the client's error for a line that is no event; it has no type.
const invalidChunk = "invalid stream chunk"

// detail is one of the details of an error: google.rpc.RetryInfo, QuotaFailure or ErrorInfo.
// https://google.aip.dev/193
type detail struct {
	Reason     string `json:"reason"`
	RetryDelay string `json:"retryDelay"`
	Violations []struct {
		QuotaID string `json:"quotaId"`
	} `json:"violations"`
}

func reported(e genai.APIError, now time.Time) llm.Failure {
	f := llm.Failure{Class: llm.StatusClass(e.Code)}
	for _, d := range details(e) {
		if delay, err := time.ParseDuration(d.RetryDelay); err == nil && delay > 0 {
			f.Delay = delay
		}
		if d.Reason == "API_KEY_INVALID" { // comes with status 400
			f.Class = llm.BadKey
		}
		for _, violation := range d.Violations {
			if f.Class == llm.RateLimited && strings.Contains(violation.QuotaID, "PerDay") {
				f.Class, f.Until = llm.DailyQuota, midnightPacific(now)
			}
		}
	}
	f.Err = llm.StatusError(f.Class, e.Code, e.Status, e.Message)
	return f
}

func details(e genai.APIError) []detail {
	var all []detail
	for _, raw := range e.Details {
		text, err := json.Marshal(raw)
		var d detail
		if err == nil && json.Unmarshal(text, &d) == nil {
			all = append(all, d)
		}
	}
	return all
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
