package gemini

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/embed/gemini/geminitest"
)

const dimensions = 128

func open(
	t testing.TB, model string, seen func(text, taskType string),
) (embed.Embedder, *embedtest.Stub) {
	t.Helper()
	stub := geminitest.New(t, model, dimensions, seen)
	e, err := New(Config{
		BaseURL: stub.URL, APIKey: geminitest.Key, Model: model, Dimensions: dimensions,
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return e, stub
}

func TestContract(t *testing.T) {
	for _, model := range []string{"gemini-embedding-2", "gemini-embedding-001"} {
		t.Run(model, func(t *testing.T) {
			embedtest.Run(t, func(t testing.TB) embed.Embedder {
				e, _ := open(t, model, nil)
				return e
			})
		})
	}
}

func TestFaults(t *testing.T) {
	perMinute := "EmbedContentRequestsPerMinutePerProjectPerModel-FreeTier"
	perDay := "EmbedContentRequestsPerDayPerProjectPerModel-FreeTier"
	embedtest.RunFaults(t, func(t testing.TB) (embed.Embedder, *embedtest.Stub) {
		return open(t, DefaultModel, nil)
	}, geminitest.Key, []embedtest.FaultCase{
		{Name: "busy", Script: []http.HandlerFunc{geminitest.TooMany(perMinute, "")}, Calls: 2},
		{Name: "busy, with advice", Script: []http.HandlerFunc{geminitest.TooMany(perMinute, "0.05s")}, Calls: 2},
		{
			Name: "busy for too long", Script: []http.HandlerFunc{geminitest.TooMany(perMinute, "90.5s")},
			Calls: 1, Code: book.RateLimited, RetryAfter: 90500 * time.Millisecond,
		},
		{
			Name: "quota of the day", Script: []http.HandlerFunc{geminitest.TooMany(perDay, "0.01s")},
			Calls: 1, Code: book.RateLimited, RetryAfter: 20 * time.Millisecond,
		},
		{Name: "bad key", Script: []http.HandlerFunc{geminitest.BadKey}, Calls: 1, Code: book.Unavailable},
		{Name: "no model", Script: []http.HandlerFunc{geminitest.NotFound}, Calls: 1, Code: book.Unavailable},
		{
			Name: "billing", Calls: 1, Code: book.Unavailable,
			Script: []http.HandlerFunc{geminitest.Error(402, "FAILED_PRECONDITION", "Pay", "")},
		},
		{Name: "overloaded", Script: []http.HandlerFunc{geminitest.Error(503, "UNAVAILABLE", "Later", "")}, Calls: 2},
	})
}

func TestWords(t *testing.T) {
	text := embed.Text{Title: "Robots", HeadingPath: []string{"Arms", "Grip"}, Text: "Soft fingers."}
	for model, want := range map[string][]string{
		"gemini-embedding-2": {
			"title: Robots | text: Arms > Grip\n\nSoft fingers. ()",
			"title: none | text: Bare. ()",
			"task: search result | query: What grips? ()",
		},
		"gemini-embedding-001": {
			"Robots\nArms > Grip\n\nSoft fingers. (RETRIEVAL_DOCUMENT)",
			"Bare. (RETRIEVAL_DOCUMENT)",
			"What grips? (RETRIEVAL_QUERY)",
		},
	} {
		var got []string
		e, _ := open(t, model, func(text, taskType string) {
			got = append(got, text+" ("+taskType+")")
		})
		if _, err := e.EmbedDocuments(t.Context(), []embed.Text{text, {Text: "Bare."}}); err != nil {
			t.Fatal(err)
		}
		if _, err := e.EmbedQuery(t.Context(), "What grips?"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", model, diff)
		}
	}
}

// TestBatches: the server refuses more than 100 texts and 4 MiB; all bytes of < need six in JSON.
func TestBatches(t *testing.T) {
	for name, test := range map[string]struct{ texts, bytes, calls int }{
		"many":  {250, 10, 3},
		"large": {20, 100_000, 4},
	} {
		e, stub := open(t, DefaultModel, nil)
		texts := make([]embed.Text, test.texts)
		for i := range texts {
			texts[i].Text = fmt.Sprintf("number%d %s", i, strings.Repeat("<", test.bytes))
		}
		vectors, err := e.EmbedDocuments(t.Context(), texts)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if stub.Calls() != test.calls {
			t.Errorf("%s: %d requests, want %d", name, stub.Calls(), test.calls)
		}
		last, err := e.EmbedDocuments(t.Context(), texts[len(texts)-1:])
		if diff := cmp.Diff(last[0], vectors[len(vectors)-1]); err != nil || diff != "" {
			t.Errorf("%s: the last vector is another's: %v %s", name, err, diff)
		}
	}
}

func TestSpace(t *testing.T) {
	e, err := New(Config{APIKey: "k"}, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := book.Space{
		Provider: "gemini", Model: "gemini-embedding-2", Dimensions: 768, PrefixVersion: 1,
		LexicalVersion: 3, DenseWeight: 0.4,
	}
	if diff := cmp.Diff(want, e.Space()); diff != "" {
		t.Error(diff)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Setenv("GOOGLE_API_KEY", "not for this program")
	for want, c := range map[string]Config{
		"LECTERN_GEMINI_API_KEY": {},
		"100 dimensions":         {APIKey: "k", Dimensions: 100},
		"4096 dimensions":        {APIKey: "k", Dimensions: 4096},
	} {
		_, err := New(c, 1)
		if book.CodeOf(err) != book.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
