package openai

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
	"github.com/lectern-project/lectern/internal/embed/openai/openaitest"
)

// servers are OpenAI, and one of the others.
var servers = map[string]openaitest.Options{
	"openai": {Model: "text-embedding-3-small", Dimensions: 64, Shortens: true},
	"local":  {Model: "BAAI/bge-small-en-v1.5", Dimensions: 64, Open: true},
}

func open(t testing.TB, o openaitest.Options) (embed.Embedder, *embedtest.Stub) {
	t.Helper()
	stub := openaitest.New(t, o)
	c := Config{BaseURL: stub.URL, APIKey: openaitest.Key, Model: o.Model, Dimensions: o.Dimensions}
	if o.Open {
		c.APIKey = ""
	}
	e, err := New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	return e, stub
}

func TestContract(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "not for this program")
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/")
	for name, o := range servers {
		t.Run(name, func(t *testing.T) {
			embedtest.Run(t, func(t testing.TB) embed.Embedder {
				e, _ := open(t, o)
				return e
			})
		})
	}
}

func TestFaults(t *testing.T) {
	embedtest.RunFaults(t, func(t testing.TB) (embed.Embedder, *embedtest.Stub) {
		return open(t, servers["openai"])
	}, openaitest.Key, []embedtest.FaultCase{
		{Name: "busy", Script: []http.HandlerFunc{openaitest.TooMany("")}, Calls: 2},
		{Name: "busy, with advice", Script: []http.HandlerFunc{openaitest.TooMany("0.05")}, Calls: 2},
		{
			Name: "busy for too long", Script: []http.HandlerFunc{openaitest.TooMany("90")},
			Calls: 1, Code: book.RateLimited, RetryAfter: 90 * time.Second,
		},
		{
			Name: "no credit", Calls: 1, Code: book.Unavailable,
			Script: []http.HandlerFunc{openaitest.Error(429, "insufficient_quota", "insufficient_quota", "Pay")},
		},
		{
			Name: "limit of spending", Calls: 1, Code: book.Unavailable,
			Script: []http.HandlerFunc{openaitest.Error(429, "x", "project_spend_limit_exceeded", "Pay")},
		},
		{
			Name: "bad key", Calls: 1, Code: book.Unavailable,
			Script: []http.HandlerFunc{openaitest.BadKey(openaitest.Key)},
		},
		{
			Name: "no model", Calls: 1, Code: book.Unavailable,
			Script: []http.HandlerFunc{openaitest.Error(404, "invalid_request_error", "model_not_found", "")},
		},
		{
			Name: "overloaded", Calls: 2,
			Script: []http.HandlerFunc{openaitest.Error(503, "server_error", "server_is_overloaded", "")},
		},
		{
			Name: "an index twice", Calls: 1, Code: book.Unavailable,
			Script: []http.HandlerFunc{embedtest.Reply(200, `{"data":[{"index":0,"embedding":[1]},`+
				`{"index":0,"embedding":[1]}]}`)},
		},
	})
}

func TestBatches(t *testing.T) {
	e, stub := open(t, servers["local"])
	texts := make([]embed.Text, 70)
	for i := range texts {
		texts[i] = embed.Text{Title: "T", HeadingPath: []string{"H"}, Text: fmt.Sprintf("number%d", i)}
	}
	vectors, err := e.EmbedDocuments(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	if stub.Calls() != 3 {
		t.Errorf("%d requests, want 3", stub.Calls())
	}
	for i := range texts {
		// A question is sent as it is, so this is what a document is sent as.
		alone, err := e.EmbedQuery(t.Context(), fmt.Sprintf("T\nH\n\nnumber%d", i))
		if diff := cmp.Diff(alone, vectors[i]); err != nil || diff != "" {
			t.Fatalf("vector %d is another's: %v %s", i, err, diff)
		}
	}
}

func TestSpace(t *testing.T) {
	e, err := New(Config{APIKey: "k", Model: "text-embedding-3-large"}, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := book.Space{
		Provider: "openai", Model: "text-embedding-3-large", Dimensions: 3072, PrefixVersion: 1,
		LexicalVersion: 3, DenseWeight: 0.4,
	}
	if diff := cmp.Diff(want, e.Space()); diff != "" {
		t.Error(diff)
	}
}

func TestNewRefuses(t *testing.T) {
	for want, c := range map[string]Config{
		"LECTERN_OPENAI_API_KEY":       {},
		"LECTERN_EMBEDDING_DIMENSIONS": {BaseURL: "http://127.0.0.1:1/v1", Model: "nomic-embed-text"},
		"1 to 65536":                   {APIKey: "k", Dimensions: -1},
		"is not a URL":                 {BaseURL: "ftp://secret@x/"},
	} {
		_, err := New(c, 1)
		if book.CodeOf(err) != book.Invalid || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "secret") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
