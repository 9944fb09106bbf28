package main

import (
	"context"
	"fmt"
	"time"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/eval"
	"github.com/lectern-project/lectern/internal/reconcile"
)

type reembedCommand struct {
	To      string `help:"Embedding space to move to, as doctor names it (default: that of --embedder)." placeholder:"SPACE"`
	DropOld bool   `help:"Drop all other embedding spaces afterwards; there is no way back but to embed again."`
	Rate    int    `help:"Most chunks to embed a second (default: no limit)." placeholder:"N"`
	Queries string `help:"Questions in BEIR's format (queries.jsonl), to measure both spaces before the switch." placeholder:"FILE"`
	Qrels   string `help:"Which documents answer which question, in BEIR's format (test.tsv)." placeholder:"FILE"`
}

// movedReport is what reembed prints: what a move did, and the measures of both spaces by id.
type movedReport struct {
	reconcile.Moved
	Measured map[string]legMeasures `json:"measured,omitempty"`
}

type legMeasures struct {
	Fused  eval.Measures `json:"fused"`
	Dense  eval.Measures `json:"dense"`
	Sparse eval.Measures `json:"sparse"`
}

// Run moves the book, here or on the server.
func (c *reembedCommand) Run(ctx context.Context, s *session) error {
	report := movedReport{}
	var err error
	if s.Server != "" {
		report.Moved, err = c.moveOnServer(ctx, s)
	} else {
		err = c.move(ctx, s, &report)
	}
	if err != nil {
		return err
	}
	return s.printMoved(report)
}

// check implements checker.
func (c *reembedCommand) check(all *cli, f *config.Faults) {
	if (c.Queries == "") != (c.Qrels == "") {
		f.Addf("queries qrels", "queries and qrels need each other")
	}
	if c.Queries != "" && all.Server != "" {
		f.Addf("queries server", "queries measures in a data directory only; leave it out, or stop the "+
			"server and run `lectern reembed` without --server")
	}
	if all.Server != "" && all.Config.Embedder != "" {
		f.Addf("embedder server", "the server has an embedder of its own; name the embedding space with "+
			"--to instead of --embedder")
	}
	if c.Rate < 0 {
		f.Addf("rate", "rate is %d; it must be 1 or more", c.Rate)
	}
}

// move moves the book of the data directory.
func (c *reembedCommand) move(ctx context.Context, s *session, report *movedReport) error {
	a, err := s.openToMend(ctx)
	if err != nil {
		return err
	}
	to, err := a.Space(ctx, c.To)
	if err != nil {
		return err
	}
	bar := newCounter(s.stderr, to.ID())
	defer bar.finish()
	m := reconcile.Move{
		To: to, DropOld: c.DropOld,
		Pace: reconcile.Pace{Rate: float64(c.Rate), Progress: bar.set},
	}
	if c.Queries != "" {
		m.Filled = func(ctx context.Context, from, to book.Space) (err error) {
			bar.finish()
			report.Measured, err = c.measure(ctx, a, from, to)
			return err
		}
	}
	report.Moved, err = a.Reconcile.Move(ctx, m)
	return err
}

// measure measures the spaces with the questions, over the documents that everybody may read.
func (c *reembedCommand) measure(
	ctx context.Context, a *app.App, spaces ...book.Space,
) (map[string]legMeasures, error) {
	measured := map[string]legMeasures{}
	for _, space := range spaces {
		b := eval.Book{Search: a.Retrieve, Texts: a.Store, Space: space}
		legs, err := b.MeasureSearch(ctx, c.Queries, c.Qrels)
		if err != nil {
			return nil, err
		}
		measured[space.ID()] = legMeasures{legs.Fused, legs.Dense, legs.Sparse}
	}
	return measured, nil
}

// pollInterval is how often the server is asked how far it is.
const pollInterval = 300 * time.Millisecond

// moveOnServer lets the server move the book and watches it. The server goes on when the watching
// ends.
func (c *reembedCommand) moveOnServer(ctx context.Context, s *session) (reconcile.Moved, error) {
	api, err := client.New(s.Server, s.Key, nil)
	if err != nil {
		return reconcile.Moved{}, err
	}
	move, err := api.StartReembed(ctx, client.Move{To: c.To, Rate: c.Rate, DropOld: c.DropOld})
	if err != nil {
		return reconcile.Moved{}, err
	}
	bar := newCounter(s.stderr, move.To)
	defer bar.finish()
	for move.State == client.MoveRunning {
		select {
		case <-ctx.Done():
			s.notef("The server goes on; GET /api/reembed shows how far it is.")
			return reconcile.Moved{}, ctx.Err()
		case <-time.After(pollInterval):
		}
		if move, err = api.Reembedding(ctx); err != nil {
			return reconcile.Moved{}, err
		}
		bar.set(move.Done, move.Total)
	}
	if move.State != client.MoveDone {
		if move.Error == "" {
			move.Error = "the server was restarted; run the same again, and it goes on where it was"
		}
		return reconcile.Moved{}, book.Errorf(book.Unavailable, "%s", move.Error)
	}
	return reconcile.Moved{From: move.From, To: move.To, Dropped: move.Dropped}, nil
}

func (s *session) printMoved(r movedReport) error {
	if s.JSON {
		return s.printJSON(r)
	}
	if len(r.Measured) > 0 {
		table := s.table("EMBEDDING SPACE", "LEG", "NDCG@10", "RECALL@10", "RECALL@100", "MRR@10",
			"HIT@5")
		for _, space := range []string{r.From, r.To} {
			legs := r.Measured[space]
			measuresRow(table, legs.Dense, space, "dense")
			measuresRow(table, legs.Sparse, space, "sparse")
			measuresRow(table, legs.Fused, space, "fused")
		}
		if err := table.flush(); err != nil {
			return err
		}
	}
	if r.From == r.To {
		s.stdout.printf("The book is in %s already.\n", r.To)
	} else {
		s.stdout.printf("The book has moved from %s to %s.\n", r.From, r.To)
	}
	for _, space := range r.Dropped {
		s.stdout.printf("Dropped %s.\n", space)
	}
	if r.From != r.To && len(r.Dropped) == 0 {
		s.notef("The way back: lectern reembed --to %s. Room back: lectern reembed --to %s --drop-old.",
			r.From, r.To)
	}
	return nil
}

// measuresRow prints the measures of a leg behind the cells before them.
func measuresRow(t table, m eval.Measures, before ...any) {
	for _, v := range []float64{m.NDCG10, m.Recall10, m.Recall100, m.MRR10, m.Hit5} {
		before = append(before, fmt.Sprintf("%.4f", v))
	}
	t.row(before...)
}
