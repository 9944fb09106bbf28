package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

func TestSearch(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	got := f.call(t, "", "POST", "/api/search", `{"question":"robots","top_k":3}`)
	want := `{"passages":[],"degraded":[],"timings":` +
		`{"embed_ms":0,"index_ms":0,"load_ms":0,"total_ms":0}}` + "\n"
	if string(got.body) != want {
		t.Errorf("nothing found is %s, want %s", got.body, want)
	}
	if f.library.asked.TopK != 3 {
		t.Errorf("top_k arrived as %d", f.library.asked.TopK)
	}
	f.put(t, "editor", "a", "robots act", "")
	got = f.call(t, "", "POST", "/api/search", `{"question":"robots"}`)
	for _, part := range []string{
		`"heading_path":[]`, `"scores":{"dense":null,"sparse":null}`, `"degraded":[]`,
	} {
		if !strings.Contains(string(got.body), part) {
			t.Errorf("%s is not in %s", part, got.body)
		}
	}
	f.library.fail = book.Errorf(book.NotFound, `there is no chapter "x"`)
	wantStatus(t, f.call(t, "", "POST", "/api/search", `{"question":"robots"}`), 404)
	f.library.fail = book.Errorf(book.TooLarge, "the question is too long")
	wantStatus(t, f.call(t, "", "POST", "/api/search", `{"question":"robots"}`), 413)
	f.library.fail = context.DeadlineExceeded
	wantStatus(t, f.call(t, "", "POST", "/api/search", `{"question":"robots"}`), 504)
}

func TestQueryAsJSON(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	got := f.call(t, "", "POST", "/api/query", `{"question":"robots"}`)
	wantStatus(t, got, http.StatusOK)
	if got.header.Get("Content-Type") != jsonType {
		t.Errorf("type %q", got.header.Get("Content-Type"))
	}
	for _, part := range []string{
		`"citations":[]`, `"raw_chunks":[]`, `"degraded":[]`, `"refused":true`,
	} {
		if !strings.Contains(string(got.body), part) {
			t.Errorf("%s is not in the refusal %s", part, got.body)
		}
	}
	f.put(t, "editor", "a", "robots act", "")
	var a answer.Answer
	f.call(t, "", "POST", "/api/query", `{"question":"robots"}`).decode(t, &a)
	if a.Answer != "robots act\n" || len(a.Citations) != 1 || len(a.RawChunks) != 1 || a.Refused {
		t.Errorf("answer %+v", a)
	}
}

func TestConversation(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	turn := `{"question":"What is it?","answer":"A robot. [1]"}`
	wantStatus(t, f.call(t, "", "POST", "/api/query",
		`{"question":"robots","conversation":[`+turn+`,{"question":"Why?"}]}`), http.StatusOK)
	want := []answer.Turn{{Question: "What is it?", Answer: "A robot. [1]"}, {Question: "Why?"}}
	if !slices.Equal(f.library.conversation, want) {
		t.Errorf("arrived as %+v", f.library.conversation)
	}
	for _, bad := range []string{
		`[{"answer":"no question"}]`, `[{"question":""}]`, `"What?"`, `[{"question":"q","role":"user"}]`,
		"[" + strings.Repeat(turn+",", answer.MaxTurns) + turn + "]",
	} {
		wantStatus(t, f.call(t, "", "POST", "/api/query", `{"question":"robots","conversation":`+bad+`}`),
			http.StatusUnprocessableEntity)
	}
	wantStatus(t, f.call(t, "", "POST", "/api/search", `{"question":"robots","conversation":[]}`), 422)
}

// ask sends a question and asks for events.
func (f *fixture) ask(t testing.TB, question string) reply {
	t.Helper()
	r := request(t, "POST", f.url+"/api/query", `{"question":"`+question+`"}`)
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("Accept", "text/event-stream")
	return f.send(t, r)
}

type sent struct{ name, data string }

func (r reply) events(t testing.TB) (events []sent) {
	t.Helper()
	if r.header.Get("Content-Type") != eventType {
		t.Fatalf("type %q: %s", r.header.Get("Content-Type"), r.body)
	}
	for block := range strings.SplitSeq(strings.TrimSuffix(string(r.body), "\n\n"), "\n\n") {
		name, data, ok := strings.Cut(strings.TrimPrefix(block, "event: "), "\ndata: ")
		if !ok || strings.Contains(data, "\n") || !json.Valid([]byte(data)) {
			t.Errorf("no event: %q", block)
		}
		events = append(events, sent{name, data})
	}
	return events
}

func names(events []sent) (list []string) {
	for _, e := range events {
		list = append(list, e.name)
	}
	return list
}

