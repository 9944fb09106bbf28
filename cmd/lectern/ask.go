package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
)

type askCommand struct {
	Question  []string `arg:"" help:"The question."`
	TopK      int      `help:"How many passages to answer from (default 8, at most 50)." placeholder:"K"`
	Selection string   `help:"Words of the book that the question is about." placeholder:"TEXT"`
}

// Run asks and prints the answer with its citations.
func (c *askCommand) Run(ctx context.Context, s *session) error {
	words, err := joinQuestion(c.Question)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	question := client.Question{Question: words, TopK: c.TopK}
	if c.Selection != "" {
		question.Selection = c.Selection
	}
	reply, err := api.Ask(ctx, question)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(reply)
	}
	s.stdout.printf("%s", s.stdout.answer(reply))
	s.noteDegraded(reply.Degraded)
	if len(reply.RawChunks) == 0 {
		return s.noteNothing(ctx, api)
	}
	return nil
}

// quoteColumns is how much of a quote is shown.
const quoteColumns = 200

// answer shows an answer and its numbered citations.
func (t terminal) answer(a answer.Answer) string {
	var b strings.Builder
	b.WriteString(t.paragraphs(printable(a.Answer), "") + "\n")
	for _, c := range a.Citations {
		b.WriteString("\n" + t.citation(c))
	}
	return b.String()
}

func (t terminal) citation(c book.Citation) string {
	marker := fmt.Sprintf("[%d] ", c.Marker)
	place := c.Title
	if c.Chapter != "" && c.Chapter != c.Title {
		place += " (" + c.Chapter + ")"
	}
	text := marker + t.bold(printable(place)) + "\n"
	indent := strings.Repeat(" ", len(marker))
	if c.URL != "" {
		text += indent + printable(c.URL) + "\n"
	}
	quote := "“" + shorten(printable(c.Quote), quoteColumns) + "”"
	return text + indent + strings.Join(wrap(quote, t.width-len(indent)), "\n"+indent) + "\n"
}
