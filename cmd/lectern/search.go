package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
)

type searchCommand struct {
	Question []string `arg:"" help:"What to look for."`
	TopK     int      `help:"How many passages (default 8, at most 50)." placeholder:"K"`
}

// Run finds passages and prints them.
func (c *searchCommand) Run(ctx context.Context, s *session) error {
	question, err := joinQuestion(c.Question)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	found, err := api.Search(ctx, client.Question{Question: question, TopK: c.TopK})
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(found)
	}
	for i, p := range found.Passages {
		s.stdout.printf("%s", s.stdout.passage(i+1, question, p))
	}
	s.noteDegraded(found.Degraded)
	if len(found.Passages) == 0 {
		return s.noteNothing(ctx, api)
	}
	return nil
}

// passage shows one passage with the question's words marked.
func (t terminal) passage(rank int, question string, p book.Passage) string {
	var b strings.Builder
	place := wrap(printable(placeOf(p.Title, p.HeadingPath)), t.width-4)
	fmt.Fprintf(&b, "%d. %s\n", rank, t.bold(strings.Join(place, "\n   ")))
	if p.URL != "" {
		fmt.Fprintf(&b, "   %s\n", printable(p.URL))
	}
	fmt.Fprintf(&b, "   score %.3f   dense %s   sparse %s   %s\n\n", p.Score,
		legScore(p.Scores.Dense), legScore(p.Scores.Sparse), printable(p.DocID))
	text := t.markMatches(question, printable(p.Text))
	fmt.Fprintf(&b, "%s\n\n", t.paragraphs(text, "   "))
	return b.String()
}

// placeOf names a place in the book: the page's title and the headings below it.
func placeOf(title string, headings []string) string {
	if len(headings) > 0 && headings[0] == title {
		headings = headings[1:]
	}
	return strings.Join(append([]string{title}, headings...), " › ")
}

// legScore is a leg's raw score, or a dash where the leg did not find the passage.
func legScore(score *float64) string {
	if score == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *score)
}

// missing says in words what a degraded search or answer had to do without.
var missing = map[string]string{
	"vector_index":  "the vector index is down; passages were found by their words alone",
	"embedder":      "the embedding model is down; passages were found by their words alone",
	"models":        "a language model failed, so another one answered",
	"citations":     "the language model named no source, so nothing of its answer was checked",
	"conversation":  "no language model could say what the follow-up question refers to",
	"answer_length": "the answer reached its greatest length and was cut off",
	"index_lag":     "documents are being ingested right now; some passages may be missing",
}

func (s *session) noteDegraded(parts []string) {
	for _, part := range parts {
		text, known := missing[part]
		if !known {
			text = "done without " + part
		}
		s.notef("Note: %s.", text)
	}
}
