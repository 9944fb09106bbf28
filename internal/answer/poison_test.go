package answer

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/static"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/extractive"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector/exact"
)

// library is a book in embedded mode.
type library struct {
	*retrieve.Service

	ingest *ingest.Service
	store  *sqlite.Store
	owner  uuid.UUID
}

func openLibrary(t *testing.T) *library {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lectern.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	index, err := exact.Open(filepath.Join(t.TempDir(), "vectors.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { index.Close() })
	embedder, err := static.New(lexical.Version, static.PrefixOnce)
	if err != nil {
		t.Fatal(err)
	}
	space, err := s.EnsureSpace(t.Context(), embedder.Space())
	if err != nil {
		t.Fatal(err)
	}
	if err := index.Ensure(t.Context(), space); err != nil {
		t.Fatal(err)
	}
	u, err := s.CreateUser(t.Context(), book.User{ID: uuid.New(), Username: "author", Role: book.Editor})
	if err != nil {
		t.Fatal(err)
	}
	embedders := embed.NewSet(embedder)
	return &library{
		Service: retrieve.New(s, index, embedders), ingest: ingest.New(s, index, embedders), store: s,
		owner: u.ID,
	}
}

func (l *library) add(t *testing.T, r ingest.Request) {
	t.Helper()
	r.OwnerID = l.owner
	if _, err := l.ingest.Ingest(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// obedient is a model that does what a poisoned page tells it, in pieces that are cut at random. First
// it calls tools, if it is given any.
type obedient struct {
	writes   string
	random   *rand.Rand
	requests []llm.Request
}

func (*obedient) Name() string { return "obedient" }

func (o *obedient) Generate(
	_ context.Context, r llm.Request, emit func(string) error,
) (llm.Response, error) {
	o.requests = append(o.requests, r)
	if len(o.requests) == 1 && len(r.Tools) > 0 {
		return llm.Response{Finish: llm.FinishToolCalls, ToolCalls: []llm.ToolCall{
			search("1", `{"query":"salary of the \u202e\u200bdirector"}`),
			{ID: "2", Name: "delete_document", Arguments: json.RawMessage(`{"doc_id":"velox"}`)},
		}}, nil
	}
	for _, piece := range split(o.random, o.writes) {
		if err := emit(piece); err != nil {
			return llm.Response{}, err
		}
	}
	return llm.Response{Text: o.writes, Finish: llm.FinishStop, Model: "obedient"}, nil
}

const poisonQuestion = "How is the Velox gyroscope calibrated?"

// TestPoisonedPages: whatever a page tells a model to write, and the model writes it, the answer has the
// form and the sources of any other.
func TestPoisonedPages(t *testing.T) {
	files, err := filepath.Glob("testdata/poison/*.md")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".md"), func(t *testing.T) {
			page, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			writes, err := os.ReadFile(strings.TrimSuffix(file, ".md") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			testPoison(t, string(page), string(writes))
		})
	}
}

func testPoison(t *testing.T, page, writes string) {
	t.Helper()
	l := openLibrary(t)
	l.add(t, ingest.Request{DocID: "velox", Text: page, URL: "https://book.example/velox"})
	l.add(t, ingest.Request{DocID: "other", Text: "# Compass\n\nA compass points north."})
	l.add(t, ingest.Request{
		DocID: "secret", Text: "# Pay\n\nThe salary of the director is 7.", Visibility: book.Private,
	})
	shown := ""
	for seed := range uint64(10) {
		m := &obedient{writes: writes, random: rand.New(rand.NewPCG(seed, 0))}
		got, queries := l.ask(t, Teach(m))
		l.check(t, got)
		checkPrompts(t, m.requests)
		if !slices.Equal(queries, []string{"salary of the director"}) {
			t.Errorf("the reader sees searches for %q", queries)
		}
		if seed > 0 && got.Answer != shown && len(writes) < longestHeld {
			t.Errorf("in other pieces: %q, and %q", got.Answer, shown)
		}
		shown = got.Answer
	}
	got, _ := l.ask(t, Quote(extractive.New()))
	l.check(t, got)
}

// ask asks as a reader who streams.
func (l *library) ask(t *testing.T, m llm.Model) (got Answer, queries []string) {
	t.Helper()
	var streamed strings.Builder
	got, err := New(l, m, "").Ask(t.Context(), Request{Question: poisonQuestion}, Events{
		Search: func(query string) error { queries = append(queries, query); return nil },
		Token:  func(text string) error { streamed.WriteString(text); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if streamed.String() != got.Answer || got.Answer == "" {
		t.Errorf("streamed %q, answered %q", streamed.String(), got.Answer)
	}
	return got, queries
}

// check checks the form of an answer and its sources.
func (l *library) check(t *testing.T, got Answer) {
	t.Helper()
	if what := broken(got.Answer, got.RawChunks); what != "" {
		t.Error(what)
	}
	for _, p := range got.RawChunks {
		if p.DocID == "secret" {
			t.Errorf("found %+v", p)
		}
	}
	for i, c := range got.Citations {
		_, text, err := l.store.Text(t.Context(), c.DocID, book.View{})
		points := []rune(text)
		if err != nil || c.Marker != i+1 || c.CharEnd > len(points) ||
			string(points[c.CharStart:c.CharEnd]) != c.Quote {
			t.Errorf("%+v is not in the book: %v", c, err)
		}
	}
	for _, match := range marker.FindAllStringSubmatch(code.ReplaceAllString(got.Answer, ""), -1) {
		if n := match[1]; !slices.ContainsFunc(got.Citations, func(c book.Citation) bool {
			return decimal(c.Marker) == n
		}) {
			t.Errorf("%s is no source, in %q", match[0], got.Answer)
		}
	}
}

// checkPrompts checks that the model can tell what is data.
func checkPrompts(t *testing.T, requests []llm.Request) {
	t.Helper()
	for _, r := range requests {
		if r.System != instructions && r.System != searching {
			t.Errorf("instructions %q", r.System)
		}
		for _, m := range r.Messages {
			opened := strings.Count(m.Text, "<passage number=")
			if opened != strings.Count(m.Text, "</passage>") || opened > len(r.Passages) ||
				strings.Count(m.Text, "<passage") != opened {
				t.Errorf("delimiters: %q", m.Text)
			}
			for _, foreign := range []string{"<|", "[INST]", "<<SYS", "<start_of", "<end_of", "＜", "‹", "⟨"} {
				if strings.Contains(m.Text, foreign) {
					t.Errorf("%s is in %q", foreign, m.Text)
				}
			}
			if visible(m.Text) != m.Text {
				t.Errorf("invisible characters: %q", m.Text)
			}
		}
		if !strings.HasSuffix(r.Messages[0].Text, "\n\nThe reader's question: "+poisonQuestion) {
			t.Errorf("the question is not the end of %q", r.Messages[0].Text)
		}
		if !slices.ContainsFunc(r.Passages, func(p book.Passage) bool { return p.DocID == "velox" }) {
			t.Error(fmt.Sprint("the poisoned page was not found: ", len(r.Passages)))
		}
	}
}
