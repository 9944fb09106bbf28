package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/sitecheck"
)

type ingestCommand struct {
	Paths []string `arg:"" name:"path" help:"Files and folders."`
	siteFlags
	Prune      bool   `help:"Delete documents of --source whose file is gone."`
	Force      bool   `help:"Prune also when more than half of the documents would go."`
	TakeOver   bool   `help:"Take over documents that came from another source."`
	Check      bool   `help:"Check each folder first, as lectern check does, and ingest nothing if there are errors."`
	DryRun     bool   `help:"Only list what would be ingested."`
	Visibility string `help:"Who may read: public or private (default: as it is; new ones public)." enum:"public,private," default:"" placeholder:"WHO"`
	Verbose    bool   `help:"Name unchanged files too."`
}

// folder is one PATH, opened.
type folder struct {
	path, source string
	site         *docsite.Site
}

// Run brings the folders into the book.
func (c *ingestCommand) Run(ctx context.Context, s *session) error {
	if err := c.validate(); err != nil {
		return err
	}
	if c.Check {
		if err := c.checkFirst(ctx, s); err != nil {
			return err
		}
	}
	var total ingest.Summary
	folders := c.open(s, &total)
	if err := checkDistinct(folders); err != nil {
		return err
	}
	var target ingest.Target
	if !c.DryRun || c.Prune {
		api, err := s.client(ctx)
		if err != nil {
			return err
		}
		target = api
	}
	var stopped error
	for _, f := range folders {
		summary, err := c.sync(ctx, s, f, target)
		total.Add(summary)
		if err != nil {
			stopped = err
			break
		}
	}
	if s.app != nil && !c.DryRun {
		if _, err := s.app.Reconcile.Drain(ctx); err != nil && stopped == nil {
			stopped = err
		}
	}
	if err := c.printSummary(s, total); err != nil {
		return err
	}
	if stopped != nil {
		return stopped
	}
	return outcome(total)
}

func (c *ingestCommand) validate() error {
	switch {
	case slices.Contains(c.Paths, ""):
		return book.Errorf(book.Invalid, "a path is empty; name a file or folder, \".\" for this one")
	case c.Prune && c.Source == "":
		return book.Errorf(book.Invalid, "--prune deletes documents; say of which source with "+
			"--source NAME")
	case c.Prune && len(c.Paths) > 1:
		return book.Errorf(book.Invalid, "--prune takes one folder, which holds all of the source")
	}
	return nil
}

// checkFirst checks each PATH; with errors in one of them nothing is ingested.
func (c *ingestCommand) checkFirst(ctx context.Context, s *session) error {
	errors := 0
	for _, path := range c.Paths {
		report, err := sitecheck.Check(ctx, path, c.options())
		if err != nil {
			return err
		}
		printFindings(s.stderr, path, report.Findings)
		errors += report.Count(sitecheck.Error)
	}
	if errors == 0 {
		return nil
	}
	s.notef("Nothing was ingested: %s to mend first.", plural(errors, "error"))
	return exit(exitFindings)
}

// open lists the pages of each PATH. One that cannot be listed counts as failed and does not stop
// the others.
func (c *ingestCommand) open(s *session, total *ingest.Summary) []folder {
	var folders []folder
	for _, path := range c.Paths {
		source, err := c.sourceOf(path)
		var site *docsite.Site
		if err == nil {
			site, err = docsite.Open(path, c.options())
		}
		if err != nil {
			total.Documents.Failed++
			s.notef("failed     %s: %s", printable(path), printable(book.MessageOf(err)))
			continue
		}
		folders = append(folders, folder{path: path, source: source, site: site})
	}
	return folders
}

// checkDistinct refuses folders of which one would overwrite documents of another.
func checkDistinct(folders []folder) error {
	owner := map[string]string{}
	for _, f := range folders {
		for _, page := range f.site.Pages {
			if other, taken := owner[page.DocID]; taken {
				return book.Errorf(book.Conflict, "%q is the doc_id of a page in both %s and %s; "+
					"ingest one of them with --id-prefix", page.DocID, other, f.path)
			}
		}
		for _, page := range f.site.Pages {
			owner[page.DocID] = f.path
		}
	}
	return nil
}

func (c *ingestCommand) sync(
	ctx context.Context, s *session, f folder, target ingest.Target,
) (ingest.Summary, error) {
	p := newProgress(s.stderr, f.path, len(f.site.Pages))
	if c.DryRun && !s.JSON {
		p = progress{out: s.stdout} // the list is what was asked for
	}
	defer p.finish()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	summary, err := ingest.Sync(ctx, f.site, target, ingest.SyncOptions{
		Source: f.source, Prune: c.Prune, Force: c.Force, DryRun: c.DryRun,
		TakeOver: c.TakeOver, Visibility: book.Visibility(c.Visibility),
		Report: func(r ingest.FileReport) {
			switch {
			case ctx.Err() != nil:
				return
			case hopeless(r.Err):
				stop(r.Err)
				return
			case r.Status != ingest.FileUnchanged || c.Verbose:
				p.println(reportLine(r))
			}
			p.count(r)
		},
	})
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return summary, err
}

// hopeless reports whether an error that one file met awaits every other: the caller may not
// ingest, or the server is gone.
func hopeless(err error) bool {
	switch book.CodeOf(err) {
	case book.Unauthenticated, book.Forbidden:
		return true
	}
	_, unreachable := errors.AsType[*url.Error](err)
	return unreachable
}

// reportLine says what happened to one file.
func reportLine(r ingest.FileReport) string {
	name := r.Path
	if name == "" {
		name = r.DocID
	}
	line := fmt.Sprintf("%-10s %s", r.Status, name)
	switch {
	case r.Err != nil:
		line += ": " + book.MessageOf(r.Err)
	case r.Reason != "":
		line += ": " + r.Reason
	}
	return printable(line)
}

// printSummary ends the command's output: on stdout the JSON object, or on stderr a line.
func (c *ingestCommand) printSummary(s *session, total ingest.Summary) error {
	if s.JSON {
		return s.printJSON(total)
	}
	d := total.Documents
	if c.DryRun {
		s.notef("Nothing was written.")
		return nil
	}
	s.notef("%d added, %d updated, %d unchanged, %d deleted, %d failed in %.1f s", d.Added, d.Updated,
		d.Unchanged, d.Deleted, d.Failed, total.Seconds)
	s.notef("%d chunks added, %d kept, %d removed", total.Chunks.Added, total.Chunks.Kept,
		total.Chunks.Removed)
	return nil
}

// outcome is the exit code of an ingest that ran to its end.
func outcome(total ingest.Summary) error {
	d := total.Documents
	switch {
	case d.Failed == 0:
		return nil
	case d.Added+d.Updated+d.Unchanged == 0:
		return exit(exitFailure)
	}
	return exit(exitPartly)
}
