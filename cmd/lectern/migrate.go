package main

import (
	"context"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/book"
)

type migrateCommand struct {
	Up     migrateUpCommand     `cmd:"" help:"Bring the schema up to date."`
	Down   migrateDownCommand   `cmd:"" help:"Take the newest migration back."`
	Status migrateStatusCommand `cmd:"" help:"Show the schema's version."`
}

type migrateUpCommand struct{}

// Run brings the schema up to date.
func (c *migrateUpCommand) Run(ctx context.Context, s *session) error {
	if err := s.useDataDir(); err != nil {
		return err
	}
	if err := app.MigrateUp(ctx, s.Config); err != nil {
		return err
	}
	return s.printSchema(ctx)
}

type migrateDownCommand struct {
	Yes bool `help:"Do it, though what the older schema cannot hold is lost."`
}

// Help says what becomes of a SQLite file.
func (c *migrateDownCommand) Help() string {
	return "A SQLite file is brought up to date again by the next command that uses it."
}

// Run takes the newest migration back.
func (c *migrateDownCommand) Run(ctx context.Context, s *session) error {
	if err := s.useDataDir(); err != nil {
		return err
	}
	if !c.Yes {
		return book.Errorf(book.Invalid, "to take a migration back loses what the older schema "+
			"cannot hold; make a backup, then add --yes")
	}
	if err := app.MigrateDown(ctx, s.Config); err != nil {
		return err
	}
	return s.printSchema(ctx)
}

type migrateStatusCommand struct{}

// Run shows the schema's version.
func (c *migrateStatusCommand) Run(ctx context.Context, s *session) error {
	if err := s.useDataDir(); err != nil {
		return err
	}
	return s.printSchema(ctx)
}

func (s *session) printSchema(ctx context.Context) error {
	schema, err := app.Schema(ctx, s.Config)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(struct {
			Database string `json:"database"`
			Version  int64  `json:"version"`
			Known    int64  `json:"known"`
			State    string `json:"state"`
		}{schema.Database, schema.Version, schema.Known, schema.State()})
	}
	table := s.table("DATABASE", "VERSION", "KNOWN", "STATE")
	table.row(schema.Database, schema.Version, schema.Known, schema.State())
	return table.flush()
}
