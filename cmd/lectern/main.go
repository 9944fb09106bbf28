// Command lectern turns a book or a documentation site into something that can be asked.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	// Time zones and root certificates for machines that have none, such as an empty container.
	_ "time/tzdata"

	_ "golang.org/x/crypto/x509roots/fallback"
)

func main() {
	os.Exit(run(untilSignal(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. A second one ends the
// process at once: by its own hand, since the first process of a container is spared by the system.
func untilSignal() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		run(ctx, []string{"--help"}, stdin, stderr, stderr)
		return exitUsage
	}
	p, err := newParser(stdout, stderr)
	if err != nil {
		newTerminal(stderr).printf("lectern: %s\n", err)
		return exitFailure
	}
	command, err := p.parse(args)
	if p.exited {
		return 0 // --help printed itself
	}
	if err != nil {
		newTerminal(stderr).printf("lectern: %s\nRun \"lectern --help\" for the commands, \"lectern "+
			"COMMAND --help\" for a command's flags.\n", usageMessage(err))
		return exitUsage
	}
	s := &session{
		cli: p.cli, parser: p, parsed: command, stdin: stdin,
		stdout: newTerminal(stdout), stderr: newTerminal(stderr),
	}
	err = s.prepare()
	if err == nil {
		command.BindTo(ctx, (*context.Context)(nil))
		err = command.Run(s)
	}
	return s.finish(ctx, err)
}
