package main

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
)

type feedbackCommand struct {
	Limit int `help:"How many entries to print at most." default:"50" placeholder:"N"`
}

// Run prints what accounts think of the answers that they got, the newest answers first.
func (c *feedbackCommand) Run(ctx context.Context, s *session) error {
	if c.Limit < 1 {
		return book.Errorf(book.Invalid, "--limit is %d; it must be 1 or more", c.Limit)
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	rated, err := api.Feedback(ctx, c.Limit)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(map[string]any{"items": rated})
	}
	table := s.table("AT", "ACCOUNT", "RATING", "QUESTION", "COMMENT", "MODEL")
	for _, r := range rated {
		rating := map[int]string{1: "good", -1: "bad"}[r.Rating]
		table.row(timeOrDash(r.At), r.Username, rating, shorten(r.Question, 40),
			orDash(shorten(r.Comment, 40)), orDash(r.Model))
	}
	return table.flush()
}
