// Package sitecheck finds what is broken in a book before it is built, published or ingested:
// links, anchors and images that lead nowhere, pages that contradict each other, settings of the
// site that do not fit together, and secrets.
//
// Check surveys the folder (docsite), lists its files (tree.go), reads every page (page.go) and then
// judges, by the rules of the tool that the folder is written for: Docusaurus (docusaurus.go,
// routes.go, blog.go, config.go, npm.go), mdBook and plain folders (files.go). What a page holds is
// judged in frontmatter.go and size.go, what any file holds in secret.go. Nothing of the folder is
// run, and no address on the network is asked.
package sitecheck

import (
	"cmp"
	"context"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/docsite"
)

// Severity says what a finding means.
type Severity string

// The severities. Errors break the site, its readers' way through it or its ingest; warnings are
// worth a look. What Docusaurus lets pass or not by its settings follows these settings.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing that is wrong.
type Finding struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"` // a name of Rules
	Path     string   `json:"path"` // of the file, below the checked folder, with slashes
	Line     int      `json:"line"` // from 1; 0 for the file as a whole
	Message  string   `json:"message"`
}

// Report is what a check found.
type Report struct {
	Kind  docsite.Kind `json:"kind"`
	Pages int          `json:"pages"` // pages that were read
	Links int          `json:"links"` // links, images and imports that were looked at
	Files int          `json:"files"` // files that were searched for secrets
	// Findings are sorted by path and line.
	Findings []Finding `json:"findings"`
}

// Count returns how many findings have a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Check checks dir. The options say what the folder cannot say itself.
//
// Errors are *book.Error and mean that there is nothing to check: NotFound, Unavailable, Invalid as
// in docsite.Open; Canceled when ctx ends. A folder without a single page is Invalid.
func Check(ctx context.Context, dir string, o docsite.Options) (*Report, error) {
	c, err := newChecker(dir, o)
	if err != nil {
		return nil, err
	}
	defer c.root.Close()
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	return c.report(), nil
}

// newChecker surveys dir. The checker's root is to be closed.
func newChecker(dir string, o docsite.Options) (*checker, error) {
	survey, err := docsite.Look(dir, o)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(survey.Root)
	if err != nil {
		return nil, book.Wrap(book.Unavailable, err, "%s cannot be read", dir)
	}
	return &checker{survey: survey, options: o, dir: dir, root: root, seen: map[Finding]bool{}}, nil
}

// checker is one run of Check.
type checker struct {
	survey  *docsite.Survey
	options docsite.Options
	dir     string // as it was given
	root    *os.Root
	tree    *tree
	pages   []*page
	byPath  map[string]*page // the same by file
	parts   map[string]*page // Markdown files that pages import and that are no pages, by file
	config  config           // of a Docusaurus site
	sites   []*site          // of a Docusaurus site, for each locale
	links   int
	scanned int // files that were searched for secrets

	findings []Finding
	seen     map[Finding]bool
}

// check runs every check.
func (c *checker) check(ctx context.Context) error {
	if c.survey.Single {
		c.tree = fileTree(c.root, c.survey.Opened)
	} else {
		c.tree = listTree(c.root, c.survey.Root)
	}
	c.add(c.tree.problems...)
	c.surveyFindings(c.survey)
	if c.survey.Kind == docsite.Docusaurus {
		c.readConfig()
		if err := c.addSites(); err != nil {
			return err
		}
	} else {
		c.listPages()
	}
	if len(c.pages) == 0 && len(c.survey.Problems) == 0 {
		return c.emptyError()
	}
	if err := c.readPages(ctx); err != nil {
		return err
	}
	for _, s := range c.sites {
		s.check()
	}
	if c.survey.Kind == docsite.Docusaurus {
		c.checkConfig()
		c.checkPackage()
	} else {
		c.checkFileLinks()
	}
	return c.checkSecrets(ctx)
}

func (c *checker) emptyError() error {
	return book.Errorf(book.Invalid, "%s has no page to check: give a folder with *.md or *.mdx files, "+
		"or say with --site what kind it is", c.dir)
}

// surveyFindings reports what the survey met.
func (c *checker) surveyFindings(s *docsite.Survey) {
	for _, p := range s.Problems {
		c.addProblem(p.Path, p.Err)
	}
	for _, d := range s.Duplicates {
		c.errorf("duplicate-id", d[1].Path, 0,
			"the doc_id %q is that of %s already; rename one of the files, or give it another id",
			d[0].DocID, d[0].Path)
	}
}

// add keeps findings, each once.
func (c *checker) add(findings ...Finding) {
	for _, f := range findings {
		if !c.seen[f] {
			c.seen[f] = true
			c.findings = append(c.findings, f)
		}
	}
}

func (c *checker) errorf(rule, path string, line int, format string, args ...any) {
	c.addf(Error, rule, path, line, format, args...)
}

func (c *checker) warnf(rule, path string, line int, format string, args ...any) {
	c.addf(Warning, rule, path, line, format, args...)
}

// report returns the findings below the folder that was given.
func (c *checker) report() *Report {
	r := &Report{
		Kind: c.survey.Kind, Pages: len(c.pages), Links: c.links, Files: c.scanned,
		Findings: []Finding{},
	}
	for _, f := range c.findings {
		if opened := c.survey.Opened; opened != "." {
			below, ok := strings.CutPrefix(f.Path, opened+"/")
			switch {
			case ok:
				f.Path = below
			case f.Path == opened:
				f.Path = path.Base(f.Path)
			default:
				continue
			}
		}
		r.Findings = append(r.Findings, f)
	}
	slices.SortFunc(r.Findings, func(x, y Finding) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), cmp.Compare(x.Line, y.Line),
			strings.Compare(x.Rule, y.Rule), strings.Compare(x.Message, y.Message))
	})
	return r
}
