package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/alecthomas/kong"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
)

// session is one run of the command line.
type session struct {
	*cli
	parser         *parser
	parsed         *kong.Context
	stdin          io.Reader
	stdout, stderr terminal
	log            *slog.Logger
	app            *app.App // nil until a data directory was opened
}

func (s *session) prepare() (err error) {
	s.Config, err = s.Config.WithDefaults()
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.Config.LogLevel)); err != nil {
		return book.Wrap(book.Invalid, err, "log-level must be debug, info, warn or error")
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(s.stderr, options)
	if s.Config.LogFormat == "json" {
		handler = slog.NewJSONHandler(s.stderr, options)
	}
	s.log = slog.New(handler)
	return nil
}

// finish closes what the command opened, says what went wrong and returns the exit code.
func (s *session) finish(ctx context.Context, err error) int {
	if s.app != nil {
		err = errors.Join(err, s.app.Close())
	}
	if err == nil {
		return 0
	}
	var outcome exit
	if errors.As(err, &outcome) {
		return int(outcome)
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	fmt.Fprintln(s.stderr, "lectern:", book.MessageOf(err))
	if book.CodeOf(err) == book.Internal {
		s.log.Error("the command failed", "error", err)
	} else {
		s.log.Debug("the command failed", "error", err)
	}
	return exitCode(err)
}

// open opens the data directory for this command. holder says to others what uses it.
func (s *session) open(ctx context.Context, holder string) (*app.App, error) {
	if err := s.localOnly(); err != nil {
		return nil, err
	}
	a, err := app.Open(ctx, s.Config, s.log, holder)
	if err != nil {
		return nil, err
	}
	s.app = a
	return a, nil
}

// localOnly refuses --server, for commands that the API has no operation for.
func (s *session) localOnly() error {
	if s.Server == "" {
		return nil
	}
	return book.Errorf(book.Invalid, "`lectern %s` works on a data directory; run it where the "+
		"server runs, with --data-dir and without --server (or LECTERN_SERVER)", s.parsed.Command())
}

// client returns a client of the server that --server names, or of the data directory.
func (s *session) client(ctx context.Context) (*client.Client, error) {
	if s.Server != "" {
		return client.New(s.Server, s.Key, nil)
	}
	a, err := s.open(ctx, "command")
	if err != nil {
		return nil, err
	}
	return a.Client()
}

// printJSON writes v to stdout as one line.
func (s *session) printJSON(v any) error {
	encoder := json.NewEncoder(s.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// note writes a line for people to stderr.
func (s *session) note(format string, args ...any) {
	fmt.Fprintf(s.stderr, format+"\n", args...)
}
