package answer

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// searcher is a search that finds these passages, and judges them.
type searcher struct {
	passages []book.Passage
	enough   bool
	err      error
}

func (s searcher) Search(context.Context, retrieve.Request) (retrieve.Result, error) {
	return retrieve.Result{Passages: s.passages, Degraded: []string{}}, s.err
}

func (s searcher) Evidence(context.Context, retrieve.Request, retrieve.Result) (bool, error) {
	return s.enough, nil
}

// model answers what it is told to, and counts how often it is asked.
type model struct {
	response llm.Response
	err      error
	asked    int
	request  llm.Request
}

func (m *model) Name() string { return "test" }

func (m *model) Generate(
	_ context.Context, r llm.Request, emit func(string) error,
) (llm.Response, error) {
	m.asked++
	m.request = r
	if emit != nil && m.response.Text != "" {
		if err := emit(m.response.Text); err != nil {
			return m.response, err
		}
	}
	return m.response, m.err
}

func passages() []book.Passage {
	first := book.Passage{DocID: "a", ChunkIndex: 3, CharStart: 100, CharEnd: 109, Text: "Für alle.", URL: "/a#x"}
	second := book.Passage{DocID: "a", ChunkIndex: 4, CharStart: 109, CharEnd: 118, Text: " And you.", URL: "/a#y"}
	joined := first
	joined.Text, joined.CharEnd = first.Text+second.Text, second.CharEnd
	joined.Parts = []book.Passage{first, second}
	return []book.Passage{joined}
}

func ask(t *testing.T, s searcher, m *model) (Answer, string, error) {
	t.Helper()
	var streamed strings.Builder
	answer, err := New(s, m, "").Ask(context.Background(), Request{Question: "q"}, Events{
		Token: func(text string) error { streamed.WriteString(text); return nil },
	})
	return answer, streamed.String(), err
}

func TestCitationsNameTheChunkAndCountCodePoints(t *testing.T) {
	m := &model{response: llm.Response{
		Text: "Für alle. [1] And you. [2]", Finish: llm.FinishStop, Model: "test",
		Quotes: []llm.Quote{
			{Marker: 1, Passage: 1, Start: 0, End: len("Für alle.")},
			{Marker: 2, Passage: 1, Start: len("Für alle. "), End: len("Für alle. And you.")},
		},
	}}
	got, streamed, err := ask(t, searcher{passages: passages(), enough: true}, m)
	if err != nil {
		t.Fatal(err)
	}
	want := []book.Citation{
		{Marker: 1, DocID: "a", URL: "/a#x", ChunkIndex: 3, CharStart: 100, CharEnd: 109, Quote: "Für alle."},
		{Marker: 2, DocID: "a", URL: "/a#y", ChunkIndex: 4, CharStart: 110, CharEnd: 118, Quote: "And you."},
	}
	if diff := cmp.Diff(want, got.Citations); diff != "" {
		t.Error(diff)
	}
	if streamed != got.Answer || got.Refused || got.Model != "test" {
		t.Errorf("%+v, streamed %q", got, streamed)
	}
}

// TestCitationsLinkToTheNearestHeading: a quote under a later heading of its chunk links there.
func TestCitationsLinkToTheNearestHeading(t *testing.T) {
	text := "One.\n\n## Two\n\nTwo.\n\n## Three\n\nThree."
	p := book.Passage{DocID: "a", CharStart: 50, CharEnd: 50 + len(text), Text: text, URL: "/a#one"}
	p.Anchors = []book.Anchor{
		{Start: 50 + strings.Index(text, "## Two"), ID: "two"},
		{Start: 50 + strings.Index(text, "## Three"), ID: "three"},
	}
	plain := p
	plain.URL, plain.DocID = "", "b"
	var quotes []llm.Quote
	for i, word := range []string{"One.", "Two.", "Three."} {
		at := strings.Index(text, word)
		quotes = append(quotes, llm.Quote{Marker: i + 1, Passage: 1, Start: at, End: at + 3})
	}
	quotes = append(quotes, llm.Quote{Marker: 4, Passage: 2, Start: 0, End: 3})
	m := &model{response: llm.Response{Finish: llm.FinishStop, Quotes: quotes}}
	got, _, err := ask(t, searcher{passages: []book.Passage{p, plain}, enough: true}, m)
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, c := range got.Citations {
		urls = append(urls, c.URL)
	}
	if diff := cmp.Diff([]string{"/a#one", "/a#two", "/a#three", ""}, urls); diff != "" {
		t.Error(diff)
	}
}

func TestTooLittleEvidenceAsksNoModel(t *testing.T) {
	m := &model{}
	got, streamed, err := ask(t, searcher{passages: passages()}, m)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Refused || len(got.Citations) != 0 || m.asked != 0 || got.Model != "" {
		t.Errorf("%+v after asking %d times", got, m.asked)
	}
	if streamed != got.Answer || streamed == "" {
		t.Errorf("streamed %q, answered %q", streamed, got.Answer)
	}
}

func TestModelWithoutAnAnswerIsARefusal(t *testing.T) {
	m := &model{response: llm.Response{Finish: llm.FinishNoAnswer, Model: "test"}}
	got, _, err := ask(t, searcher{passages: passages(), enough: true}, m)
	if err != nil || !got.Refused || len(got.Citations) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUnfoundedCitationsAreNotShown(t *testing.T) {
	whole := llm.Quote{Marker: 1, Passage: 1, Start: 0, End: 4}
	for name, response := range map[string]llm.Response{
		"marker without quote": {Text: "x [2]", Quotes: []llm.Quote{whole}},
		"passage out of range": {Text: "x [1]", Quotes: []llm.Quote{{Marker: 1, Passage: 2, End: 1}}},
		"passage zero":         {Text: "x [1]", Quotes: []llm.Quote{{Marker: 1, End: 1}}},
		"end out of range":     {Text: "x [1]", Quotes: []llm.Quote{{Marker: 1, Passage: 1, End: 999}}},
		"empty quote":          {Text: "x [1]", Quotes: []llm.Quote{{Marker: 1, Passage: 1}}},
		"half a character":     {Text: "x [1]", Quotes: []llm.Quote{{Marker: 1, Passage: 1, End: 2}}},
	} {
		response.Finish = llm.FinishStop
		_, _, err := ask(t, searcher{passages: passages(), enough: true}, &model{response: response})
		if book.CodeOf(err) != book.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBracketsInCodeAreNoMarkers: an index is not a citation.
func TestBracketsInCodeAreNoMarkers(t *testing.T) {
	text := "Use `v[7]`:\n\n```\nw[8]\n```\n\n~~~\nx[9]\n~~~\n\n    y[10]\n\nDone. [1]"
	m := &model{response: llm.Response{
		Text: text, Finish: llm.FinishStop,
		Quotes: []llm.Quote{{Marker: 1, Passage: 1, Start: 0, End: 1}},
	}}
	if _, _, err := ask(t, searcher{passages: passages(), enough: true}, m); err != nil {
		t.Error(err)
	}
}

func TestErrorsArePassedOn(t *testing.T) {
	down := book.Errorf(book.Unavailable, "down")
	if _, _, err := ask(t, searcher{err: down}, &model{}); !errors.Is(err, down) {
		t.Errorf("search: %v", err)
	}
	m := &model{err: down}
	if _, _, err := ask(t, searcher{passages: passages(), enough: true}, m); !errors.Is(err, down) {
		t.Errorf("model: %v", err)
	}
}
