package openai

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"

	"github.com/lectern-project/lectern/internal/embed/remote"
)

// report is what the servers say of an error: OpenAI, Ollama and newer vLLM put an object into
// "error", text-embeddings-inference a string, older vLLM has the message at the top.
type report struct {
	Error   json.RawMessage `json:"error"`
	Message string          `json:"message"`
}

type detail struct {
	Message string `json:"message"`
	Type    string `json:"type"`
	Code    any    `json:"code"` // a word, or the status as a number
}

// Classify implements [remote.Model].
func (m *model) Classify(response *remote.StatusError) remote.Failure {
	d := detailOf(response.Body)
	code, _ := d.Code.(string)
	code = cmp.Or(code, d.Type)
	class := remote.ClassOf(response.Status)
	switch {
	case unpaid(code) || unpaid(d.Type):
		class = remote.Billing
	case code == "model_not_found":
		class = remote.NoModel
	case code == "invalid_api_key":
		class = remote.BadKey
	}
	return remote.Reported(class, response, remote.RetryAfter(response.Header), code, d.Message)
}

func detailOf(body []byte) detail {
	var r report
	var d detail
	switch {
	case json.Unmarshal(body, &r) != nil:
		d.Message = string(bytes.TrimSpace(body))
	case json.Unmarshal(r.Error, &d) == nil:
	case json.Unmarshal(r.Error, &d.Message) == nil:
	default:
		d.Message = r.Message
	}
	return d
}

// unpaid reports whether a code says that only the account's owner can help.
// https://platform.openai.com/docs/guides/error-codes
func unpaid(code string) bool {
	return code == "insufficient_quota" || code == "credit_balance_exhausted" ||
		strings.HasSuffix(code, "_spend_limit_exceeded") ||
		strings.HasSuffix(code, "_usage_limit_exceeded")
}
