package extractive_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/extractive"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
)

func passages(texts ...string) []book.Passage {
	var out []book.Passage
	for _, text := range texts {
		out = append(out, book.Passage{Text: text})
	}
	return out
}

// generate answers and checks what holds for every answer.
func generate(t *testing.T, r llm.Request) llm.Response {
	t.Helper()
	var emitted strings.Builder
	got, err := extractive.New().Generate(context.Background(), r, func(s string) error {
		emitted.WriteString(s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if emitted.String() != got.Text {
		t.Errorf("emitted %q, text is %q", emitted.String(), got.Text)
	}
	if n := utf8.RuneCountInString(got.Text); n > extractive.MaxAnswer {
		t.Errorf("the answer has %d characters", n)
	}
	if (got.Finish == llm.FinishNoAnswer) != (len(got.Quotes) == 0) || (got.Text == "") != (len(got.Quotes) == 0) {
		t.Errorf("finish %q with %d quotes and the text %q", got.Finish, len(got.Quotes), got.Text)
	}
	for i, q := range got.Quotes {
		text := r.Passages[q.Passage-1].Text
		if q.Start < 0 || q.End <= q.Start || q.End > len(text) || !utf8.ValidString(text[q.Start:q.End]) {
			t.Fatalf("quote %+v of a passage of %d bytes", q, len(text))
		}
		if !strings.Contains(got.Text, fmt.Sprintf("[%d]", q.Marker)) || q.Marker != i+1 {
			t.Errorf("quote %+v has no marker in %q", q, got.Text)
		}
	}
	return got
}

func TestContract(t *testing.T) {
	llmtest.Run(t, func(*testing.T) llm.Model { return extractive.New() })
}

func TestGenerate(t *testing.T) {
	tests := []struct {
		name, question string
		passages       []book.Passage
		want           string
	}{
		{
			"the sentence that answers", "What is a gripper?",
			passages("# Hands\n\nHands differ a lot in what they can do.\n\nA gripper is a hand with " +
				"two fingers. Feet are another matter altogether."),
			"A gripper is a hand with two fingers. [1]",
		},
		{
			"what is about it before what mentions it", "What is a soft gripper?",
			passages("Test it twice: close the soft gripper, open the soft gripper and look at the " +
				"soft gripper.\n\nFeet.\n\nA soft gripper is a hand of rubber that bends around things."),
			"A soft gripper is a hand of rubber that bends around things. [1]",
		},
		{
			"no part of an image's description", "What is a gripper?",
			passages("![A hand. A gripper is shown open.](/gripper.svg)\n\n" +
				"A gripper is a hand with two fingers."),
			"A gripper is a hand with two fingers. [1]",
		},
		{
			"passages in the order of their use", "Which lubricant does the gripper need, for which joint?",
			passages("Each joint turns freely, and it turns far.",
				"A dry lubricant is what each gripper does need."),
			"A dry lubricant is what each gripper does need. [1]\n\nEach joint turns freely, and it turns far. [2]",
		},
		{
			"links and line breaks", "What does the gripper hold?",
			passages("The [gripper](hand.md#a) holds\nwhat ![it](x.png) [sees][eye] with `a[0](1)`, <b>not</b> more."),
			"The gripper holds what it sees with `a[0](1)`, not more. [1]",
		},
		{
			"a list with what announces it", "Which kinds of gripper are there?",
			passages("There are two kinds of gripper:\n\n- Soft ones. They bend.\n- Hard ones\n\nOther text."),
			"There are two kinds of gripper: [1]\n\n- Soft ones. They bend.\n- Hard ones",
		},
		{
			"code with what announces it", "How do I close the gripper?",
			passages("Close the gripper with this:\n\n```go\ng.Close(1)\n```\n\nThen wait."),
			"Close the gripper with this: [1]\n\n```go\ng.Close(1)\n```",
		},
		{
			"nothing follows the colon", "How do I close the gripper?",
			passages("Close the gripper like so:"), "",
		},
		{
			"no headings, tables, rests of code", "gripper",
			passages("# The gripper.\n\n| gripper. | b |\n|---|---|\n\n<Gripper/>\n\n```go\ngripper.\n"), "",
		},
		{
			"a chunk that begins within code", "gripper",
			passages("let gripper = 1. \n```\n\nThe gripper of that code is a mere number, nothing else."),
			"The gripper of that code is a mere number, nothing else. [1]",
		},
		{
			"what looks like a marker", "gripper",
			passages("The gripper was described before [2]."), "",
		},
		{"nothing about it", "What is a gripper?", passages("Feet are another matter."), ""},
		{"no question", "?", passages("A gripper is a hand."), ""},
		{"no passages", "What is a gripper?", nil, ""},
		{
			"copies are quoted once", "What is a gripper?",
			passages("A gripper is a robot's hand with two fingers.", "A gripper is a robot's hand with two fingers!"),
			"A gripper is a robot's hand with two fingers. [1]",
		},
		{
			"Chinese", "什么是机器人?", passages("机器人是一种能够自动执行任务的机器。天气很好。"),
			"机器人是一种能够自动执行任务的机器。 [1]",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := generate(t, llm.Request{Question: tt.question, Passages: tt.passages})
			if diff := cmp.Diff(tt.want, got.Text); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestQuotesOfJoinedPassages: offsets are those of the joined text.
func TestQuotesOfJoinedPassages(t *testing.T) {
	a, b := "Feet are another matter. ", "A gripper is a robot's hand with two fingers."
	p := book.Passage{Text: a + b, Parts: passages(a, b)}
	got := generate(t, llm.Request{Question: "What is a gripper?", Passages: []book.Passage{p}})
	want := []llm.Quote{{Marker: 1, Passage: 1, Start: len(a), End: len(a + b)}}
	if diff := cmp.Diff(want, got.Quotes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSelection(t *testing.T) {
	r := llm.Request{
		Question: "What does this mean?", Selection: "strain wave gear",
		Passages: passages("A strain wave gear has a flexible ring. Feet are another matter."),
	}
	if got := generate(t, r); !strings.Contains(got.Text, "flexible ring") {
		t.Errorf("the marked words were not asked for: %q", got.Text)
	}
}

func TestLongAnswersAreCut(t *testing.T) {
	var texts []string
	for i := range 20 {
		texts = append(texts, fmt.Sprintf("The %s has %s.",
			[]string{"gripper", "thumb", "palm"}[i%3], strings.Repeat(fmt.Sprintf("fast%d ", i), 80)))
	}
	got := generate(t, llm.Request{Question: "gripper, thumb, palm", Passages: passages(texts...)})
	if len(got.Quotes) != 2 {
		t.Errorf("%d quotes, want the two that fit", len(got.Quotes))
	}
}

func TestErrors(t *testing.T) {
	r := llm.Request{Question: "gripper", Passages: passages("A gripper is a robot's hand with fingers.")}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := extractive.New().Generate(ended, r, nil); book.CodeOf(err) != book.Canceled {
		t.Errorf("after the context ended: %v", err)
	}
	broken := errors.New("the reader left")
	_, err := extractive.New().Generate(context.Background(), r, func(string) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("emit failed, Generate returned %v", err)
	}
}

func FuzzGenerate(f *testing.F) {
	f.Add("gripper", "# A\n\nThe gripper:\n\n- a. b\n- c\n\n```\nx")
	f.Add("a b", "> a [b](c) `d\n> b.\n\n1. a: \n| b |\n```go\na\n```\nb")
	f.Add("机器人", "机器人。\xff机器人！")
	f.Fuzz(func(t *testing.T, question, text string) {
		if !utf8.ValidString(text) {
			text = strings.ToValidUTF8(text, "?")
		}
		half := len(text) / 2
		for half > 0 && !utf8.RuneStart(text[half]) {
			half--
		}
		joined := book.Passage{Text: text, Parts: passages(text[:half], text[half:])}
		generate(t, llm.Request{
			Question: question, Passages: []book.Passage{{Title: text, Text: text}, joined},
		})
	})
}

func TestUnfinishedParagraph(t *testing.T) {
	for text, quoted := range map[string]bool{
		"# Notes\n\nThe wifi password is hunter2\n":               true,
		"The wifi password is hunter2\n\nThe door has no code.\n": true,
		"The wifi password is hunter2 and was ":                   false, // cut by the chunker
	} {
		got := generate(t, llm.Request{
			Question: "What is the wifi password?", Passages: passages(text),
		})
		if strings.Contains(got.Text, "hunter2") != quoted {
			t.Errorf("%q is answered with %q", text, got.Text)
		}
	}
}
