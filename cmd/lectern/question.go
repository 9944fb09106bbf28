package main

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
)

// joinQuestion makes one question of the words of a command line, so that it need not be quoted.
func joinQuestion(words []string) (string, error) {
	question := strings.Join(words, " ")
	switch {
	case strings.TrimSpace(question) == "":
		return "", book.Errorf(book.Invalid, "the question is empty; ask something")
	case !utf8.ValidString(question) || strings.ContainsRune(question, utf8.RuneError):
		return "", book.Errorf(book.Invalid, "the question is not valid UTF-8; type it anew")
	}
	return question, nil
}

// noteNothing says that no passage was found, and why where the reason is an empty book.
func (s *session) noteNothing(ctx context.Context, api *client.Client) error {
	errAny := errors.New("there is a document")
	err := api.Documents(ctx, client.DocumentFilter{}, func(client.Document) error { return errAny })
	switch {
	case errors.Is(err, errAny):
		s.notef("Nothing was found; `lectern documents list` shows what there is.")
		return nil
	case err != nil:
		return err
	}
	where := client.Shown(s.Server)
	if where == "" {
		where = cmp.Or(s.Config.DataDir, "the database")
	}
	s.notef("There is no document to read in %s; `lectern ingest PATH` brings some.", where)
	return nil
}
