package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
)

func TestModels(t *testing.T) {
	stub := llmtest.NewServer(t, openaitest.Wire{})
	var got struct{ Models []map[string]any }
	args := []string{"models", "--openai-base-url", stub.URL, "--openai-model", "stub-0"}
	succeed(t, &got, append(args, "--json")...)
	if len(got.Models) != 1 {
		t.Fatalf("%+v", got)
	}
	checkShape(t, "models", got.Models[0], `{"model":1,"ok":1,"answers":1,"error":1,"shutdown":1,
		"seconds":1,"served":1,"list_error":1}`)
	if got.Models[0]["shutdown"] != "2027-01-15" || got.Models[0]["ok"] != true {
		t.Errorf("%+v", got)
	}
	if r := lectern(t, append(args, "--all")...); r.code != 0 || !strings.Contains(r.stdout, "stub-1") {
		t.Errorf("%+v", r)
	}
	stub.Play(llmtest.Script{Fault: llmtest.BadKey})
	r := lectern(t, append(args, "--json")...)
	if r.code != exitFailure || json.Unmarshal([]byte(r.stdout), &got) != nil ||
		got.Models[0]["ok"] != false || !strings.Contains(r.stdout, "configured key") {
		t.Errorf("%+v", r)
	}
	if r := lectern(t, "models"); r.code != 0 || !strings.Contains(r.stderr, "No provider") {
		t.Errorf("%+v", r)
	}
	if r := lectern(t, "models", "--gemini-model", "gemini-1.5-pro"); r.code != exitUsage ||
		!strings.Contains(r.stderr, "gemini-pro-latest") {
		t.Errorf("%+v", r)
	}
}
