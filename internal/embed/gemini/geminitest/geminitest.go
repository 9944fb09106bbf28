// Package geminitest is a server that speaks the Gemini API's batchEmbedContents, for tests.
// https://ai.google.dev/api/embeddings
package geminitest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/embed/embedtest"
)

// Key is the only key that the server takes.
const Key = "gemini-secret-key"

type request struct {
	Requests []struct {
		Model   string `json:"model"`
		Content struct {
			Parts []struct {
				Text string `json:"text"`
			} `json:"parts"`
		} `json:"content"`
		TaskType             string `json:"taskType"`
		OutputDimensionality int    `json:"outputDimensionality"`
	} `json:"requests"`
}

// New starts a server of the model, with vectors of this many dimensions. seen, unless nil, gets each
// text and its task type.
func New(
	t testing.TB, model string, dimensions int, seen func(text, taskType string),
) *embedtest.Stub {
	return embedtest.NewStub(t, embedtest.NewFake(dimensions), func(s *embedtest.Stub) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { serve(s, model, seen, w, r) }
	})
}

func serve(
	s *embedtest.Stub, model string, seen func(text, taskType string),
	w http.ResponseWriter, r *http.Request,
) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/v1beta/models/"+model+":batchEmbedContents":
		NotFound(w, r)
		return
	case r.Header.Get("X-Goog-Api-Key") != Key:
		BadKey(w, r)
		return
	}
	texts, problem := read(s, body, model, seen)
	if problem != "" {
		Error(http.StatusBadRequest, "INVALID_ARGUMENT", problem, "")(w, r)
		return
	}
	vectors, err := s.Vectors(r, texts)
	if err != nil {
		Error(http.StatusInternalServerError, "INTERNAL", "an internal error", "")(w, r)
		return
	}
	answer := []byte(`{"embeddings":[`)
	for i, vector := range vectors {
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = append(embedtest.AppendVector(append(answer, `{"values":`...), vector), '}')
	}
	embedtest.Reply(http.StatusOK, string(answer)+"]}")(w, r)
}

func read(
	s *embedtest.Stub, body []byte, model string, seen func(text, taskType string),
) (texts []string, problem string) {
	var in request
	switch {
	case len(body) > 4<<20:
		return nil, "the request is larger than 4 MiB"
	case json.Unmarshal(body, &in) != nil:
		return nil, "the request is no JSON"
	case len(in.Requests) == 0 || len(in.Requests) > 100:
		return nil, fmt.Sprintf("%d requests in one batch", len(in.Requests))
	}
	for _, one := range in.Requests {
		switch {
		case one.Model != "models/"+model:
			return nil, "a request for another model"
		case len(one.Content.Parts) != 1:
			return nil, "several parts in one content"
		case one.OutputDimensionality != s.Space().Dimensions:
			return nil, "another number of dimensions"
		}
		if seen != nil {
			seen(one.Content.Parts[0].Text, one.TaskType)
		}
		texts = append(texts, one.Content.Parts[0].Text)
	}
	return texts, ""
}

// Error is an error of the API. details are JSON objects with commas between them.
func Error(status int, code, message, details string) http.HandlerFunc {
	return embedtest.Reply(status, fmt.Sprintf(
		`{"error":{"code":%d,"message":%q,"status":%q,"details":[%s]}}`, status, message, code, details))
}

// BadKey refuses the key, and repeats it.
func BadKey(w http.ResponseWriter, r *http.Request) {
	Error(http.StatusBadRequest, "INVALID_ARGUMENT", "API key not valid: "+
		r.Header.Get("X-Goog-Api-Key"), `{"@type":"type.googleapis.com/google.rpc.ErrorInfo",`+
		`"reason":"API_KEY_INVALID","domain":"googleapis.com"}`)(w, r)
}

// NotFound knows no such model.
func NotFound(w http.ResponseWriter, r *http.Request) {
	Error(http.StatusNotFound, "NOT_FOUND", strings.TrimPrefix(r.URL.Path, "/v1beta/")+
		" is not found for API version v1beta", "")(w, r)
}

// TooMany is a 429 for the quota of this id, with the advice to wait, unless that is empty.
func TooMany(quotaID, delay string) http.HandlerFunc {
	details := `{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"` +
		quotaID + `"}]}`
	if delay != "" {
		details += `,{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"` + delay + `"}`
	}
	return Error(http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", "You exceeded your quota", details)
}
