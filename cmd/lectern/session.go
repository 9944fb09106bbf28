package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"

	"github.com/alecthomas/kong"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/telemetry"
)

// session is one run of the command line.
type session struct {
	*cli
	parser         *parser
	parsed         *kong.Context
	stdin          io.Reader
	stdout, stderr terminal
	log            *slog.Logger
	app            *app.App  // nil unless the command opened a data directory
	opened         io.Closer // what to close at the end, or nil
}

// prepare opens the log.
func (s *session) prepare() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.Config.LogLevel)); err != nil {
		return book.Wrap(book.Invalid, err, "log-level must be debug, info, warn or error")
	}
	s.log = telemetry.NewLogger(s.stderr, level, s.Config.LogFormat == "json")
	slog.SetDefault(s.log) // for what has no logger of its own
	// Client libraries of providers log by themselves what they also return as errors.
	log.SetFlags(0)
	log.SetOutput(slog.NewLogLogger(s.log.Handler(), slog.LevelDebug).Writer())
	return nil
}

// finish closes what the command opened, says what went wrong and returns the exit code.
func (s *session) finish(ctx context.Context, err error) int {
	if s.opened != nil {
		err = errors.Join(err, s.opened.Close())
	}
	if lost := s.stdout.failed(); lost != nil {
		err = lost
	}
	if err == nil {
		return 0
	}
	if outcome, ok := errors.AsType[exit](err); ok {
		return int(outcome)
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	s.notef("lectern: %s", book.MessageOf(err))
	if book.CodeOf(err) == book.Unauthenticated && s.Key == "" {
		s.notef("Give a key with --key (or LECTERN_KEY); `lectern key create` makes one where the " +
			"server runs.")
	}
	if book.CodeOf(err) == book.Internal {
		s.log.ErrorContext(ctx, "the command failed", "error", err)
	} else {
		s.log.DebugContext(ctx, "the command failed", "error", err)
	}
	return exitCode(err)
}

// open opens the data directory for this command.
func (s *session) open(ctx context.Context) (*app.App, error) {
	return s.openWith(ctx, app.Open)
}

// openToMend is open for commands that mend what other commands refuse.
func (s *session) openToMend(ctx context.Context) (*app.App, error) {
	return s.openWith(ctx, app.OpenToMend)
}

func (s *session) openWith(
	ctx context.Context,
	open func(context.Context, config.Config, *slog.Logger, string, ...app.Option) (*app.App, error),
) (*app.App, error) {
	if err := s.useDataDir(); err != nil {
		return nil, err
	}
	a, err := open(ctx, s.Config, s.log, "command")
	if err != nil {
		return nil, err
	}
	s.app, s.opened = a, a
	return a, nil
}

// useDataDir names the data directory, if one is needed.
func (s *session) useDataDir() (err error) {
	s.Config, err = s.Config.WithDefaults()
	return err
}

// client returns a client of the server that --server names, or of the data directory.
func (s *session) client(ctx context.Context) (*client.Client, error) {
	if s.Server != "" {
		return client.New(s.Server, s.Key, nil)
	}
	a, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	return a.Client()
}

// printJSON writes v to stdout as one line.
func (s *session) printJSON(v any) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return book.Wrap(book.Internal, err, "the result cannot be written as JSON")
	}
	s.stdout.printf("%s", line.Bytes())
	return nil
}

// notef writes a line for people to stderr.
func (s *session) notef(format string, args ...any) { s.stderr.printf(format+"\n", args...) }
