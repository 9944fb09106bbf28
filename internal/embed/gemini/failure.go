package gemini

import (
	"encoding/json"
	"strings"
	"time"
	_ "time/tzdata" // quotas end at midnight in California, also in images without time zones

	"github.com/lectern-project/lectern/internal/embed/remote"
)

// report is the body of an error: https://google.aip.dev/193. A detail is a google.rpc.RetryInfo,
// QuotaFailure or ErrorInfo.
type report struct {
	Error struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Details []struct {
			Reason     string `json:"reason"`
			RetryDelay string `json:"retryDelay"`
			Violations []struct {
				QuotaID string `json:"quotaId"`
			} `json:"violations"`
		} `json:"details"`
	} `json:"error"`
}

// Classify implements [remote.Model]. The advised delay is in the body; the quota of a day is over
// at midnight in California, whatever the advice says.
func (m *model) Classify(response *remote.StatusError) remote.Failure {
	return classify(response, time.Now())
}

func classify(response *remote.StatusError, now time.Time) remote.Failure {
	var r report
	if json.Unmarshal(response.Body, &r) != nil {
		r.Error.Message = string(response.Body)
	}
	class, delay := remote.ClassOf(response.Status), time.Duration(0)
	for _, d := range r.Error.Details {
		if advised, err := time.ParseDuration(d.RetryDelay); err == nil && class != remote.Spent {
			delay = max(advised, 0)
		}
		if d.Reason == "API_KEY_INVALID" { // comes with status 400
			class = remote.BadKey
		}
		for _, v := range d.Violations {
			if class == remote.Busy && strings.Contains(v.QuotaID, "PerDay") {
				class, delay = remote.Spent, midnightPacific(now).Sub(now)
			}
		}
	}
	return remote.Reported(class, response, delay, r.Error.Status, r.Error.Message)
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
