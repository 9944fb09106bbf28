package main

import (
	"bufio"
	"context"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/lectern-project/lectern/internal/book"
)

// passwordLine reads a password from the first line of stdin.
func (s *session) passwordLine(ctx context.Context) (string, error) {
	line, err := interruptible(ctx, func() (string, error) {
		return bufio.NewReader(s.stdin).ReadString('\n')
	})
	switch {
	case ctx.Err() != nil:
		return "", err
	case line == "" && err != nil:
		return "", book.Wrap(book.Invalid, err, "stdin holds no password")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// askPassword asks for a new password on the terminal, twice and without showing it.
func (s *session) askPassword(ctx context.Context) (string, error) {
	file, ok := s.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", book.Errorf(book.Invalid, "there is no terminal to ask for the password on; "+
			"write it to stdin and add --password-stdin")
	}
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Once more: "} {
		s.stderr.printf("%s", prompt)
		line, err := hiddenLine(ctx, int(file.Fd()))
		s.stderr.printf("\n")
		if err != nil {
			return "", err
		}
		typed[i] = line
	}
	if typed[0] != typed[1] {
		return "", book.Errorf(book.Invalid, "the two passwords differ; nothing was created")
	}
	return typed[0], nil
}

// hiddenLine reads what is typed on a terminal without showing it. When ctx ends first, the terminal
// shows again what is typed.
func hiddenLine(ctx context.Context, terminal int) (string, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return "", book.Wrap(book.Invalid, err, "the password could not be read")
	}
	line, err := interruptible(ctx, func() (string, error) {
		line, err := term.ReadPassword(terminal)
		return string(line), err
	})
	switch {
	case ctx.Err() != nil:
		_ = term.Restore(terminal, before)
		return "", err
	case err != nil:
		return "", book.Wrap(book.Invalid, err, "the password could not be read")
	}
	return line, nil
}

// interruptible waits for read until ctx ends; what is read later is lost.
func interruptible(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := read()
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
