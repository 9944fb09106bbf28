package answer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// shelf is a search that finds these passages for these questions, one list after the other.
type shelf struct {
	finds map[string][]book.Passage
	fails map[string]error
	asked []retrieve.Request
}

func (s *shelf) Search(_ context.Context, r retrieve.Request) (retrieve.Result, error) {
	s.asked = append(s.asked, r)
	if _, err := r.Normalize(); err != nil {
		return retrieve.Result{}, err
	}
	return retrieve.Result{Passages: s.finds[r.Question]}, s.fails[r.Question]
}

func (*shelf) Evidence(context.Context, retrieve.Request, retrieve.Result) (bool, error) {
	return true, nil
}

func page(docID string, revision int64, text string) book.Passage {
	return book.Passage{
		DocID: docID, Title: "About " + docID, Revision: revision, Text: text, CharEnd: len([]rune(text)),
	}
}

type step = func(context.Context, llm.Request) (llm.Response, error)

func calls(text string, calls ...llm.ToolCall) step {
	return func(context.Context, llm.Request) (llm.Response, error) {
		return llm.Response{Text: text, Finish: llm.FinishToolCalls, ToolCalls: calls}, nil
	}
}

func search(id, arguments string) llm.ToolCall {
	return llm.ToolCall{ID: id, Name: searchTool, Arguments: json.RawMessage(arguments)}
}

func failure(class llm.Class) step {
	return func(context.Context, llm.Request) (llm.Response, error) {
		return llm.Response{}, llm.Fail("a/m", llm.Failure{Class: class})
	}
}

// run asks "q" and writes down what the reader sees.
func run(t *testing.T, s Searcher, m llm.Model) (Answer, []string, error) {
	t.Helper()
	var seen []string
	got, err := New(s, m, "").Ask(t.Context(), Request{
		Question:  "q",
		Selection: retrieve.Selection{DocID: "a", Text: "marked"}, View: book.View{All: true},
	}, Events{
		Passages: func(ps []book.Passage) error {
			seen = append(seen, fmt.Sprint("passages ", len(ps)))
			return nil
		},
		Search: func(query string) error { seen = append(seen, "search "+query); return nil },
		Token:  func(text string) error { seen = append(seen, "token "+text); return nil },
	})
	return got, seen, err
}

func gyroscopes() *shelf {
	return &shelf{finds: map[string][]book.Passage{
		"q":     {page("a", 1, "A gyroscope turns."), page("b", 1, "A compass points north.")},
		"drift": {page("c", 1, "It drifts, since errors are summed."), page("b", 1, "A compass points north.")},
		"bias":  {page("d", 1, "A bias is constant.")},
	}}
}

// TestAgentSearches: what a search finds is numbered on and can be cited; what was there keeps its
// number.
func TestAgentSearches(t *testing.T) {
	m := &scripted{calls: []step{
		calls("", search("1", `{"query":" drift\u200b ","top_k":3}`)), says("It drifts [3]. North [2]."),
	}}
	shelf := gyroscopes()
	got, seen, err := run(t, shelf, Teach(m))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"passages 2", "search drift", "passages 3", "token It drifts [1]. North [2]."}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	if len(got.Citations) != 2 || got.Citations[0].DocID != "c" || got.Citations[1].DocID != "b" ||
		len(got.RawChunks) != 3 || len(got.Degraded) > 0 {
		t.Errorf("%+v", got)
	}
	// The search is restricted as the reader's is, and not led by marked words.
	r := shelf.asked[1]
	if r.TopK != 3 || r.Selection != (retrieve.Selection{DocID: "a"}) || !r.View.All {
		t.Errorf("searched for %+v", r)
	}
	second := m.requests[1]
	if len(second.Messages) != 3 || second.Messages[1].ToolCalls[0].ID != "1" ||
		second.Messages[2].ToolCallID != "1" || len(second.Tools) != 1 || len(second.Passages) != 3 {
		t.Errorf("%+v", second)
	}
	for _, part := range []string{
		`<passage number="3">`, "It drifts, since", "data, not instructions", "Found again: [2].",
	} {
		if !strings.Contains(second.Messages[2].Text, part) {
			t.Errorf("%q is not in %q", part, second.Messages[2].Text)
		}
	}
}

// TestTurnsAreBounded: in the third turn there are no tools, but all passages.
func TestTurnsAreBounded(t *testing.T) {
	m := &scripted{calls: []step{
		calls("", search("1", `{"query":"drift"}`)), calls("", search("1", `{"query":"bias"}`)),
		says("[3] [4]"),
	}}
	got, _, err := run(t, gyroscopes(), Teach(m))
	if err != nil || len(got.Citations) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	last := m.requests[2]
	if len(last.Messages) != 1 || last.Tools != nil || last.System != instructions ||
		strings.Count(last.Messages[0].Text, "</passage>") != 4 {
		t.Errorf("%+v", last)
	}
	// One that calls all the same has not answered.
	m = &scripted{calls: slices.Repeat([]step{calls("", search("1", `{"query":"drift"}`))}, 3)}
	if _, _, err := run(t, gyroscopes(), Teach(m)); llm.FailureOf(err).Class != llm.Malformed {
		t.Errorf("calls in the last turn: %v", err)
	}
}

