// Package llmtest is the conformance suite of language models.
package llmtest

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
)

// Run runs every case against models that open returns. The model must answer Question from
// Passages.
func Run(t *testing.T, open func(t *testing.T) llm.Model) {
	for name, test := range map[string]func(*testing.T, llm.Model){
		"answers":              answers,
		"emits what it says":   emitsWhatItSays,
		"emit ends the call":   emitEndsTheCall,
		"context ends it":      contextEndsIt,
		"context during emit":  contextDuringEmit,
		"markers have quotes":  markersHaveQuotes,
		"no passages":          noPassages,
		"concurrent calls":     concurrentCalls,
		"leaves the request":   leavesTheRequest,
		"hostile passages":     hostilePassages,
		"name and model":       nameAndModel,
		"brackets in passages": bracketsInPassages,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Question is what the suite asks.
const Question = "What does a gyroscope measure, and why does its angle drift?"

// Passages are what the suite gives: the first two answer the question.
func Passages() []book.Passage {
	return []book.Passage{
		passage("sensors/imu", "A gyroscope measures the rate of rotation about its axes. "+
			"Summing that rate over time gives an angle."),
		passage("sensors/drift", "The angle of a gyroscope drifts, because every small error of "+
			"the measured rate is summed as well. A compass corrects the drift."),
		passage("kitchen", "Bread needs flour, water, salt and time."),
	}
}

func passage(docID, text string) book.Passage {
	return book.Passage{
		DocID: docID, Title: "Sensors", Chapter: "Sensing", HeadingPath: []string{"Sensors"},
		ChunkID: uuid.NewSHA1(uuid.Nil, []byte(docID)), CharEnd: utf8.RuneCountInString(text),
		Text: text, Revision: 1, Score: 1,
	}
}

func request() llm.Request { return llm.Request{Question: Question, Passages: Passages()} }

func answers(t *testing.T, m llm.Model) {
	response, err := m.Generate(context.Background(), request(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.Finish != llm.FinishStop || strings.TrimSpace(response.Text) == "" {
		t.Errorf("finish %q, text %q", response.Finish, response.Text)
	}
	if !utf8.ValidString(response.Text) {
		t.Errorf("the text is not valid UTF-8: %q", response.Text)
	}
}

func emitsWhatItSays(t *testing.T, m llm.Model) {
	var emitted strings.Builder
	returned := false
	response, err := m.Generate(context.Background(), request(), func(text string) error {
		if returned {
			t.Error("emit was called after Generate had returned")
		}
		if text == "" {
			t.Error("an empty piece was emitted")
		}
		emitted.WriteString(text)
		return nil
	})
	returned = true
	if err != nil {
		t.Fatal(err)
	}
	if emitted.String() != response.Text {
		t.Errorf("emitted %q, answered %q", emitted.String(), response.Text)
	}
}

func emitEndsTheCall(t *testing.T, m llm.Model) {
	gone := errors.New("the reader is gone")
	calls := 0
	_, err := m.Generate(context.Background(), request(), func(string) error {
		calls++
		return gone
	})
	if !errors.Is(err, gone) || calls != 1 {
		t.Errorf("after %d calls of emit: %v", calls, err)
	}
}

func contextEndsIt(t *testing.T, m llm.Model) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Generate(ctx, request(), nil); book.CodeOf(err) != book.Canceled {
		t.Errorf("canceled: %v", err)
	}
	ctx, cancel = context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := m.Generate(ctx, request(), nil); book.CodeOf(err) != book.Deadline {
		t.Errorf("deadline: %v", err)
	}
}

// contextDuringEmit: a reader who leaves in the middle gets no further text.
func contextDuringEmit(t *testing.T, m llm.Model) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := 0
	_, err := m.Generate(ctx, request(), func(string) error {
		calls++
		cancel()
		return ctx.Err()
	})
	if book.CodeOf(err) != book.Canceled || calls != 1 {
		t.Errorf("after %d calls of emit: %v", calls, err)
	}
}

var marker = regexp.MustCompile(`\[(\d+)\]`)

func markersHaveQuotes(t *testing.T, m llm.Model) {
	response, err := m.Generate(context.Background(), request(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(response.Quotes) == 0 {
		t.Skip("this model gives no quotes; they are found afterwards")
	}
	quoted := map[int]bool{}
	for i, q := range response.Quotes {
		if q.Marker != i+1 {
			t.Errorf("quote %d has the marker %d", i, q.Marker)
		}
		quoted[q.Marker] = true
		if q.Passage < 1 || q.Passage > len(Passages()) {
			t.Fatalf("%+v is of no passage", q)
		}
		text := Passages()[q.Passage-1].Text
		if q.Start < 0 || q.End > len(text) || q.Start >= q.End {
			t.Fatalf("%+v is outside its passage", q)
		}
	}
	for _, match := range marker.FindAllStringSubmatch(response.Text, -1) {
		if n, _ := strconv.Atoi(match[1]); !quoted[n] {
			t.Errorf("%s has no quote", match[0])
		}
	}
}

func noPassages(t *testing.T, m llm.Model) {
	emitted := false
	response, err := m.Generate(context.Background(), llm.Request{Question: Question},
		func(string) error { emitted = true; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if response.Finish == llm.FinishNoAnswer && (emitted || response.Text != "") {
		t.Errorf("no answer, and the text %q", response.Text)
	}
}

func concurrentCalls(t *testing.T, m llm.Model) {
	want, err := m.Generate(context.Background(), request(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			got, err := m.Generate(context.Background(), request(), nil)
			if err != nil || got.Finish != want.Finish {
				t.Errorf("%q: %v", got.Finish, err)
			}
		})
	}
	calls.Wait()
}

func leavesTheRequest(t *testing.T, m llm.Model) {
	r := request()
	if _, err := m.Generate(context.Background(), r, nil); err != nil {
		t.Fatal(err)
	}
	for i, p := range Passages() {
		if r.Passages[i].Text != p.Text || r.Question != Question {
			t.Errorf("the request was changed: %+v", r.Passages[i])
		}
	}
}

func hostilePassages(t *testing.T, m llm.Model) {
	for _, text := range []string{
		"", "\n\n\n", "```", "| a |\n| - |", "gyroscope \xff measures drift", "# gyroscope",
		strings.Repeat("gyroscope drift ", 20000), "\u202egyroscope measures drift.\u0000",
	} {
		r := llm.Request{Question: Question, Passages: []book.Passage{passage("x", text)}}
		response, err := m.Generate(context.Background(), r, nil)
		if err != nil {
			t.Errorf("%.40q: %v", text, err)
		}
		for _, q := range response.Quotes {
			if q.Passage != 1 || q.Start < 0 || q.End > len(text) || q.Start >= q.End {
				t.Errorf("%.40q: %+v is outside its passage", text, q)
			}
		}
	}
}

// bracketsInPassages: a number in brackets that the book itself writes is no marker.
func bracketsInPassages(t *testing.T, m llm.Model) {
	text := "A gyroscope measures the rate of rotation [7], and its angle drifts [12]."
	r := llm.Request{Question: Question, Passages: []book.Passage{passage("x", text)}}
	response, err := m.Generate(context.Background(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range marker.FindAllStringSubmatch(response.Text, -1) {
		if match[1] != "1" {
			t.Errorf("%s is no source, in %q", match[0], response.Text)
		}
	}
}

func nameAndModel(t *testing.T, m llm.Model) {
	response, err := m.Generate(context.Background(), request(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name() == "" || response.Model == "" {
		t.Errorf("name %q, model %q", m.Name(), response.Model)
	}
}
