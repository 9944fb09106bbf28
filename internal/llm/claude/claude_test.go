package claude

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/claude/claudetest"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
)

func open(url, key, model string) *Model {
	return New(Config{BaseURL: url, APIKey: key, Model: model})
}

func TestContract(t *testing.T) {
	llmtest.RunProvider(t, llmtest.Provider{
		Wire: claudetest.Wire{},
		Open: func(_ testing.TB, url, key, model string) llm.Lister { return open(url, key, model) },
	})
}

// TestRouter: what Claude Code Router answers is no Anthropic error, and must be understood.
func TestRouter(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   llm.Class
	}{
		"wrong key":      {http.StatusUnauthorized, "Invalid API key", llm.BadKey},
		"rate limited":   {http.StatusTooManyRequests, `{"error":{"message":"x"}}`, llm.RateLimited},
		"dead upstream":  {http.StatusInternalServerError, `{"error":{"message":"x"}}`, llm.Overloaded},
		"an error event": {http.StatusOK, "event: error\ndata: {\"error\":{}}\n\n", llm.CutStream},
		"error as text":  {http.StatusOK, "event: error\ndata: x\n\n", llm.CutStream},
	} {
		t.Run(name, func(t *testing.T) {
			router := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer router.Close()
			_, err := open(router.URL, "k", "m").Generate(t.Context(), llm.Request{Question: "q"}, nil)
			if got := llm.FailureOf(err).Class; got != test.want {
				t.Errorf("%s, want %s: %v", got, test.want, err)
			}
		})
	}
}

// TestEnvironment: what other programs configure for Anthropic is not ours.
func TestEnvironment(t *testing.T) {
	t.Setenv("ANTHROPIC_API_KEY", "sk-of-another-program")
	t.Setenv("ANTHROPIC_AUTH_TOKEN", "of-another-program")
	t.Setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
	stub := llmtest.NewServer(t, claudetest.Wire{})
	if _, err := open(stub.URL, "", "m").Generate(t.Context(), llm.Request{Question: "q"}, nil); err != nil {
		t.Fatal(err)
	}
	if calls, _ := stub.Calls(); calls[0].Key != "" {
		t.Errorf("sent the key %q", calls[0].Key)
	}
}