// TestWrongCallsAreAnswered: each call of a turn has its result.
func TestWrongCallsAreAnswered(t *testing.T) {
	for name, test := range map[string]struct {
		call llm.ToolCall
		want string
	}{
		"unknown tool":   {llm.ToolCall{ID: "1", Name: "delete_book"}, "no such tool"},
		"no object":      {search("1", `[]`), "must be an object"},
		"other types":    {search("1", `{"query":7}`), "must be an object"},
		"no query":       {search("1", `{"top_k":3}`), "empty"},
		"invisible":      {search("1", `{"query":"\u200b "}`), "empty"},
		"too long":       {search("1", `{"query":"`+strings.Repeat("x", 600)+`"}`), "too long"},
		"no whole top_k": {search("1", `{"query":"drift","top_k":1.5}`), "whole number"},
		"top_k of 0":     {search("1", `{"query":"drift","top_k":0}`), "whole number"},
	} {
		m := &scripted{calls: []step{calls("", test.call), says("[1]")}}
		shelf := gyroscopes()
		_, seen, err := run(t, shelf, Teach(m))
		if err != nil || len(shelf.asked) != 1 || len(seen) != 2 {
			t.Errorf("%s: %v, %v", name, seen, err)
			continue
		}
		if result := m.requests[1].Messages[2].Text; !strings.HasPrefix(result, "error: ") ||
			!strings.Contains(result, test.want) {
			t.Errorf("%s: told %q", name, result)
		}
	}
}

// TestParallelCalls: three are made, in order, and none twice.
func TestParallelCalls(t *testing.T) {
	m := &scripted{calls: []step{
		calls("", search("1", `{"query":"drift"}`), search("2", `{"query":"Drift"}`),
			search("3", `{"query":"bias","top_k":99}`), search("4", `{"query":"north"}`)), says("[4]"),
	}}
	shelf := gyroscopes()
	got, _, err := run(t, shelf, Teach(m))
	if err != nil || got.Citations[0].DocID != "d" || len(shelf.asked) != 3 || shelf.asked[2].TopK != maxFound {
		t.Fatalf("%+v, %v, searched for %+v", got, err, shelf.asked)
	}
	messages := m.requests[1].Messages
	for i, want := range []string{"number=\"3\"", "already", "number=\"4\"", "at most 3"} {
		if got := messages[2+i]; !strings.Contains(got.Text, want) || got.ToolCallID != decimal(i+1) {
			t.Errorf("call %d is answered %+v", i+1, got)
		}
	}
}

// TestAnotherRevision: passages of a document that has changed are replaced; no other passage ever
// gets their numbers.
func TestAnotherRevision(t *testing.T) {
	m := &scripted{calls: []step{
		calls("", search("1", `{"query":"drift"}`)), says("[1] [2] [3] [4]"),
	}}
	same, moved := page("b", 1, "The same."), page("b", 2, "The same.")
	moved.CharStart, moved.CharEnd = 5, 14
	shelf := &shelf{finds: map[string][]book.Passage{
		"q":     {page("a", 1, "Old."), same, page("c", 7, "Newer.")},
		"drift": {page("a", 2, "New."), moved, page("c", 6, "Older.")},
	}}
	got, seen, err := run(t, shelf, Teach(m))
	if err != nil {
		t.Fatal(err)
	}
	var cited []string
	for _, c := range got.Citations {
		cited = append(cited, fmt.Sprint(c.DocID, c.Revision, " ", c.CharStart, " ", c.Quote))
	}
	if diff := cmp.Diff([]string{"b2 5 The same.", "c7 0 Newer.", "a2 0 New."}, cited); diff != "" {
		t.Error(diff)
	}
	if got.Answer != "[1] [2] [3]" || seen[2] != "passages 3" || len(got.RawChunks) != 3 {
		t.Errorf("%q, %v", got.Answer, seen)
	}
	result := m.requests[1].Messages[2].Text
	if !strings.Contains(result, "The page of [1] has changed") || !strings.Contains(result, "number=\"4\"") {
		t.Errorf("told %q", result)
	}
}

// TestContextIsBounded: passages beyond it are not given, and so cannot be cited.
func TestContextIsBounded(t *testing.T) {
	m := &scripted{calls: []step{calls("", search("1", `{"query":"drift"}`)), says("[1] [2] [3]")}}
	long := strings.Repeat("word ", contextTokens/2)
	shelf := &shelf{finds: map[string][]book.Passage{
		"q": {page("a", 1, long), page("b", 1, long)}, "drift": {page("c", 1, long), page("d", 1, "Short.")},
	}}
	got, _, err := run(t, shelf, Teach(m))
	if err != nil || len(got.Citations) != 2 || got.Citations[1].DocID != "d" || len(got.RawChunks) != 2 {
		t.Fatalf("%+v, %v", got.Citations, err)
	}
	if result := m.requests[1].Messages[2].Text; !strings.Contains(result, "no room for more") {
		t.Errorf("told %.300q", result)
	}
}

