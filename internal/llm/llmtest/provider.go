package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
)

// Provider is a model behind a network, and the wire format of a stub to run it against.
type Provider struct {
	Wire Wire
	// Open returns the model at this address.
	Open func(t testing.TB, url, key, model string) llm.Lister
}

// Key and Model are what the stubs take.
const (
	Key   = "sk-stub-0123456789"
	Model = "stub-1"
)

// RunProvider runs Run, and the cases that a network makes possible.
func RunProvider(t *testing.T, p Provider) {
	Run(t, func(t *testing.T) llm.Model { return p.Open(t, NewServer(t, p.Wire).URL, Key, Model) })
	for name, test := range map[string]func(*testing.T, provider){
		"request":              wholeRequest,
		"usage and model":      usageAndModel,
		"another model":        anotherModel,
		"tool call":            toolCall,
		"parallel tool calls":  parallelToolCalls,
		"tool results":         toolResults,
		"arguments":            badArguments,
		"no arguments":         noArguments,
		"blocked":              blocked,
		"blocked midway":       blockedMidway,
		"truncated":            truncated,
		"truncated at once":    truncatedAtOnce,
		"empty answer":         emptyAnswer,
		"refusals":             refused,
		"advised delay":        advisedDelay,
		"cut after 40 and 60":  cutStream,
		"no finish marker":     noFinishMarker,
		"empty body":           emptyBody,
		"a web page":           webPage,
		"silence":              silence,
		"slow first token":     slowFirstToken,
		"malformed event":      malformedEvent,
		"error event":          errorEvent,
		"refused connection":   refusedConnection,
		"bad certificate":      badCertificate,
		"reader disconnects":   readerDisconnects,
		"emit ends upstream":   emitEndsUpstream,
		"no key in any error":  noKeyInErrors,
		"one call, no retries": noRetries,
		"list of models":       listModels,
	} {
		t.Run(name, func(t *testing.T) {
			stub := NewServer(t, p.Wire)
			test(t, provider{p, stub, p.Open(t, stub.URL, Key, Model)})
			if _, faults := stub.Calls(); len(faults) > 0 {
				t.Errorf("the vendor would not take: %v", faults)
			}
		})
	}
}

type provider struct {
	Provider

	stub  *Server
	model llm.Lister
}

// play asks once, with a script.
func (p provider) play(s Script) (llm.Response, string, error) {
	p.stub.Play(s)
	var emitted strings.Builder
	response, err := p.model.Generate(context.Background(), request(), func(text string) error {
		emitted.WriteString(text)
		return nil
	})
	return response, emitted.String(), err
}

// wantClass checks an error's class and code.
func wantClass(t *testing.T, err error, want llm.Class) {
	t.Helper()
	var f *llm.Failure
	if !errors.As(err, &f) || f.Class != want {
		t.Errorf("%v, want the class %s", err, want)
	}
	if wantErr := llm.Fail("m", llm.Failure{Class: want}); book.CodeOf(err) != book.CodeOf(wantErr) {
		t.Errorf("the code of %v is not that of %s", err, want)
	}
}

var searchTool = llm.Tool{
	Name: "search_book", Description: "Finds passages.",
	Parameters: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string"}},` +
		`"required":["query"]}`),
}

func call(id, query string) llm.ToolCall {
	arguments, _ := json.Marshal(map[string]string{"query": query})
	return llm.ToolCall{ID: id, Name: searchTool.Name, Arguments: arguments}
}

func wholeRequest(t *testing.T, p provider) {
	r := llm.Request{
		System: "You teach.", Tools: []llm.Tool{searchTool}, MaxTokens: 700,
		Messages: []llm.Message{
			{Role: llm.RoleUser, Text: "What is it?"},
			{Role: llm.RoleAssistant, Text: "A robot."},
			{Role: llm.RoleUser, Text: "And <that>?\n\"ü\" 机"},
		},
	}
	if _, err := p.model.Generate(context.Background(), r, nil); err != nil {
		t.Fatal(err)
	}
	calls, _ := p.stub.Calls()
	want := Call{
		Model: Model, Key: Key, System: r.System, Messages: r.Messages, Tools: r.Tools, MaxTokens: 700,
	}
	if diff := cmp.Diff([]Call{want}, normal(calls)); diff != "" {
		t.Errorf("(-sent +arrived):\n%s", diff)
	}
}

