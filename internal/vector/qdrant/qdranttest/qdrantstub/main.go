// Command qdrantstub is the stand-in for a Qdrant server as a process of its own, with its data in
// a file, for tests that kill it. It prints the address that it listens on, and ends when its
// standard input does, so that it does not outlive the test that started it.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// deliverEvery is how long a write that is late may be late.
const deliverEvery = 500 * time.Millisecond

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "qdrantstub:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("qdrantstub", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "the address to listen on")
	path := flags.String("file", "", "the file that keeps the data; memory without one")
	key := flags.String("api-key", "", "the key that each call must bring")
	rate := flags.Float64("faults", 0, "the share of calls that suffer a fault, 0 to 1")
	seed := flags.Uint64("seed", 1, "of the faults")
	if err := flags.Parse(args); err != nil {
		return err
	}
	server, err := qdranttest.New(qdranttest.Options{APIKey: *key, Path: *path})
	if err != nil {
		return err
	}
	server.Roll(qdranttest.RandomFaults(*rate, *seed))
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	server.Listen(l)
	fmt.Fprintln(out, server.Address())
	late := time.NewTicker(deliverEvery)
	go func() {
		for range late.C {
			server.Deliver()
		}
	}()
	_, err = io.Copy(io.Discard, in)
	late.Stop()
	server.Stop()
	if err != nil {
		return err
	}
	return server.Close()
}