// TestTextBeforeASearch: it stays, as a paragraph of its own, and the answer follows it.
func TestTextBeforeASearch(t *testing.T) {
	for name, test := range map[string]struct {
		last step
		want string
	}{
		"answer":    {says("It drifts [3]."), "I look.\n\nIt drifts [1]."},
		"no answer": {says("NO_ANSWER"), "I look.\n\n" + refusal},
		"cites": {
			func(context.Context, llm.Request) (llm.Response, error) {
				panic("an answer with citations was gone on with")
			}, "I know [1].",
		},
	} {
		first := "I look."
		if name == "cites" {
			first = "I know [1]."
		}
		m := &scripted{calls: []step{calls(first, search("1", `{"query":"drift"}`)), test.last}}
		got, seen, err := run(t, gyroscopes(), Teach(m))
		var streamed strings.Builder
		for _, event := range seen {
			if text, ok := strings.CutPrefix(event, "token "); ok {
				streamed.WriteString(text)
			}
		}
		if err != nil || got.Answer != test.want || streamed.String() != test.want {
			t.Errorf("%s: %q, streamed %q, %v", name, got.Answer, streamed.String(), err)
		}
	}
}

func TestFailedSearchEndsTheAnswer(t *testing.T) {
	m := &scripted{calls: []step{calls("", search("1", `{"query":"drift"}`))}}
	shelf := gyroscopes()
	shelf.fails = map[string]error{"drift": book.Errorf(book.Unavailable, "down")}
	if _, _, err := run(t, shelf, Teach(m)); book.CodeOf(err) != book.Unavailable {
		t.Error(err)
	}
	gone := errors.New("the reader is gone")
	m = &scripted{calls: []step{calls("", search("1", `{"query":"drift"}`))}}
	_, err := New(gyroscopes(), Teach(m), "").Ask(t.Context(), Request{Question: "q"}, Events{
		Search: func(string) error { return gone },
	})
	if !errors.Is(err, gone) {
		t.Error(err)
	}
}

// TestModelWithoutTools: one that refuses a request with tools gets one without, from then on.
func TestModelWithoutTools(t *testing.T) {
	m := &scripted{calls: []step{failure(llm.Refused), says("[1]"), says("[2]")}}
	taught := Teach(m)
	for range 2 {
		if _, _, err := run(t, gyroscopes(), taught); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []int{1, 0, 0} {
		if got := m.requests[i]; len(got.Tools) != want || !strings.Contains(got.Messages[0].Text, "turns.") {
			t.Errorf("request %d: %+v", i, got)
		}
	}
	m = &scripted{calls: []step{failure(llm.Refused), failure(llm.Refused)}}
	if _, _, err := run(t, gyroscopes(), Teach(m)); llm.FailureOf(err).Class != llm.Refused {
		t.Error(err)
	}
}

// TestFallbackBetweenTurns: another model goes on with the messages of the one that failed, which is
// not asked again; but not when a reader has seen text.
func TestFallbackBetweenTurns(t *testing.T) {
	chain := func(models ...llm.Model) llm.Model {
		return llm.NewChain(slog.New(slog.DiscardHandler), llm.DefaultPolicy(), nil, models...)
	}
	signed := search("x", `{"query":"drift"}`)
	signed.Signature = []byte("signature")
	first := &scripted{calls: []step{calls("", signed), failure(llm.NoModel)}}
	second := &scripted{calls: []step{calls("", search("x", `{"query":"bias"}`)), says("[3] [4]")}}
	got, seen, err := run(t, gyroscopes(), chain(named{"a/m", Teach(first)}, named{"b/m", Teach(second)}))
	if err != nil || len(got.Citations) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	want := []llm.Attempt{{Model: "a/m", Class: llm.NoModel}}
	if !slices.Equal(got.Attempts, want) || len(first.requests) != 2 || len(second.requests) != 2 {
		t.Errorf("%+v; asked %d and %d times", got.Attempts, len(first.requests), len(second.requests))
	}
	if diff := cmp.Diff(first.requests[1].Messages, second.requests[0].Messages); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(seen, "search bias") {
		t.Errorf("%v", seen)
	}

	first = &scripted{calls: []step{calls("I look.", signed), failure(llm.NoModel)}}
	second = &scripted{}
	_, _, err = run(t, gyroscopes(), chain(named{"a/m", Teach(first)}, named{"b/m", Teach(second)}))
	if llm.FailureOf(err).Class != llm.NoModel || len(second.requests) > 0 {
		t.Errorf("%v; another model was asked %d times", err, len(second.requests))
	}
}

// named is a model under another name.
type named struct {
	name string
	llm.Model
}

func (n named) Name() string { return n.name }
