package claude

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
)

// TestClaudeCodeRouter answers through a real router in front of a stub of an OpenAI-compatible
// provider.
func TestClaudeCodeRouter(t *testing.T) {
	if os.Getenv("LECTERN_CCR") == "" {
		t.Skip("LECTERN_CCR names no Claude Code Router; `make test-ccr` fetches it")
	}
	stub := llmtest.NewServer(t, openaitest.Wire{Older: true})
	address := startRouter(t, stub.URL)
	for name, test := range map[string]func(*testing.T, *Model, *llmtest.Server){
		"streamed":        routerStreams,
		"not streamed":    routerAnswers,
		"tool call":       routerCallsTool,
		"finish reasons":  routerTellsFinish,
		"upstream errors": routerReportsErrors,
		"broken streams":  routerLosesUpstream,
		"reader leaves":   routerLosesReader,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(address, routerKey, "default"), stub) })
	}
	t.Run("named model", func(t *testing.T) {
		routerAnswers(t, open(address, routerKey, "stub,"+llmtest.Model), stub)
	})
	t.Run("wrong key", func(t *testing.T) {
		_, err := open(address, "another", "default").Generate(t.Context(), question, nil)
		wantClass(t, err, llm.BadKey)
	})
	if _, faults := stub.Calls(); len(faults) > 0 {
		t.Errorf("the provider would not take: %v", faults)
	}
	t.Run("upstream down", func(t *testing.T) {
		stub.Close()
		_, err := open(address, routerKey, "default").Generate(t.Context(), question, nil)
		wantClass(t, err, llm.Overloaded)
	})
}

var question = llm.Request{System: "You teach.", Question: "What is it?", MaxTokens: 700}

func wantClass(t *testing.T, err error, want llm.Class) {
	t.Helper()
	if got := llm.FailureOf(err).Class; got != want {
		t.Errorf("%v is %s, want %s", err, got, want)
	}
}

func routerStreams(t *testing.T, m *Model, stub *llmtest.Server) {
	slow := llmtest.Answer()
	slow.Fault, slow.After = llmtest.Silence, 2 // so that nothing comes but what is streamed
	stub.Play(slow)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := ""
	_, err := m.Generate(ctx, question, func(text string) error {
		if said += text; said == strings.Join(slow.Text[:2], "") {
			cancel()
		}
		return nil
	})
	wantClass(t, err, llm.CallerGone)
	if said != strings.Join(slow.Text[:2], "") {
		t.Errorf("streamed %q", said)
	}
}

