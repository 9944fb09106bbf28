package main

import (
	"context"
	"time"

	"github.com/lectern-project/lectern/internal/client"
)

// healthTimeout is a little more than what the server gives the check of its parts.
const healthTimeout = 5 * time.Second

type healthCommand struct {
	Listen string `help:"Address that the server listens on, if --server names none." default:":8080" placeholder:"ADDR"`
	Ready  bool   `help:"Fail also when a part of the server does not work."`
}

// Run asks the server; what is wrong becomes the error.
func (c *healthCommand) Run(ctx context.Context, s *session) error {
	address := s.Server
	if address == "" {
		address = "http://" + localAddress(c.Listen)
	}
	server, err := client.New(address, "", nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	check := server.Health
	if c.Ready {
		check = server.Ready
	}
	return check(ctx)
}
