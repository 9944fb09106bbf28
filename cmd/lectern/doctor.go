package main

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/reconcile"
)

type doctorCommand struct {
	Repair bool `help:"Mend what is found, and look again."`
}

// Run audits both stores. Where nobody else can write meanwhile, what looks wrong is wrong at once.
func (c *doctorCommand) Run(ctx context.Context, s *session) error {
	a, err := s.openToMend(ctx)
	if book.CodeOf(err) == book.Conflict && s.Config.DatabaseURL == "" {
		return book.Wrap(book.Conflict, err, "doctor needs the data directory %s for itself; stop the "+
			"server or the command that uses it", s.Config.DataDir)
	}
	if err != nil {
		return err
	}
	report, err := a.Reconcile.Audit(ctx, a.AuditWait())
	if err != nil {
		return err
	}
	if c.Repair && !report.Clean() {
		done, err := a.Reconcile.Repair(ctx, report)
		if err != nil {
			return err
		}
		s.notef("found %d missing, %d stray, %d mismatched and %d orphaned; %d points written anew, "+
			"%d deleted, %d collections dropped", report.Missing, report.Stray, report.Mismatched,
			report.Orphaned, done.Rewritten, done.Deleted, done.Dropped)
		if report, err = a.Reconcile.Audit(ctx, a.AuditWait()); err != nil {
			return err
		}
	}
	if err := s.printReport(report); err != nil {
		return err
	}
	if !report.Clean() {
		if !c.Repair {
			s.notef("The stores contradict each other; `lectern doctor --repair` mends that.")
		}
		return exit(exitFindings)
	}
	return nil
}

func (s *session) printReport(r reconcile.Report) error {
	if s.JSON {
		return s.printJSON(r)
	}
	table := s.table("CHECKED", "COUNT", "MEANING")
	table.row("documents", r.Documents, "")
	table.row("chunks", r.Chunks, "")
	table.row("vectors", r.Vectors, "points of the active embedding space in the vector index")
	table.row("ledger", r.Ledger, "points whose fate is being settled")
	table.row("missing", r.Missing, "chunks without their point")
	table.row("stray", r.Stray, "points that no chunk refers to")
	table.row("mismatched", r.Mismatched, "points that contradict their chunk")
	table.row("orphaned", r.Orphaned, "collections that belong to no embedding space")
	if err := table.flush(); err != nil {
		return err
	}
	s.stdout.printf("\n")
	for _, id := range r.Orphans {
		s.notef("%s: the embedding space was dropped, and an older copy of the vector index has brought "+
			"its collection back.", id)
	}
	return s.printSpaces(r.Spaces)
}

// printSpaces says where the findings are, and what to do about those that a repair leaves alone.
func (s *session) printSpaces(spaces []reconcile.SpaceReport) error {
	table := s.table("EMBEDDING SPACE", "STATE", "VECTORS", "MISSING", "STRAY", "MISMATCHED")
	for _, r := range spaces {
		table.row(r.ID(), r.State, r.Vectors, len(r.Missing), len(r.Stray), len(r.Mismatched))
	}
	for _, r := range spaces {
		if r.Conflict != nil {
			s.notef("%s: %s. A repair leaves it alone, and writes every point anew once it is out of the "+
				"way.", r.ID(), book.MessageOf(r.Conflict))
		}
	}
	return table.flush()
}