func routerAnswers(t *testing.T, m *Model, stub *llmtest.Server) {
	stub.Play(llmtest.Answer())
	got, err := m.Generate(t.Context(), question, nil)
	want := llm.Response{ // without usage: the router asks for none
		Text: strings.Join(llmtest.Answer().Text, ""), Finish: llm.FinishStop, Model: llmtest.Model,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	calls, _ := stub.Calls()
	sent := llmtest.Call{
		Model: llmtest.Model, Key: llmtest.Key, System: question.System, MaxTokens: 700,
		Messages: question.Conversation(),
	}
	if diff := cmp.Diff(sent, calls[len(calls)-1]); diff != "" {
		t.Errorf("(-sent +arrived):\n%s", diff)
	}
}

// routerCallsTool: two calls at once go to the caller, and their results back to the provider.
func routerCallsTool(t *testing.T, m *Model, stub *llmtest.Server) {
	search := func(id, query string) llm.ToolCall {
		return llm.ToolCall{
			ID: id, Name: "search_book", Arguments: json.RawMessage(`{"query":"` + query + `"}`),
		}
	}
	stub.Play(llmtest.Script{Calls: []llm.ToolCall{search("a", "gyro"), search("b", "drift")}},
		llmtest.Answer())
	r := question
	r.Tools = []llm.Tool{{
		Name: "search_book", Description: "Finds passages.",
		Parameters: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string"}}}`),
	}}
	first, err := m.Generate(t.Context(), r, nil)
	if err != nil || first.Finish != llm.FinishToolCalls {
		t.Fatalf("%+v, %v", first, err)
	}
	r.Messages = append(r.Conversation(),
		llm.Message{Role: llm.RoleAssistant, ToolCalls: first.ToolCalls},
		llm.Message{Role: llm.RoleTool, ToolCallID: "a", Text: "It measures \"rotation\"."},
		llm.Message{Role: llm.RoleTool, ToolCallID: "b", Text: "It drifts."},
	)
	got, err := m.Generate(t.Context(), r, nil)
	if err != nil || got.Text != strings.Join(llmtest.Answer().Text, "") {
		t.Errorf("%+v, %v", got, err)
	}
	calls, _ := stub.Calls()
	if diff := cmp.Diff(r.Messages, calls[len(calls)-1].Messages); diff != "" {
		t.Errorf("(-sent +arrived):\n%s", diff)
	}
}

func routerTellsFinish(t *testing.T, m *Model, stub *llmtest.Server) {
	for _, want := range []llm.Finish{llm.FinishLength, llm.FinishBlocked} {
		stub.Play(llmtest.Script{Text: llmtest.Tokens(3), Finish: want})
		if got, err := m.Generate(t.Context(), question, nil); err != nil || got.Finish != want {
			t.Errorf("%+v, %v; want %s", got, err, want)
		}
	}
}

func routerReportsErrors(t *testing.T, m *Model, stub *llmtest.Server) {
	for fault, want := range map[llmtest.Fault]llm.Class{
		llmtest.Overloaded: llm.Overloaded, llmtest.RateLimited: llm.RateLimited,
		llmtest.BadKey: llm.BadKey, llmtest.NoModel: llm.NoModel, llmtest.BadRequest: llm.Refused,
		llmtest.PlainText: llm.Overloaded,
		llmtest.Billing:   llm.RateLimited, // the router passes on the status alone
	} {
		stub.Play(llmtest.Script{Fault: fault})
		_, err := m.Generate(t.Context(), question, nil)
		wantClass(t, err, want)
		if strings.Contains(err.Error(), llmtest.Key) {
			t.Errorf("%s: the key is in %v", fault, err)
		}
	}
}

// routerLosesUpstream: a stream that ends well but without its finish marker is hidden by the router.
func routerLosesUpstream(t *testing.T, m *Model, stub *llmtest.Server) {
	for _, fault := range []llmtest.Fault{llmtest.Cut, llmtest.ErrorEvent} {
		stub.Play(llmtest.Script{Text: llmtest.Tokens(50), Fault: fault, After: 40})
		got, err := m.Generate(t.Context(), question, nil)
		if wantClass(t, err, llm.CutStream); got.Text != strings.Join(llmtest.Tokens(50)[:40], "") {
			t.Errorf("%s: %q", fault, got.Text)
		}
	}
}

func routerLosesReader(t *testing.T, m *Model, stub *llmtest.Server) {
	stub.Play(llmtest.Script{Text: llmtest.Tokens(50), Fault: llmtest.Silence, After: 3})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := m.Generate(ctx, question, nil)
	wantClass(t, err, llm.OutOfTime)
}

const routerKey = "key-of-the-router"

// startRouter starts Claude Code Router in a home of its own in front of a provider, and returns its
// address. It ends with the test.
func startRouter(t *testing.T, upstream string) string {
	t.Helper()
	home, address := t.TempDir(), freeAddress(t)
	configureRouter(t, home, address, upstream)
	log, err := os.Create(filepath.Join(home, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	router := exec.Command(os.Getenv("LECTERN_CCR"), "start")
	router.Env = []string{"HOME=" + home, "TMPDIR=" + home, "PATH=" + os.Getenv("PATH")}
	router.Stdout, router.Stderr = log, log
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = router.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = router.Process.Kill()
		<-ended
	})
	for url := "http://" + address; ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(url + "/health")
		if err == nil {
			response.Body.Close()
			return url
		}
		select {
		case <-ended:
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("the router ended: %s", said)
		default:
		}
	}
}

func configureRouter(t *testing.T, home, address, upstream string) {
	t.Helper()
	host, port, _ := strings.Cut(address, ":")
	settings, err := json.Marshal(map[string]any{
		"HOST": host, "PORT": port, "APIKEY": routerKey, "NON_INTERACTIVE_MODE": true,
		"LOG": false,
		"Providers": []any{map[string]any{
			"name": "stub", "api_base_url": upstream + "/chat/completions", "api_key": llmtest.Key,
			"models": []string{llmtest.Model},
		}},
		"Router": map[string]any{"default": "stub," + llmtest.Model},
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(home, ".claude-code-router")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "config.json"), settings, 0o600); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