func TestQueryAsEvents(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "a", "robots act\nrobots see", "")
	events := f.ask(t, "robots").events(t)
	want := []string{"passages", "token", "token", "citations", "done"}
	if !slices.Equal(names(events), want) {
		t.Fatalf("events %v, want %v", names(events), want)
	}
	whole := f.call(t, "", "POST", "/api/query", `{"question":"robots"}`)
	if events[4].data != strings.TrimSpace(string(whole.body)) {
		t.Errorf("done is %s, want the JSON answer %s", events[4].data, whole.body)
	}
	if events[1].data != `{"text":"robots act\n"}` {
		t.Errorf("token is %s", events[1].data)
	}
	for i, key := range map[int]string{0: `{"passages":[{`, 3: `{"citations":[{`} {
		if !strings.HasPrefix(events[i].data, key) {
			t.Errorf("%s is %s", events[i].name, events[i].data)
		}
	}
	again := f.ask(t, searchesAgain).events(t)
	if !slices.Equal(names(again), []string{"passages", "search", "token", "citations", "done"}) ||
		again[1].data != `{"query":"more"}` {
		t.Errorf("another search is %v", again)
	}
	refusal := f.ask(t, "weather").events(t)
	if !slices.Equal(names(refusal), []string{"passages", "citations", "done"}) ||
		refusal[0].data != `{"passages":[]}` || refusal[1].data != `{"citations":[]}` {
		t.Errorf("a refusal is %v", refusal)
	}
}

func TestErrorsOfEvents(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "a", "robots act", "")
	f.library.failLate = book.Errorf(book.Unavailable, "the model broke off")
	events := f.ask(t, "robots").events(t)
	if !slices.Equal(names(events), []string{"passages", "token", "error"}) {
		t.Fatalf("events %v", names(events))
	}
	var p Problem
	if err := json.Unmarshal([]byte(events[2].data), &p); err != nil || p.Code != book.Unavailable ||
		p.Status != 503 || p.Detail != "the model broke off" {
		t.Errorf("error is %s", events[2].data)
	}
	f.library.fail = book.Errorf(book.Unavailable, "the store is down")
	wantStatus(t, f.ask(t, "robots"), http.StatusServiceUnavailable)
	wantStatus(t, f.ask(t, ""), 422)
}

// TestEventsComeAtOnce reads an event while the answer is still being made.
func TestEventsComeAtOnce(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "a", "robots act", "")
	goOn := make(chan struct{})
	f.deps.Answers = pausing{f.library, goOn}
	f.serve(t)
	r := request(t, "POST", f.url+"/api/query", `{"question":"robots"}`)
	r.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	if err != nil || line != "event: passages\n" {
		t.Errorf("the first line is %q, %v", line, err)
	}
	close(goOn)
}

// pausing waits after the passages.
type pausing struct {
	*library
	goOn chan struct{}
}

func (p pausing) Ask(
	ctx context.Context, r answer.Request, e answer.Events,
) (answer.Answer, error) {
	send := e.Passages
	e.Passages = func(ps []book.Passage) error {
		err := send(ps)
		<-p.goOn
		return err
	}
	return p.library.Ask(ctx, r, e)
}

// TestClientGoesAway: what is being made for a client ends when it is gone.
func TestClientGoesAway(t *testing.T) {
	for _, accept := range []string{jsonType, eventType} {
		t.Run(accept, func(t *testing.T) { testClientGoesAway(t, accept) })
	}
}

func testClientGoesAway(t *testing.T, accept string) {
	f := newFixture(t, auth.AccessPublic)
	started, ended := make(chan struct{}), make(chan struct{})
	f.library.taken = func(ctx context.Context) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the request has no deadline")
		}
		close(started)
		<-ctx.Done()
		close(ended)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := request(t, "POST", f.url+"/api/query", `{"question":"robots"}`).WithContext(ctx)
	r.Header.Set("Accept", accept)
	go func() {
		<-started
		cancel()
	}()
	if response, err := http.DefaultClient.Do(r); err == nil {
		response.Body.Close()
		t.Error("the request was answered")
	}
	<-ended
}

func TestPrefersEvents(t *testing.T) {
	for accept, want := range map[string]bool{
		"":                                    false,
		"*/*":                                 false,
		"application/json":                    false,
		"text/event-stream":                   true,
		"Text/Event-Stream":                   true,
		"text/event-stream, application/json": true,
		"text/event-stream;q=0.5, application/json":      false,
		"text/event-stream, application/json;q=0.9":      true,
		"text/event-stream;q=0":                          false,
		"text/html;;;, text/event-stream; charset=utf-8": true,
	} {
		if got := prefersEvents(accept); got != want {
			t.Errorf("Accept %q: %v, want %v", accept, got, want)
		}
	}
}
