package main

import (
	"context"
	"io"
	"time"

	"github.com/lectern-project/lectern/internal/backup"
)

type backupCommand struct {
	File string `arg:"" type:"path" help:"Archive to write; one that is there is replaced when the new one is whole."`
}

// Run writes an archive of the data directory, or of the server's book.
func (c *backupCommand) Run(ctx context.Context, s *session) error {
	start := time.Now()
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	bar := newCounter(s.stderr, "backup")
	summary, size, err := backup.Save(ctx, c.File,
		func() (io.ReadCloser, error) { return api.Backup(ctx) }, bar.set)
	bar.finish()
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(struct {
			File string `json:"file"`
			backup.Summary
			Bytes   int64   `json:"bytes"`
			Seconds float64 `json:"seconds"`
		}{c.File, summary, size, time.Since(start).Seconds()})
	}
	s.notef("%s holds %d documents in %d chunks, %d accounts, %d API keys and %d conversations "+
		"(%d bytes)", c.File, summary.Documents, summary.Chunks, summary.Accounts, summary.Keys,
		summary.Conversations, size)
	if summary.Missing > 0 {
		s.notef("%d chunks changed meanwhile and have no vectors in it; a restore embeds them again",
			summary.Missing)
	}
	s.notef("Whoever can read it has every document, every conversation and every password hash: " +
		"keep it safe.")
	return nil
}

type restoreCommand struct {
	File string `arg:"" type:"path" help:"Archive to restore."`
}

// Run brings an archive into the book of this installation, which must be empty.
func (c *restoreCommand) Run(ctx context.Context, s *session) error {
	start := time.Now()
	a, err := s.open(ctx)
	if err != nil {
		return err
	}
	bar := newCounter(s.stderr, "check and restore") // each document counts twice
	done, err := a.Restore(ctx, c.File, bar.set)
	bar.finish()
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(struct {
			backup.Restored
			Seconds float64 `json:"seconds"`
		}{done, time.Since(start).Seconds()})
	}
	s.notef("restored %d documents in %d chunks, %d accounts, %d API keys and %d conversations",
		done.Documents, done.Chunks, done.Accounts, done.Keys, done.Conversations)
	if done.AlreadyThere > 0 {
		s.notef("%d of the documents were there from an earlier run", done.AlreadyThere)
	}
	switch {
	case done.Space != done.ArchiveSpace && done.Embedded > 0:
		s.notef("The archive's vectors are of %s, which this book does not use: %d chunks were "+
			"embedded again with %s", done.ArchiveSpace, done.Embedded, done.Space)
	case done.Embedded > 0:
		s.notef("%d chunks had no vectors in the archive and were embedded again; %d kept theirs",
			done.Embedded, done.Reused)
	}
	return nil
}
