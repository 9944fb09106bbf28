package openai

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/openai/openai-go/v3"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
)

func open(url, key, model string) *Model {
	return New(Config{BaseURL: url, APIKey: key, Model: model})
}

func TestContract(t *testing.T) {
	llmtest.RunProvider(t, llmtest.Provider{
		Wire: openaitest.Wire{},
		Open: func(_ testing.TB, url, key, model string) llm.Lister { return open(url, key, model) },
	})
}

// TestCallsWithoutIndex: some servers number every tool call 0, or name none.
func TestCallsWithoutIndex(t *testing.T) {
	for name, test := range map[string]struct {
		chunks []string
		want   []string
	}{
		"another id": {[]string{
			`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}`,
			`{"index":0,"id":"b","function":{"name":"g","arguments":"{"}}`,
			`{"index":0,"function":{"arguments":"}"}}`,
		}, []string{"a f {}", "b g {}"}},
		"the id again": {[]string{
			`{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}`,
			`{"index":0,"id":"a","function":{"arguments":"}"}}`,
		}, []string{"a f {}"}},
		"no id": {[]string{
			`{"index":0,"function":{"name":"f","arguments":"{}"}}`,
			`{"index":1,"function":{"name":"g","arguments":"{}"}}`,
		}, []string{"call_1 f {}", "call_2 g {}"}},
	} {
		a := answer{Reply: llm.NewReply(nil)}
		for _, text := range test.chunks {
			var delta sdk.ChatCompletionChunkChoiceDeltaToolCall
			if err := json.Unmarshal([]byte(text), &delta); err != nil {
				t.Fatal(err)
			}
			a.addCall(delta)
		}
		var got []string
		for _, c := range a.Partial().ToolCalls {
			got = append(got, c.ID+" "+c.Name+" "+string(c.Arguments))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestShutdownDate(t *testing.T) {
	stub := llmtest.NewServer(t, openaitest.Wire{})
	served, err := open(stub.URL, llmtest.Key, llmtest.Model).ListModels(t.Context())
	want := time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC)
	if err != nil || !served[1].Shutdown.Equal(want) || !served[0].Shutdown.IsZero() {
		t.Errorf("%+v, %v", served, err)
	}
}

// TestEnvironment: what other programs configure for OpenAI is not ours.
func TestEnvironment(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-of-another-program")
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	stub := llmtest.NewServer(t, openaitest.Wire{})
	if _, err := open(stub.URL, "", "m").Generate(t.Context(), llm.Request{Question: "q"}, nil); err != nil {
		t.Fatal(err)
	}
	if calls, _ := stub.Calls(); calls[0].Key != "" {
		t.Errorf("sent the key %q", calls[0].Key)
	}
}