// normal writes the JSON of calls in one way.
func normal(calls []Call) []Call {
	compact := func(text json.RawMessage) json.RawMessage {
		var v any
		_ = json.Unmarshal(text, &v)
		out, _ := json.Marshal(v)
		return out
	}
	for i := range calls {
		for j := range calls[i].Tools {
			calls[i].Tools[j].Parameters = searchTool.Parameters
		}
		for j := range calls[i].Messages {
			for k, c := range calls[i].Messages[j].ToolCalls {
				calls[i].Messages[j].ToolCalls[k].Arguments = compact(c.Arguments)
			}
		}
	}
	return calls
}

func usageAndModel(t *testing.T, p provider) {
	got, emitted, err := p.play(Answer())
	if err != nil {
		t.Fatal(err)
	}
	want := llm.Response{
		Text: strings.Join(Answer().Text, ""), Finish: llm.FinishStop, Model: Model,
		Usage: Answer().Usage,
	}
	if diff := cmp.Diff(want, got); diff != "" || emitted != want.Text {
		t.Errorf("emitted %q; (-want +got):\n%s", emitted, diff)
	}
}

func anotherModel(t *testing.T, p provider) {
	s := Answer()
	s.Model = "stub-2"
	got, _, err := p.play(s)
	if err != nil || got.Model != "stub-2" {
		t.Errorf("the answer is of %q, %v", got.Model, err)
	}
}

