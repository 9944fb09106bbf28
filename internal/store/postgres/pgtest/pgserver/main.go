// Pgserver runs a command beside a throwaway PostgreSQL server, whose address the command finds in
// LECTERN_TEST_DATABASE_URL, and ends with its status:
//
//	go run ./internal/store/postgres/pgtest/pgserver go test ./...
//
// Where that variable is set already, the command runs as it is.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: pgserver COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			os.Exit(max(exit.ExitCode(), 1))
		}
		fmt.Fprintln(os.Stderr, "pgserver:", err)
		os.Exit(1)
	}
}

func run(args []string) (failed error) {
	if os.Getenv(pgtest.SharedURL) == "" {
		cluster, err := pgtest.Start()
		if err != nil {
			return err
		}
		defer func() { failed = errors.Join(failed, cluster.Stop()) }()
		if err := os.Setenv(pgtest.SharedURL, cluster.URL()); err != nil {
			return err
		}
	}
	signal.Ignore(os.Interrupt) // the command gets it, too, and ends
	command := exec.Command(args[0], args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return command.Run()
}
