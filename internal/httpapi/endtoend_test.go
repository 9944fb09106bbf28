package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/conversation"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/static"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/exact"
	"github.com/lectern-project/lectern/internal/vector/qdrant"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// quoting is a model that quotes the beginning of the first passage. Asked without passages, for a
// question that can be understood by itself, it has always the same one.
type quoting struct{}

func (quoting) Name() string { return "quoting" }

func (quoting) Generate(
	_ context.Context, r llm.Request, emit func(string) error,
) (llm.Response, error) {
	if len(r.Passages) == 0 {
		return llm.Response{
			Text: "Why did the servo motor of the joint break?", Finish: llm.FinishStop, Model: "quoting",
		}, nil
	}
	end := min(len(r.Passages[0].Text), 20)
	text := r.Passages[0].Text[:end] + " [1]"
	if emit != nil {
		if err := emit(text); err != nil {
			return llm.Response{}, err
		}
	}
	return llm.Response{
		Text: text, Finish: llm.FinishStop, Model: "quoting",
		Quotes: []llm.Quote{{Marker: 1, Passage: 1, Start: 0, End: end}},
	}, nil
}

func TestMain(m *testing.M) { pgtest.Main(m, postgres.Migrate) }

// installation opens a pair of stores.
type installation func(t *testing.T) (store.Store, vector.Index, error)

// installations are those to run over.
var installations = map[string]installation{
	"embedded": func(t *testing.T) (store.Store, vector.Index, error) {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lectern.db"))
		index, errIndex := exact.Open(filepath.Join(t.TempDir(), "vectors.db"))
		return s, index, errors.Join(err, errIndex)
	},
	"full": func(t *testing.T) (store.Store, vector.Index, error) {
		s, err := postgres.Open(t.Context(), pgtest.Migrated(t))
		vectors := qdranttest.Start(t, qdranttest.Options{})
		index, errIndex := qdrant.Open(qdrant.Config{URL: vectors.Address(), Alias: "test"})
		return s, index, errors.Join(err, errIndex)
	},
}

// fallible is an index whose searches fail while it is down.
type fallible struct {
	vector.Index
	down atomic.Bool
}

func (x *fallible) Search(ctx context.Context, spaceID string, q vector.Query) (vector.Hits, error) {
	if x.down.Load() {
		return vector.Hits{}, book.Errorf(book.Unavailable, "the index is down")
	}
	return x.Index.Search(ctx, spaceID, q)
}

// newRealFixture serves the real stores and services; only the model is the tests' own.
func newRealFixture(t *testing.T, open installation) *fixture {
	f := newFixture(t, auth.AccessPublic)
	database, opened, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { database.Close(); opened.Close() })
	index := &fallible{Index: opened}
	f.index = index
	embedder, err := static.New(lexical.Version, static.PrefixOnce)
	if err != nil {
		t.Fatal(err)
	}
	space, err := database.EnsureSpace(t.Context(), embedder.Space())
	if err != nil {
		t.Fatal(err)
	}
	if err := index.Ensure(t.Context(), space); err != nil {
		t.Fatal(err)
	}
	if f.deps.Accounts, err = auth.New(database, auth.Config{SigningKey: make([]byte, auth.MinKeyBytes)}); err != nil {
		t.Fatal(err)
	}
	embedders := embed.NewSet(embedder)
	search := retrieve.New(database, index, embedders)
	f.deps.Documents, f.deps.Ingest = database, ingest.New(database, index, embedders)
	f.deps.Requests, f.deps.Conversations, f.deps.Feedback = database, database, database
	f.deps.Search, f.deps.Answers = search, answer.New(search, quoting{}, "")
	f.deps.Continue = conversation.New(database, f.deps.Answers, slog.New(slog.DiscardHandler))
	f.makeKeys(t)
	f.serve(t)
	return f
}

// TestEndToEnd takes a private and a public page through the whole API.
func TestEndToEnd(t *testing.T) {
	for name, open := range installations {
		t.Run(name, func(t *testing.T) { testEndToEnd(t, newRealFixture(t, open)) })
	}
}

func testEndToEnd(t *testing.T, f *fixture) {
	t.Helper()
	const servo = "# Servo motors\n\nA servo motor turns a joint of the robot to an exact angle.\n"
	f.put(t, "editor", "robots/servo", servo, `,"url":"/robots/servo","metadata":{"n":[1,2]}`)
	f.put(t, "editor", "robots/diary", "# Diary\n\nThe servo motor of the joint broke on Monday.\n",
		`,"visibility":"private"`)

	const question = `{"question":"What does a servo motor turn?","top_k":5.0}`
	for caller, want := range map[string][]string{
		"":       {"robots/servo"},
		"other":  {"robots/servo"},
		"admin":  {"robots/servo"},
		"editor": {"robots/diary", "robots/servo"},
	} {
		var found SearchResult
		f.call(t, caller, "POST", "/api/search", question).decode(t, &found)
		var ids []string
		for _, p := range found.Passages {
			ids = append(ids, p.DocID)
		}
		slices.Sort(ids)
		if !slices.Equal(ids, want) || len(found.Degraded) != 0 {
			t.Errorf("%q finds %v (without %v), want %v", caller, ids, found.Degraded, want)
		}
	}

	var a answer.Answer
	f.call(t, "", "POST", "/api/query", question).decode(t, &a)
	if a.Refused || len(a.Citations) != 1 || a.Model != "quoting" {
		t.Fatalf("answer %+v", a)
	}
	var d Document
	f.call(t, "", "GET", "/api/documents/robots%2Fservo", "").decode(t, &d)
	c := a.Citations[0]
	if quoted := string([]rune(*d.Text)[c.CharStart:c.CharEnd]); quoted != c.Quote ||
		c.Revision != d.Revision {
		t.Errorf("the citation %+v quotes %q", c, quoted)
	}
	var chunks ChunkList
	f.call(t, "", "GET", "/api/documents/robots%2Fservo/chunks", "").decode(t, &chunks)
	if len(chunks.Items) != d.Chunks || d.Chunks == 0 {
		t.Errorf("%d chunks, the document says %d", len(chunks.Items), d.Chunks)
	}

	wantStatus(t, f.call(t, "", "GET", "/api/documents/robots%2Fdiary", ""), 404)
	wantStatus(t, f.call(t, "editor", "PATCH", "/api/documents/robots%2Fdiary",
		`{"visibility":"public"}`), http.StatusOK)
	wantStatus(t, f.call(t, "", "GET", "/api/documents/robots%2Fdiary", ""), http.StatusOK)
	wantStatus(t, f.call(t, "editor", "DELETE", "/api/documents/robots%2Fservo", ""), 204)
	var left SearchResult
	f.call(t, "", "POST", "/api/search", question).decode(t, &left)
	for _, p := range left.Passages {
		if p.DocID != "robots/diary" {
			t.Errorf("a deleted document is found: %+v", p)
		}
	}
	refused := f.ask(t, "Who won the football match?").events(t)
	if !slices.Contains(names(refused), "done") {
		t.Errorf("events %v", names(refused))
	}
	wantStatus(t, f.call(t, "editor", "POST", "/api/ingest",
		`{"doc_id":"x","text":"---\n---\n"}`), 422)
	wantStatus(t, f.call(t, "other", "POST", "/api/ingest",
		`{"doc_id":"robots/diary","text":"mine"}`), http.StatusConflict)
}
