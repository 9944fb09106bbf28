package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/eval"
)

type evalCommand struct {
	Docs    string `help:"Docs folder to measure." placeholder:"DIR"`
	Corpus  string `help:"Documents to measure instead of a folder, in BEIR's format (corpus.jsonl)." placeholder:"FILE"`
	Format  string `help:"Language of the corpus: markdown or text." enum:"markdown,text" default:"markdown" placeholder:"FORMAT"`
	Queries string `help:"Questions in BEIR's format (queries.jsonl)." placeholder:"FILE"`
	Qrels   string `help:"Which documents answer which question, in BEIR's format (test.tsv)." placeholder:"FILE"`
	Answers string `help:"Questions to answer: lines of question, answerable, expected, doc_id." placeholder:"FILE"`
}

// measured is what eval prints.
type measured struct {
	*measuredSearch
	Answers *eval.Answers `json:"answers,omitempty"`
}

type measuredSearch struct {
	Fused     eval.Measures `json:"fused"`
	Dense     eval.Measures `json:"dense"`
	Sparse    eval.Measures `json:"sparse"`
	Queries   int           `json:"queries"`
	Documents int           `json:"documents"`
	Chunks    int           `json:"chunks"`
	Seconds   evalSeconds   `json:"seconds"`
}

type evalSeconds struct {
	Ingest    float64 `json:"ingest"`
	SearchP50 float64 `json:"search_p50_ms"`
	SearchP95 float64 `json:"search_p95_ms"`
}

// Run ingests the documents into a data directory that is thrown away afterwards, and measures.
func (c *evalCommand) Run(ctx context.Context, s *session) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	s.Config = s.Config.Embedded()
	if s.Config.DataDir, err = os.MkdirTemp("", "lectern-eval-"); err != nil {
		return book.Wrap(book.Unavailable, err, "there is no room for a throwaway data directory; "+
			"name another place with TMPDIR")
	}
	dir := s.Config.DataDir
	a, err := s.open(ctx)
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	defer func() {
		s.app, s.opened = nil, nil
		err = errors.Join(err, a.Close(), os.RemoveAll(dir))
	}()
	result, err := c.measure(ctx, s, a)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(result)
	}
	return s.printMeasured(result)
}

func (c *evalCommand) check() error {
	switch {
	case c.Docs == "" && c.Corpus == "":
		return book.Errorf(book.Invalid, "name what to measure: a folder with --docs, or a file "+
			"with --corpus")
	case (c.Queries == "") != (c.Qrels == ""):
		return book.Errorf(book.Invalid, "--queries and --qrels go together")
	case c.Queries == "" && c.Answers == "":
		return book.Errorf(book.Invalid, "name the questions: with --queries and --qrels, or with "+
			"--answers")
	}
	return c.checkThere()
}

// checkThere refuses what is not there before the documents are ingested, which takes time.
func (c *evalCommand) checkThere() error {
	files := map[string]string{
		"corpus": c.Corpus, "queries": c.Queries, "qrels": c.Qrels, "answers": c.Answers,
	}
	if c.Corpus == "" {
		files["docs"] = c.Docs
	}
	for flag, path := range files {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return book.Wrap(book.Invalid, err, "%s of --%s is not there, or may not be read", path, flag)
		}
	}
	return nil
}

func (c *evalCommand) measure(ctx context.Context, s *session, a *app.App) (measured, error) {
	target, err := a.Client()
	if err != nil {
		return measured{}, err
	}
	space, err := a.Store.ActiveSpace(ctx)
	if err != nil {
		return measured{}, err
	}
	b := eval.Book{
		Target: target, Search: a.Retrieve, Answers: a.Answer, Texts: a.Store, Space: space.Space,
	}
	loaded, err := c.load(ctx, &b)
	for _, failed := range loaded.Failed {
		s.notef("left out: %s", printable(failed))
	}
	if err != nil {
		return measured{}, err
	}
	var result measured
	if c.Queries != "" {
		legs, err := b.MeasureSearch(ctx, c.Queries, c.Qrels)
		if err != nil {
			return measured{}, err
		}
		if legs.Absent > 0 {
			s.notef("%d of the judged documents are not in the book; they count as not found",
				legs.Absent)
		}
		result.measuredSearch = &measuredSearch{
			Fused: legs.Fused, Dense: legs.Dense, Sparse: legs.Sparse,
			Queries: legs.Queries, Documents: loaded.Documents, Chunks: loaded.Chunks,
			Seconds: evalSeconds{loaded.Seconds, legs.P50, legs.P95},
		}
	}
	if c.Answers != "" {
		answers, err := b.MeasureAnswers(ctx, c.Answers)
		if err != nil {
			return measured{}, err
		}
		result.Answers = &answers
	}
	return result, nil
}

func (c *evalCommand) load(ctx context.Context, b *eval.Book) (eval.Loaded, error) {
	if c.Corpus == "" {
		return b.LoadFolder(ctx, c.Docs)
	}
	return b.LoadCorpus(ctx, c.Corpus, c.Format)
}

func (s *session) printMeasured(m measured) error {
	if m.measuredSearch != nil {
		table := s.table("LEG", "NDCG@10", "RECALL@10", "RECALL@100", "MRR@10", "HIT@5")
		for _, leg := range []struct {
			name string
			eval.Measures
		}{{"dense", m.Dense}, {"sparse", m.Sparse}, {"fused", m.Fused}} {
			table.row(leg.name, fmt.Sprintf("%.4f", leg.NDCG10), fmt.Sprintf("%.4f", leg.Recall10),
				fmt.Sprintf("%.4f", leg.Recall100), fmt.Sprintf("%.4f", leg.MRR10),
				fmt.Sprintf("%.4f", leg.Hit5))
		}
		if err := table.flush(); err != nil {
			return err
		}
		s.stdout.printf("%d questions, %d documents, %d chunks; ingested in %.1f s, a search "+
			"took %.1f ms (median) and %.1f ms (95th percentile)\n", m.Queries, m.Documents, m.Chunks,
			m.Seconds.Ingest, m.Seconds.SearchP50, m.Seconds.SearchP95)
	}
	if m.Answers == nil {
		return nil
	}
	table := s.table("ANSWERS", "SHARE")
	for _, line := range []struct {
		name  string
		value *float64
	}{
		{"balanced accuracy", m.Answers.BalancedAccuracy},
		{"false refusals", m.Answers.FalseRefusals},
		{"false answers", m.Answers.FalseAnswers},
		{"verbatim citations", m.Answers.VerbatimCitations},
		{"contains expected", m.Answers.ContainsExpected},
		{"cited gold", m.Answers.CitedGold},
	} {
		value := "-"
		if line.value != nil {
			value = fmt.Sprintf("%.4f", *line.value)
		}
		table.row(line.name, value)
	}
	return table.flush()
}
