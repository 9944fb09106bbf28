package reconcile

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/failpoint"
)

// maxFruitless is how many passes over the chunks without a point may end without one more point.
const maxFruitless = 8

// Pace says how fast a backfill goes, and whom it tells how far it is.
type Pace struct {
	// Rate is how many chunks a second are embedded at most; 0 for as many as can be.
	Rate float64
	// Progress, if not nil, is called after each page, in order. total may grow meanwhile.
	Progress func(done, total int)
}

// Backfill writes a point into the space for every chunk that has none there, until there is no such
// chunk. The store itself is the progress: after a crash, Backfill goes on where it was. Chunks
// that are ingested meanwhile are found too. Errors: those of the stores and of the space's embedder;
// Conflict when chunks keep changing faster than they can be written.
func (r *Reconciler) Backfill(ctx context.Context, space book.Space, pace Pace) error {
	done := 0
	for fruitless := 0; fruitless < maxFruitless; fruitless++ {
		counts, err := r.store.Counts(ctx, space.ID())
		if err != nil {
			return err
		}
		made, seen, err := r.backfillOnce(ctx, space, pace, done, counts.Chunks-counts.Vectors)
		if err != nil || seen == 0 {
			return err
		}
		done += made
		if made > 0 {
			fruitless = -1
		}
	}
	return book.Errorf(book.Conflict, "documents keep changing faster than they can be embedded for "+
		"%s; try again when fewer are written", space.ID())
}

// backfillOnce is one pass over the chunks without a point, left or more of them. It returns how many
// got one and how many it saw.
func (r *Reconciler) backfillOnce(
	ctx context.Context, space book.Space, pace Pace, before, left int,
) (made, seen int, err error) {
	after := uuid.Nil
	for {
		start := time.Now()
		bases, err := r.store.ListUnembedded(ctx, space.ID(), after, pace.page())
		if err != nil || len(bases) == 0 {
			return made, seen, err
		}
		failpoint.Hit("backfill.beforePage")
		n, err := r.ingest.Rewrite(ctx, space, bases, true)
		if err != nil {
			return made, seen, err
		}
		failpoint.Hit("backfill.afterPage")
		made, seen = made+n, seen+len(bases)
		r.counters.backfilled.Add(int64(n))
		if pace.Progress != nil {
			pace.Progress(before+made, before+max(left, seen))
		}
		after = bases[len(bases)-1].ChunkID
		if err := pace.wait(ctx, len(bases), time.Since(start)); err != nil {
			return made, seen, err
		}
	}
}

// page is how many chunks are embedded at once: no more than in a second.
func (p Pace) page() int {
	if p.Rate <= 0 || p.Rate > batch {
		return batch
	}
	return max(1, int(p.Rate))
}

// wait lets the time pass that n chunks may take, of which took has passed.
func (p Pace) wait(ctx context.Context, n int, took time.Duration) error {
	if p.Rate <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(float64(n)/p.Rate*float64(time.Second)) - took):
		return nil
	}
}
