// Package embedtest is the conformance suite of embed.Embedder and holds an embedder for other
// packages' tests.
package embedtest

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
)

// Run checks every sentence of the contract. open returns a new Embedder of the same space each
// time it is called.
func Run(t *testing.T, open func(t testing.TB) embed.Embedder) {
	for _, c := range []struct {
		name  string
		check func(s suite, t *testing.T)
	}{
		{"Space", suite.space},
		{"Vectors", suite.vectors},
		{"Order", suite.order},
		{"EqualTexts", suite.equalTexts},
		{"NothingToEmbed", suite.nothingToEmbed},
		{"OddTexts", suite.oddTexts},
		{"NoTexts", suite.noTexts},
		{"Ownership", suite.ownership},
		{"EndedContext", suite.endedContext},
		{"Concurrency", suite.concurrency},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(suite{open}, t) })
	}
}

type suite struct {
	open func(t testing.TB) embed.Embedder
}

func someTexts() []embed.Text {
	return []embed.Text{
		{
			Title: "Sensors", HeadingPath: []string{"Perception", "Lidar"},
			Text: "A lidar measures distance with light.",
		},
		{Title: "Motors", Text: "A servo motor turns to an angle and holds it."},
		{HeadingPath: []string{"Balance"}, Text: "Walking robots shift their weight before a step."},
		{Text: "Batteries store energy."},
		{Title: "Only a title"},
	}
}

const someQuestion = "How does a robot measure distance?"

func (s suite) space(t *testing.T) {
	e := s.open(t)
	space := e.Space()
	if space.Provider == "" || space.Model == "" || space.Dimensions < 1 || space.PrefixVersion < 1 {
		t.Errorf("incomplete space: %+v", space)
	}
	if space.DenseWeight < 0 || space.DenseWeight > 1 {
		t.Errorf("DenseWeight is %v, want 0 to 1", space.DenseWeight)
	}
	embedDocuments(t, e, someTexts())
	if diff := cmp.Diff(space, e.Space()); diff != "" {
		t.Errorf("the space changed: %s", diff)
	}
	if diff := cmp.Diff(space, s.open(t).Space()); diff != "" {
		t.Errorf("another instance has another space: %s", diff)
	}
}

func (s suite) vectors(t *testing.T) {
	e := s.open(t)
	for i, v := range embedDocuments(t, e, someTexts()) {
		if v == nil {
			t.Errorf("text %d has no vector", i)
		}
	}
	if embedQuery(t, e, someQuestion) == nil {
		t.Error("the question has no vector")
	}
}

func (s suite) order(t *testing.T) {
	e := s.open(t)
	texts := someTexts()
	forward := embedDocuments(t, e, texts)
	for i := range forward {
		for j := range i {
			if slices.Equal(forward[i], forward[j]) {
				t.Errorf("texts %d and %d have one vector", i, j)
			}
		}
	}
	slices.Reverse(texts)
	backward := embedDocuments(t, e, texts)
	slices.Reverse(backward)
	if diff := cmp.Diff(forward, backward); diff != "" {
		t.Errorf("vectors are not in the order of their texts: %s", diff)
	}
}

func (s suite) equalTexts(t *testing.T) {
	e := s.open(t)
	texts := append(someTexts(), someTexts()...)
	vectors := embedDocuments(t, e, texts)
	half := len(texts) / 2
	if diff := cmp.Diff(vectors[:half], vectors[half:]); diff != "" {
		t.Errorf("equal texts of one call differ: %s", diff)
	}
	for i, text := range texts[:half] {
		alone := embedDocuments(t, e, []embed.Text{text})
		if diff := cmp.Diff(vectors[i], alone[0]); diff != "" {
			t.Errorf("text %d alone differs: %s", i, diff)
		}
	}
	other := s.open(t)
	if diff := cmp.Diff(vectors[:half], embedDocuments(t, other, texts[:half])); diff != "" {
		t.Errorf("another instance differs: %s", diff)
	}
	question := embedQuery(t, e, someQuestion)
	for _, again := range []embed.Embedder{e, other} {
		if diff := cmp.Diff(question, embedQuery(t, again, someQuestion)); diff != "" {
			t.Errorf("the same question differs: %s", diff)
		}
	}
}

func (s suite) nothingToEmbed(t *testing.T) {
	e := s.open(t)
	blank := []embed.Text{{}, {Text: " \t\r\n"}, {Text: "\u00a0\u3000\u2028"}}
	known := embed.Text{Text: "Batteries store energy."}
	vectors := embedDocuments(t, e, []embed.Text{blank[0], known, blank[1], known, blank[2]})
	for i, v := range vectors {
		if known := i%2 == 1; known != (v != nil) {
			t.Errorf("text %d: a vector: %v, want %v", i, v != nil, known)
		}
	}
	for _, text := range blank {
		if embedQuery(t, e, text.Text) != nil {
			t.Errorf("the question %q has a vector", text.Text)
		}
	}
}

