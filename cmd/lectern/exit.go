package main

import (
	"strconv"

	"github.com/lectern-project/lectern/internal/book"
)

// The exit codes. They are documented in docs/cli.md.
const (
	exitFailure        = 1
	exitUsage          = 2
	exitAuthentication = 3
	exitPartly         = 4 // some documents were ingested, others not
	exitFindings       = 5 // doctor found the stores contradicting each other, or check found errors
	exitInterrupted    = 130
)

// exit ends a command with this code and without a message: what there is to say was said.
type exit int

func (e exit) Error() string { return "exit code " + strconv.Itoa(int(e)) }

// exitCodes is the one table from our codes to exit codes.
var exitCodes = map[book.Code]int{
	book.Invalid:         exitUsage,
	book.TooLarge:        exitUsage,
	book.Unauthenticated: exitAuthentication,
	book.Forbidden:       exitAuthentication,
	book.NotFound:        exitFailure,
	book.Conflict:        exitFailure,
	book.RateLimited:     exitFailure,
	book.Unavailable:     exitFailure,
	book.Deadline:        exitFailure,
	book.Canceled:        exitInterrupted,
	book.Internal:        exitFailure,
}

// exitCode is the exit code for an error.
func exitCode(err error) int { return exitCodes[book.CodeOf(err)] }
