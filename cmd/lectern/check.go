package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/sitecheck"
)

type checkCommand struct {
	Dir string `arg:"" name:"dir" help:"The folder of a site or of its pages."`
	layoutFlags
	Format string `help:"How findings are printed: text, or github for annotations in GitHub Actions." enum:"text,github" default:"text" placeholder:"NAME"`
}

// checkOutput is what --json prints.
type checkOutput struct {
	*sitecheck.Report
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

// Run checks a folder. Errors are findings of an exit code of their own; warnings are none.
func (c *checkCommand) Run(ctx context.Context, s *session) error {
	if s.JSON && c.Format != "text" {
		return book.Errorf(book.Invalid, "--json and --format %s exclude each other; leave one out", c.Format)
	}
	report, err := sitecheck.Check(ctx, c.Dir, c.options())
	if err != nil {
		return err
	}
	errors, warnings := report.Count(sitecheck.Error), report.Count(sitecheck.Warning)
	switch {
	case s.JSON:
		if err := s.printJSON(checkOutput{report, errors, warnings}); err != nil {
			return err
		}
	case c.Format == "github":
		printAnnotations(s.stdout, c.Dir, report.Findings)
	default:
		printFindings(s.stdout, c.Dir, report.Findings)
	}
	s.notef("%s and %s in %s with %s, and %s.", plural(errors, "error"), plural(warnings, "warning"),
		plural(report.Pages, "page"), plural(report.Links, "link"), plural(report.Files, "file"))
	if errors > 0 {
		return exit(exitFindings)
	}
	return nil
}

// plural is a number with its noun.
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprint(n, " ", noun)
}

// printFindings prints a line for each finding, in the form that editors jump from.
func printFindings(t terminal, dir string, findings []sitecheck.Finding) {
	for _, f := range findings {
		place := found(dir, f.Path)
		if f.Line > 0 {
			place += fmt.Sprintf(":%d", f.Line)
		}
		line := fmt.Sprintf("%s: %s: %s [%s]", place, f.Severity, f.Message, f.Rule)
		t.printf("%s\n", strings.ReplaceAll(printable(line), "\n", " "))
	}
}

// found is where a finding is, as seen from the working directory. dir may be the file itself.
func found(dir, path string) string {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	return filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(path)))
}

// printAnnotations prints findings as commands of a GitHub Actions workflow, which shows them beside
// the lines of a pull request.
func printAnnotations(t terminal, dir string, findings []sitecheck.Finding) {
	for _, f := range findings {
		t.printf("::%s file=%s,line=%d,title=%s::%s\n", f.Severity,
			commandProperty(inRepository(found(dir, f.Path))), max(f.Line, 1), commandProperty(f.Rule),
			commandData(printable(f.Message)))
	}
}

// inRepository makes an absolute path relative to the checkout, which annotations count from.
func inRepository(path string) string {
	root := os.Getenv("GITHUB_WORKSPACE")
	if working, err := os.Getwd(); root == "" && err == nil {
		root = working
	}
	full, err := filepath.Abs(filepath.FromSlash(path))
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(root, full); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}

// commandData and commandProperty escape text in a workflow command, as @actions/core does.
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace
	commandProperty = strings.NewReplacer(
		"%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace
)
