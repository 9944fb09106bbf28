package main

import (
	"context"
	"fmt"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
)

type documentsCommand struct {
	List          documentsListCommand          `cmd:"" help:"List documents."`
	Show          documentsShowCommand          `cmd:"" help:"Show a document and its text."`
	Delete        documentsDeleteCommand        `cmd:"" help:"Delete documents."`
	SetVisibility documentsSetVisibilityCommand `cmd:"" help:"Say who may read documents."`
	HandOver      documentsHandOverCommand      `cmd:"" help:"Give documents to another account."`
}

type documentsListCommand struct {
	Source string `help:"Only documents from this source." placeholder:"NAME"`
	Mine   bool   `help:"Only own documents."`
}

// Run lists documents by doc_id.
func (c *documentsListCommand) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	documents := []client.Document{}
	filter := client.DocumentFilter{Source: c.Source, Mine: c.Mine}
	err = api.Documents(ctx, filter, func(d client.Document) error {
		documents = append(documents, d)
		return nil
	})
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(map[string]any{"items": documents})
	}
	table := s.table("DOC_ID", "TITLE", "CHUNKS", "VISIBILITY", "SOURCE", "OWNER", "UPDATED")
	for _, d := range documents {
		table.row(d.DocID, shorten(d.Title, 40), d.Chunks, d.Visibility, d.Source, d.Owner,
			d.UpdatedAt.Local().Format(timeFormat))
	}
	return table.flush()
}

type documentsShowCommand struct {
	DocID string `arg:"" name:"doc_id" help:"The document."`
}

// Run shows one document.
func (c *documentsShowCommand) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	d, err := api.Document(ctx, c.DocID)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(d)
	}
	table := s.table()
	for _, field := range [][2]string{
		{"doc_id", d.DocID},
		{"title", d.Title},
		{"chapter", d.Chapter},
		{"url", d.URL},
		{"source", d.Source},
		{"owner", d.Owner},
		{"visibility", string(d.Visibility)},
		{"revision", fmt.Sprint(d.Revision)},
		{"chunks", fmt.Sprint(d.Chunks)},
		{"updated", d.UpdatedAt.Local().Format(timeFormat)},
	} {
		table.row(field[0], field[1])
	}
	if err := table.flush(); err != nil {
		return err
	}
	if d.Text != nil {
		s.stdout.printf("\n%s\n", printable(*d.Text))
	}
	return nil
}

type documentsDeleteCommand struct {
	DocIDs []string `arg:"" name:"doc_id" help:"The documents."`
}

// Run deletes the documents one by one and stops at the first that cannot be deleted.
func (c *documentsDeleteCommand) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	for _, id := range c.DocIDs {
		if err := api.Remove(ctx, id); err != nil {
			return err
		}
		s.notef("deleted %s", printable(id))
	}
	if s.JSON {
		return s.printJSON(map[string]any{"deleted": c.DocIDs})
	}
	return nil
}

type documentsSetVisibilityCommand struct {
	DocID      string `arg:"" name:"doc_id" help:"The document."`
	Visibility string `arg:"" enum:"public,private" help:"public, or private: only its owner."`
}

// Run changes who may read a document.
func (c *documentsSetVisibilityCommand) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	d, err := api.SetVisibility(ctx, c.DocID, book.Visibility(c.Visibility))
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(d)
	}
	s.notef("%s is %s", printable(d.DocID), d.Visibility)
	return nil
}

type documentsHandOverCommand struct {
	Username string   `arg:"" help:"The account: an editor's or administrator's."`
	DocIDs   []string `arg:"" name:"doc_id" help:"The documents."`
}

// Run hands the documents over one by one and stops at the first that cannot be.
func (c *documentsHandOverCommand) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	for _, id := range c.DocIDs {
		d, err := api.HandOver(ctx, id, c.Username)
		if err != nil {
			return err
		}
		s.notef("%s belongs to %s", printable(d.DocID), d.Owner)
	}
	if s.JSON {
		return s.printJSON(map[string]any{"owner": c.Username, "handed_over": c.DocIDs})
	}
	return nil
}
