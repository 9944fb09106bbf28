// Package openaitest is a server that speaks the embeddings endpoint of the OpenAI API, for tests.
// https://platform.openai.com/docs/api-reference/embeddings/create
package openaitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/lectern-project/lectern/internal/embed/embedtest"
)

// Key is the only key that the server takes, if it wants one.
const Key = "openai-secret-key"

// Options say what the server is like.
type Options struct {
	Model      string
	Dimensions int
	Open       bool // it wants no key
	// Shortens says that it takes the number of dimensions; others refuse it.
	Shortens bool
}

// New starts a server. Its base URL ends in /v1.
func New(t testing.TB, o Options) *embedtest.Stub {
	stub := embedtest.NewStub(t, embedtest.NewFake(o.Dimensions),
		func(s *embedtest.Stub) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) { o.serve(s, w, r) }
		})
	stub.URL += "/v1"
	return stub
}

type request struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	EncodingFormat string   `json:"encoding_format"`
	Dimensions     *int     `json:"dimensions"`
}

func (o Options) serve(s *embedtest.Stub, w http.ResponseWriter, r *http.Request) {
	var in request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		Error(http.StatusBadRequest, "invalid_request_error", "", "no JSON")(w, r)
		return
	}
	if refuse := o.check(in, r); refuse != nil {
		refuse(w, r)
		return
	}
	vectors, err := s.Vectors(r, in.Input)
	if err != nil {
		Error(http.StatusInternalServerError, "server_error", "", "an internal error")(w, r)
		return
	}
	answer := []byte(`{"object":"list","model":"` + o.Model + `","data":[`)
	for i, vector := range slices.Backward(vectors) { // each names its place, so any order is right
		answer = fmt.Appendf(answer, `{"object":"embedding","index":%d,"embedding":`, i)
		answer = append(embedtest.AppendVector(answer, vector), '}')
		if i > 0 {
			answer = append(answer, ',')
		}
	}
	embedtest.Reply(http.StatusOK, string(answer)+
		`],"usage":{"prompt_tokens":1,"total_tokens":1}}`)(w, r)
}

// check returns the refusal of a request, or nil.
func (o Options) check(in request, r *http.Request) http.HandlerFunc {
	authorization := r.Header.Get("Authorization")
	invalid := func(message string) http.HandlerFunc {
		return Error(http.StatusBadRequest, "invalid_request_error", "", message)
	}
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/v1/embeddings":
		return embedtest.Reply(http.StatusNotFound, "404 page not found")
	case o.Open && authorization != "":
		return invalid("a key that nobody asked for")
	case !o.Open && authorization != "Bearer "+Key:
		return BadKey(authorization)
	case in.Model != o.Model:
		return Error(http.StatusNotFound, "invalid_request_error", "model_not_found", "no such model")
	case len(in.Input) == 0 || len(in.Input) > 32:
		return invalid(fmt.Sprintf("%d texts", len(in.Input)))
	case slices.Contains(in.Input, ""):
		return invalid("an empty text")
	case in.EncodingFormat != "float":
		return invalid("no such format of vectors")
	case o.Shortens != (in.Dimensions != nil):
		return invalid("the dimensions of this model cannot be chosen, or have to be")
	case in.Dimensions != nil && *in.Dimensions != o.Dimensions:
		return invalid("another number of dimensions")
	}
	return nil
}

// Error is an error of the API. headers are names and values in turn.
func Error(status int, kind, code, message string, headers ...string) http.HandlerFunc {
	return embedtest.Reply(status, fmt.Sprintf(
		`{"error":{"message":%q,"type":%q,"param":null,"code":%q}}`, message, kind, code), headers...)
}

// BadKey refuses the key, and repeats it.
func BadKey(key string) http.HandlerFunc {
	return Error(http.StatusUnauthorized, "invalid_request_error", "invalid_api_key",
		"Incorrect API key provided: "+key)
}

// TooMany is a 429 with the advice to wait, unless that is empty.
func TooMany(seconds string) http.HandlerFunc {
	headers := []string{"Retry-After", seconds}
	if seconds == "" {
		headers = nil
	}
	return Error(http.StatusTooManyRequests, "requests", "rate_limit_exceeded", "Rate limit reached",
		headers...)
}