func toolCall(t *testing.T, p provider) {
	want := []llm.ToolCall{call("call_a", "gyroscope \"drift\"")}
	got, emitted, err := p.play(Script{Calls: want})
	if err != nil || got.Finish != llm.FinishToolCalls || emitted != "" {
		t.Fatalf("%+v, emitted %q, %v", got, emitted, err)
	}
	if diff := cmp.Diff(want, unsigned(got.ToolCalls)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func unsigned(calls []llm.ToolCall) []llm.ToolCall {
	for i := range calls {
		calls[i].Signature = nil
	}
	return calls
}

func parallelToolCalls(t *testing.T, p provider) {
	want := []llm.ToolCall{call("call_a", "gyroscope"), call("call_b", "drift")}
	got, _, err := p.play(Script{Text: []string{"I look."}, Calls: want})
	if err != nil || got.Finish != llm.FinishToolCalls || got.Text != "I look." {
		t.Fatalf("%+v, %v", got, err)
	}
	if diff := cmp.Diff(want, unsigned(got.ToolCalls)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// toolResults: the round trip. What the model asked for goes back to it with the results.
func toolResults(t *testing.T, p provider) {
	p.stub.Play(
		Script{Calls: []llm.ToolCall{call("call_a", "gyroscope"), call("call_b", "drift")}}, Answer(),
	)
	r := request()
	r.Tools = []llm.Tool{searchTool}
	r.Messages = []llm.Message{{Role: llm.RoleUser, Text: Question}}
	first, err := p.model.Generate(context.Background(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Messages = append(r.Messages,
		llm.Message{Role: llm.RoleAssistant, ToolCalls: first.ToolCalls},
		llm.Message{Role: llm.RoleTool, ToolCallID: "call_a", Text: "It measures rotation."},
		llm.Message{Role: llm.RoleTool, ToolCallID: "call_b", Text: "It drifts."},
	)
	if _, err := p.model.Generate(context.Background(), r, nil); err != nil {
		t.Fatal(err)
	}
	calls, _ := p.stub.Calls()
	if len(calls) != 2 {
		t.Fatalf("%d calls arrived", len(calls))
	}
	if diff := cmp.Diff(r.Messages, normal(calls)[1].Messages); diff != "" {
		t.Errorf("(-sent +arrived):\n%s", diff)
	}
}

func badArguments(t *testing.T, p provider) {
	broken := llm.ToolCall{ID: "call_a", Name: "search_book", Arguments: json.RawMessage(`{"query":`)}
	_, _, err := p.play(Script{Calls: []llm.ToolCall{broken}})
	wantClass(t, err, llm.Malformed)
}

// noArguments: a tool without parameters is called with an empty object.
func noArguments(t *testing.T, p provider) {
	bare := llm.ToolCall{ID: "call_a", Name: "search_book"}
	for _, arguments := range []string{"", "{}"} {
		bare.Arguments = json.RawMessage(arguments)
		got, _, err := p.play(Script{Calls: []llm.ToolCall{bare}})
		if err != nil || len(got.ToolCalls) != 1 || string(got.ToolCalls[0].Arguments) != "{}" {
			t.Errorf("%q: %+v, %v", arguments, got, err)
		}
	}
}

func blocked(t *testing.T, p provider) {
	got, emitted, err := p.play(Script{Finish: llm.FinishBlocked})
	if err != nil || got.Finish != llm.FinishBlocked || emitted != "" {
		t.Errorf("%+v, emitted %q, %v", got, emitted, err)
	}
}

func blockedMidway(t *testing.T, p provider) {
	got, emitted, err := p.play(Script{Text: Tokens(3), Finish: llm.FinishBlocked})
	if err != nil || got.Finish != llm.FinishBlocked || emitted != got.Text {
		t.Errorf("%+v, emitted %q, %v", got, emitted, err)
	}
}

func truncated(t *testing.T, p provider) {
	got, emitted, err := p.play(Script{Text: Tokens(3), Finish: llm.FinishLength})
	if err != nil || got.Finish != llm.FinishLength || emitted != got.Text || emitted == "" {
		t.Errorf("%+v, emitted %q, %v", got, emitted, err)
	}
}

func truncatedAtOnce(t *testing.T, p provider) {
	_, _, err := p.play(Script{Finish: llm.FinishLength})
	wantClass(t, err, llm.Truncated)
}

func emptyAnswer(t *testing.T, p provider) {
	_, _, err := p.play(Script{Finish: llm.FinishStop})
	wantClass(t, err, llm.Malformed)
}

func refused(t *testing.T, p provider) {
	for fault, want := range refusals {
		t.Run(string(fault), func(t *testing.T) {
			if !p.Wire.Refuse(discard{}, Script{Fault: fault}) {
				t.Skip("this vendor has no such refusal")
			}
			_, emitted, err := p.play(Script{Fault: fault})
			wantClass(t, err, want)
			if emitted != "" {
				t.Errorf("emitted %q", emitted)
			}
			if f := llm.FailureOf(err); want == llm.DailyQuota && !f.Until.After(time.Now()) {
				t.Errorf("the quota ends at %v", f.Until)
			}
		})
	}
}

func advisedDelay(t *testing.T, p provider) {
	for _, delay := range []time.Duration{0, 45 * time.Second} {
		_, _, err := p.play(Script{Fault: RateLimited, Delay: delay})
		wantClass(t, err, llm.RateLimited)
		if got := llm.FailureOf(err).Delay.Round(time.Second); got != delay {
			t.Errorf("advised %v, want %v", got, delay)
		}
	}
}

func cutStream(t *testing.T, p provider) {
	for _, after := range []int{0, 40, 60} {
		got, emitted, err := p.play(Script{Text: Tokens(80), Fault: Cut, After: after})
		wantClass(t, err, llm.CutStream)
		if want := strings.Join(Tokens(80)[:after], ""); emitted != want || got.Text != want {
			t.Errorf("cut after %d: emitted %d bytes, answered %d, want %d", after, len(emitted),
				len(got.Text), len(want))
		}
	}
}

func noFinishMarker(t *testing.T, p provider) {
	got, emitted, err := p.play(Script{Text: Tokens(10), Fault: NoFinish, After: 10})
	wantClass(t, err, llm.CutStream)
	if emitted != got.Text || emitted == "" {
		t.Errorf("emitted %q, answered %q", emitted, got.Text)
	}
}

func emptyBody(t *testing.T, p provider) {
	_, _, err := p.play(Script{Fault: Empty})
	wantClass(t, err, llm.CutStream)
}

// webPage: a proxy's page with the status 200 is no answer.
func webPage(t *testing.T, p provider) {
	got, emitted, err := p.play(Script{Fault: WebPage})
	if class := llm.FailureOf(err).Class; class != llm.Malformed && class != llm.CutStream {
		t.Errorf("%v", err)
	}
	if emitted != "" || got.Text != "" {
		t.Errorf("emitted %q, answered %q", emitted, got.Text)
	}
}

func silence(t *testing.T, p provider) {
	p.stub.Play(Script{Text: Tokens(5), Fault: Silence, After: 3})
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	got, err := p.model.Generate(ctx, request(), nil)
	wantClass(t, err, llm.OutOfTime)
	if got.Text != strings.Join(Tokens(5)[:3], "") {
		t.Errorf("answered %q", got.Text)
	}
	if !p.stub.Idle(time.Second) {
		t.Error("the call upstream goes on")
	}
}

func slowFirstToken(t *testing.T, p provider) {
	s := Answer()
	s.Slow = 100 * time.Millisecond
	if got, _, err := p.play(s); err != nil || got.Finish != llm.FinishStop {
		t.Errorf("%+v, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	s.Slow = time.Minute
	p.stub.Play(s)
	_, err := p.model.Generate(ctx, request(), nil)
	wantClass(t, err, llm.OutOfTime)
}

func malformedEvent(t *testing.T, p provider) {
	for _, after := range []int{0, 2} {
		got, emitted, err := p.play(Script{Text: Tokens(5), Fault: BadEvent, After: after})
		wantClass(t, err, llm.Malformed)
		if emitted != got.Text || emitted != strings.Join(Tokens(5)[:after], "") {
			t.Errorf("after %d: emitted %q, answered %q", after, emitted, got.Text)
		}
		if strings.Contains(err.Error(), "gyroscope") {
			t.Errorf("the answer is in the error: %v", err)
		}
	}
}

func errorEvent(t *testing.T, p provider) {
	for _, after := range []int{0, 2} {
		got, emitted, err := p.play(Script{Text: Tokens(5), Fault: ErrorEvent, After: after})
		wantClass(t, err, llm.Overloaded)
		if emitted != got.Text || emitted != strings.Join(Tokens(5)[:after], "") {
			t.Errorf("after %d: emitted %q, answered %q", after, emitted, got.Text)
		}
	}
}

func refusedConnection(t *testing.T, p provider) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	l.Close()
	_, err = p.Open(t, address, Key, Model).Generate(context.Background(), request(), nil)
	wantClass(t, err, llm.NotConnected)
	unknown := p.Open(t, "http://nowhere.invalid", Key, Model)
	_, err = unknown.Generate(context.Background(), request(), nil)
	wantClass(t, err, llm.NotConnected)
}

// badCertificate: a server that nobody vouches for, and one that speaks no TLS, are not connected to.
func badCertificate(t *testing.T, p provider) {
	unknown := httptest.NewUnstartedServer(p.stub)
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of each handshake
	unknown.StartTLS()
	defer unknown.Close()
	for _, address := range []string{unknown.URL, strings.Replace(p.stub.URL, "http:", "https:", 1)} {
		_, err := p.Open(t, address, Key, Model).Generate(context.Background(), request(), nil)
		wantClass(t, err, llm.NotConnected)
	}
}

// emitEndsUpstream: a reader who takes no more ends the call of the provider.
func emitEndsUpstream(t *testing.T, p provider) {
	p.stub.Play(Script{Text: Tokens(50), Fault: Silence, After: 3})
	gone := errors.New("the reader is gone")
	_, err := p.model.Generate(context.Background(), request(), func(string) error { return gone })
	if !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	if !p.stub.Idle(time.Second) {
		t.Error("the call upstream goes on")
	}
}

// readerDisconnects: the call upstream ends, and no goroutine stays.
func readerDisconnects(t *testing.T, p provider) {
	before := runtime.NumGoroutine()
	for range 20 {
		p.stub.Play(Script{Text: Tokens(50), Fault: Silence, After: 3})
		ctx, cancel := context.WithCancel(context.Background())
		_, err := p.model.Generate(ctx, request(), func(string) error { cancel(); return nil })
		wantClass(t, err, llm.CallerGone)
		cancel()
	}
	if !p.stub.Idle(time.Second) {
		t.Error("the call upstream goes on")
	}
	p.stub.Disconnect()
	for range 50 {
		if runtime.NumGoroutine() <= before+5 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func noKeyInErrors(t *testing.T, p provider) {
	for fault := range refusals {
		_, _, err := p.play(Script{Fault: fault})
		if err != nil && (strings.Contains(err.Error(), Key) || strings.Contains(err.Error(), Question)) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

func noRetries(t *testing.T, p provider) {
	for _, fault := range []Fault{Overloaded, RateLimited, Cut, PlainText} {
		before, _ := p.stub.Calls()
		_, _, _ = p.play(Script{Fault: fault})
		if after, _ := p.stub.Calls(); len(after) != len(before)+1 {
			t.Errorf("%s: called %d times", fault, len(after)-len(before))
		}
	}
}

func listModels(t *testing.T, p provider) {
	served, err := p.model.ListModels(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(served) != 2 || served[0].ID != Model {
		t.Errorf("served: %+v", served)
	}
	p.stub.Close()
	_, err = p.model.ListModels(context.Background())
	wantClass(t, err, llm.NotConnected)
}