// oddTexts may be refused as Invalid; what is answered must keep the promises.
func (s suite) oddTexts(t *testing.T) {
	e := s.open(t)
	for _, text := range []string{
		"\xff\xfe broken \xc3 bytes", "nul\x00inside", "\x00", "\u200b\u200d", "\ufffd", "👩🏽‍🚀🚀",
		"روبوٹ کیا ہے؟", "ロボットとは何ですか", "机器人是什么", strings.Repeat("a", 100_000),
		strings.Repeat("word ", 100_000), strings.Repeat("\u0301", 10_000), "!?;:()[]{}",
	} {
		vectors, err := e.EmbedDocuments(t.Context(), []embed.Text{{Text: text}})
		checkOdd(t, e, text, vectors, err)
		query, err := e.EmbedQuery(t.Context(), text)
		checkOdd(t, e, text, [][]float32{query}, err)
	}
}

func checkOdd(t *testing.T, e embed.Embedder, text string, got [][]float32, err error) {
	t.Helper()
	switch {
	case err != nil && book.CodeOf(err) != book.Invalid:
		t.Errorf("%.20q: %v, want a vector or invalid", text, err)
	case err != nil:
	case len(got) != 1:
		t.Errorf("%.20q: %d vectors, want 1", text, len(got))
	default:
		checkVector(t, e, got[0])
	}
}

func (s suite) noTexts(t *testing.T) {
	e := s.open(t)
	for _, none := range [][]embed.Text{nil, {}} {
		vectors, err := e.EmbedDocuments(t.Context(), none)
		if len(vectors) != 0 || err != nil {
			t.Errorf("no texts: %d vectors, %v", len(vectors), err)
		}
	}
}

// ownership: the caller may change what it got, and the Embedder leaves alone what it was given.
func (s suite) ownership(t *testing.T) {
	e := s.open(t)
	texts := someTexts()
	first := embedDocuments(t, e, texts)
	if diff := cmp.Diff(someTexts(), texts); diff != "" {
		t.Errorf("the texts were changed: %s", diff)
	}
	kept := slices.Clone(first[1])
	clear(first[0])
	if diff := cmp.Diff(kept, first[1]); diff != "" {
		t.Errorf("two vectors share memory: %s", diff)
	}
	question := embedQuery(t, e, someQuestion)
	kept = slices.Clone(question)
	clear(question)
	if diff := cmp.Diff(kept, embedQuery(t, e, someQuestion)); diff != "" {
		t.Errorf("a change of a vector comes back: %s", diff)
	}
	if embedDocuments(t, e, texts)[0] == nil {
		t.Error("a change of a vector comes back as none")
	}
}

func (s suite) endedContext(t *testing.T) {
	e := s.open(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for want, ctx := range map[book.Code]context.Context{
		book.Canceled: canceled, book.Deadline: late,
	} {
		vectors, err := e.EmbedDocuments(ctx, someTexts())
		if book.CodeOf(err) != want || vectors != nil {
			t.Errorf("EmbedDocuments: %d vectors, %v; want none, %s", len(vectors), err, want)
		}
		vector, err := e.EmbedQuery(ctx, someQuestion)
		if book.CodeOf(err) != want || vector != nil {
			t.Errorf("EmbedQuery: %v, %v; want none, %s", vector, err, want)
		}
	}
}

func (s suite) concurrency(t *testing.T) {
	e := s.open(t)
	texts := someTexts()
	want := embedDocuments(t, e, texts)
	wantQuery := embedQuery(t, e, someQuestion)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				got, err := e.EmbedDocuments(t.Context(), texts)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("EmbedDocuments: %v %s", err, diff)
				}
				query, err := e.EmbedQuery(t.Context(), someQuestion)
				if diff := cmp.Diff(wantQuery, query); err != nil || diff != "" {
					t.Errorf("EmbedQuery: %v %s", err, diff)
				}
			}
		})
	}
	group.Wait()
}

func embedDocuments(t testing.TB, e embed.Embedder, texts []embed.Text) [][]float32 {
	t.Helper()
	vectors, err := e.EmbedDocuments(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	if len(vectors) != len(texts) {
		t.Fatalf("%d vectors for %d texts", len(vectors), len(texts))
	}
	for _, v := range vectors {
		checkVector(t, e, v)
	}
	return vectors
}

func embedQuery(t testing.TB, e embed.Embedder, question string) []float32 {
	t.Helper()
	vector, err := e.EmbedQuery(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	checkVector(t, e, vector)
	return vector
}

func checkVector(t testing.TB, e embed.Embedder, v []float32) {
	t.Helper()
	if v == nil {
		return
	}
	if want := e.Space().Dimensions; len(v) != want {
		t.Fatalf("a vector of %d dimensions, want %d", len(v), want)
	}
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if length := math.Sqrt(square); !(math.Abs(length-1) <= 1e-3) {
		t.Fatalf("a vector of length %v, want 1", length)
	}
}
