package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
)

type askCommand struct {
	Question  []string `arg:"" help:"The question."`
	TopK      int      `help:"How many passages to answer from (default 8, at most 50)." placeholder:"K"`
	Selection string   `help:"Words of the book that the question is about." placeholder:"TEXT"`
	Continue  bool     `short:"c" help:"Then ask follow-up questions from stdin, one a line."`
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
	lines := bufio.NewReader(s.stdin)
	for {
		reply, err := s.ask(ctx, api, question)
		if err != nil || !c.Continue {
			return err
		}
		turn := answer.Turn{Question: question.Question, Answer: reply.Answer}
		question.Conversation = append(question.Conversation, turn)
		question.Conversation = question.Conversation[max(0, len(question.Conversation)-answer.MaxTurns):]
		if question.Question, err = s.nextLine(ctx, lines); question.Question == "" {
			return err
		}
	}
}

// ask asks once and prints the answer.
func (s *session) ask(
	ctx context.Context, api *client.Client, question client.Question,
) (answer.Answer, error) {
	reply, err := api.Ask(ctx, question)
	if err != nil {
		return reply, err
	}
	if s.JSON {
		return reply, s.printJSON(reply)
	}
	s.stdout.printf("%s", s.stdout.answer(reply))
	searched := reply.SearchedQuestion
	if searched != "" && searched != strings.TrimSpace(question.Question) {
		s.notef("Searched for: %s", printable(searched))
	}
	s.noteDegraded(reply.Degraded)
	if searched != "" && len(reply.RawChunks) == 0 {
		return reply, s.noteNothing(ctx, api)
	}
	return reply, nil
}

// nextLine reads the next line of stdin that is not blank; none at its end.
func (s *session) nextLine(ctx context.Context, lines *bufio.Reader) (string, error) {
	for {
		if s.stdout.interactive {
			s.stderr.printf("\n> ")
		}
		line, err := interruptible(ctx, func() (string, error) { return lines.ReadString('\n') })
		if line = strings.TrimSpace(line); line != "" {
			return joinQuestion([]string{line})
		}
		switch {
		case errors.Is(err, io.EOF):
			return "", nil
		case err != nil:
			return "", book.Wrap(book.CodeOf(err), err, "stdin cannot be read")
		}
	}
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
