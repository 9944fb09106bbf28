package main

import (
	"context"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

type userDeleteCommand struct {
	Username  string `arg:"" help:"The account."`
	Documents string `required:"" enum:"delete,hand-over" help:"What becomes of its documents: delete, or hand-over (with --to)." placeholder:"WHAT"`
	To        string `help:"Account that gets the documents: an editor or administrator." placeholder:"NAME"`
}

// Run shuts the account out, then deletes it, unless a server has the stores: that does it.
func (c *userDeleteCommand) Run(ctx context.Context, s *session) error {
	if (c.Documents == "hand-over") != (c.To != "") {
		return book.Errorf(book.Invalid, "--to names who gets the documents: it goes with "+
			"--documents hand-over, and only with it")
	}
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	request := auth.DeletionRequest{DeleteDocuments: c.To == "", Heir: c.To}
	if err := accounts.Auth.DeleteUser(ctx, accounts.Local, c.Username, request); err != nil {
		return err
	}
	s.opened = nil
	if err := accounts.Close(); err != nil {
		return err
	}
	finished, err := c.finish(ctx, s)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(map[string]any{"username": c.Username, "finished": finished})
	}
	if finished {
		s.notef("deleted %s", c.Username)
	} else {
		s.notef("%s is shut out; the running server deletes it within seconds", c.Username)
	}
	return nil
}

// finish deletes the account, and reports false where a server has the stores and does that.
func (c *userDeleteCommand) finish(ctx context.Context, s *session) (bool, error) {
	a, err := s.open(ctx)
	if book.CodeOf(err) == book.Conflict {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := a.FinishDepartures(ctx); err != nil {
		return false, err
	}
	_, err = a.Store.UserByLogin(ctx, c.Username)
	if book.CodeOf(err) == book.NotFound {
		return true, nil
	}
	return false, err
}
