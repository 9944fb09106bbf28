package eval

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// library is a book whose dense leg finds documents by their last word and whose sparse leg by
// their first; it answers what one of its texts holds, and quotes it.
type library struct {
	mu    sync.Mutex
	texts map[string]string
}

func (l *library) Put(_ context.Context, r ingest.Request) (ingest.Result, error) {
	if strings.TrimSpace(r.Text) == "" {
		return ingest.Result{}, book.Errorf(book.Invalid, "%q has no text", r.DocID)
	}
	if err := book.ValidateDocID(r.DocID); err != nil {
		return ingest.Result{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts[r.DocID] = r.Text
	return ingest.Result{Status: ingest.Created, ChunksIngested: 2}, nil
}

func (l *library) SourceDocuments(context.Context, string) ([]book.Document, error) {
	return nil, nil
}

func (l *library) Remove(context.Context, string) error { return nil }

func (l *library) Search(context.Context, retrieve.Request) (retrieve.Result, error) {
	return retrieve.Result{}, nil
}

func (l *library) Legs(
	_ context.Context, _ book.Space, r retrieve.Request,
) (dense, sparse, fused []retrieve.Candidate, err error) {
	find := func(match func(string, string) bool) (found []retrieve.Candidate) {
		for docID, text := range l.texts {
			if match(text, r.Question) {
				found = append(found, retrieve.Candidate{DocID: docID}, retrieve.Candidate{DocID: docID})
			}
		}
		return found
	}
	dense, sparse = find(strings.HasSuffix), find(strings.HasPrefix)
	return dense, sparse, slices.Concat(sparse, dense), nil
}

func (l *library) Text(_ context.Context, docID string, _ book.View) (book.Document, string, error) {
	text, ok := l.texts[docID]
	if !ok {
		return book.Document{}, "", book.Errorf(book.NotFound, "no %s", docID)
	}
	return book.Document{DocID: docID}, text, nil
}

func (l *library) Ask(
	_ context.Context, r answer.Request, _ answer.Events,
) (answer.Answer, error) {
	for docID, text := range l.texts {
		if at := strings.Index(text, r.Question); at >= 0 {
			start := len([]rune(text[:at]))
			return answer.Answer{Answer: text, Citations: []book.Citation{{
				DocID: docID, Quote: r.Question, CharStart: start,
				CharEnd: start + len([]rune(r.Question)),
			}}}, nil
		}
	}
	return answer.Answer{Refused: true}, nil
}

func newBook() (*Book, *library) {
	l := &library{texts: map[string]string{}}
	return &Book{Target: l, Search: l, Answers: l, Texts: l}, l
}

const corpus = `{"_id":"a","title":"A","text":"apple banana"}
{"_id":"b//b","title":"B","text":"banana cherry"}
{"_id":"c","title":"only a title","text":""}
{"_id":"d","title":"","text":" "}
`

func TestMeasureSearch(t *testing.T) {
	b, l := newBook()
	loaded, err := b.LoadCorpus(t.Context(), file(t, corpus), "text")
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Documents != 3 || loaded.Chunks != 6 || len(loaded.Failed) != 1 {
		t.Errorf("loaded %+v", loaded)
	}
	if l.texts["c"] != "only a title" {
		t.Errorf("a document without text is %q", l.texts["c"])
	}
	queries := file(t, `{"_id":"1","text":"banana"}`+"\n"+`{"_id":"2","text":"cherry"}`+"\n"+
		`{"_id":"3","text":"not judged"}`)
	legs, err := b.MeasureSearch(t.Context(), queries, file(t,
		"query-id\tcorpus-id\tscore\n1\ta\t1\n2\tb//b\t1\n2\tgone\t1\n"))
	if err != nil {
		t.Fatal(err)
	}
	ideal := 1 + 1/1.584962500721156 // of two relevant documents
	want := Legs{
		// Dense: "banana" ends a, "cherry" ends b, of two judged documents.
		Dense: Measures{(1 + 1/ideal) / 2, 0.75, 0.75, 1, 1},
		// Sparse: "banana" begins b, nothing begins with "cherry".
		Sparse: Measures{},
		// Fused: for "banana" b comes before a; for "cherry" b alone.
		Fused:   Measures{(1/1.584962500721156 + 1/ideal) / 2, 0.75, 0.75, 0.75, 1},
		Queries: 2, Absent: 1, P50: legs.P50, P95: legs.P95,
	}
	if diff := cmp.Diff(want, legs, near); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = b.MeasureSearch(t.Context(), queries, file(t, "9\ta\t1\n"))
	if book.CodeOf(err) != book.Invalid || !strings.Contains(book.MessageOf(err), `"9"`) {
		t.Errorf("a judged question without text: %v", err)
	}
}

func TestLoadFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.md": "# A\n\nApples.", "b.txt": "Bears."} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, _ := newBook()
	loaded, err := b.LoadFolder(t.Context(), dir)
	if err != nil || loaded.Documents != 2 || loaded.Chunks != 4 {
		t.Errorf("loaded %+v, %v", loaded, err)
	}
	if _, err := b.LoadFolder(t.Context(), t.TempDir()); book.CodeOf(err) != book.Invalid {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestLoadBadCorpus(t *testing.T) {
	for text, want := range map[string]string{
		"":               "no document",
		"{\"_id\":\"a\"": ":1 ",
		"{\"_id\":\"a\",\"text\":\"x\"}\n{\"_id\":\"a\",\"text\":\"y\"}": ":2 ",
		"{\"text\":\"x\"}":              ":1 ",
		"{\"_id\":\"a\",\"text\":\"\"}": "no text",
	} {
		b, _ := newBook()
		_, err := b.LoadCorpus(t.Context(), file(t, text), "markdown")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestMeasureAnswers(t *testing.T) {
	b, l := newBook()
	l.texts["a"] = "Äpfel are red"
	l.texts["b"] = "bears are brown"
	got, err := b.MeasureAnswers(t.Context(), file(t, strings.Join([]string{
		`{"question":"are red","answerable":true,"doc_id":"a","expected":["RED","äpfel"]}`,
		`{"question":"are brown","answerable":true,"doc_id":"a","expected":["red"]}`,
		`{"question":"cats","answerable":true}`,
		`{"question":"dogs","answerable":false}`,
		`{"question":"bears","answerable":false}`,
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	rate := func(x float64) *float64 { return &x }
	want := Answers{
		Questions: 5, BalancedAccuracy: rate((2.0/3 + 0.5) / 2), FalseRefusals: rate(1.0 / 3),
		FalseAnswers: rate(0.5), VerbatimCitations: rate(1), ContainsExpected: rate(0.5),
		CitedGold: rate(0.5),
	}
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	got, err = b.MeasureAnswers(t.Context(), file(t, `{"question":"dogs","answerable":false}`))
	want = Answers{Questions: 1, BalancedAccuracy: rate(1), FalseAnswers: rate(0)}
	if diff := cmp.Diff(want, got, near); err != nil || diff != "" {
		t.Errorf("of nothing answerable: %v (-want +got):\n%s", err, diff)
	}
	for _, text := range []string{"", `{"question":"dogs"}`, `{"answerable":true}`, "x"} {
		if _, err := b.MeasureAnswers(t.Context(), file(t, text)); book.CodeOf(err) != book.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestJudgeQuotes(t *testing.T) {
	b, l := newBook()
	l.texts["a"] = "Äpfel are red"
	var counted tally
	for _, c := range []book.Citation{
		{DocID: "a", CharStart: 0, CharEnd: 5, Quote: "Äpfel"},
		{DocID: "a", CharStart: 0, CharEnd: 5, Quote: "Apfel"},
		{DocID: "a", CharStart: 6, CharEnd: 99, Quote: "are red"},
		{DocID: "a", CharStart: -1, CharEnd: 2, Quote: "Äp"},
	} {
		if err := b.judgeQuotes(t.Context(), []book.Citation{c}, &counted); err != nil {
			t.Fatal(err)
		}
	}
	if counted.verbatim != (share{yes: 1, all: 4}) {
		t.Errorf("verbatim is %+v", counted.verbatim)
	}
}
