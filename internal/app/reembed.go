package app

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/httpapi"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/tracing"
)

// Space returns the embedding space of this id, which the store or the configuration must have; for
// an empty id the one that the configuration names. NotFound when there is none, Unavailable when
// there is no embedder for it.
func (a *App) Space(ctx context.Context, id string) (book.Space, error) {
	if id == "" {
		return a.target, nil
	}
	known := map[string]book.Space{}
	for id, embedder := range a.embedders {
		known[id] = embedder.Space()
	}
	spaces, err := a.Store.ListSpaces(ctx)
	if err != nil {
		return book.Space{}, err
	}
	for _, s := range spaces {
		if _, ok := known[s.ID()]; !ok {
			known[s.ID()] = s.Space
		}
	}
	space, ok := known[id]
	if !ok {
		ids := make([]string, 0, len(known))
		for id := range known {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		return book.Space{}, book.Errorf(book.NotFound, "there is no embedding space %q; there are %s",
			id, strings.Join(ids, ", "))
	}
	_, err = a.embedders.For(space)
	return space, err
}

// reembedding is the move to another embedding space that this server runs, or ran last.
type reembedding struct {
	mu      sync.Mutex
	status  httpapi.Reembedding
	stop    context.CancelFunc // nil before the first
	running sync.WaitGroup
}

// StartReembed implements httpapi.Reembedder.
func (a *App) StartReembed(
	ctx context.Context, r httpapi.ReembedRequest,
) (httpapi.Reembedding, error) {
	space, err := a.Space(ctx, r.To)
	if err != nil {
		return httpapi.Reembedding{}, err
	}
	j := &a.reembedding
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.status.State == httpapi.ReembedRunning {
		return httpapi.Reembedding{}, book.Errorf(book.Conflict, "the book is being moved to %s "+
			"already; wait until that has finished", j.status.To)
	}
	ctx, j.stop = context.WithCancel(context.WithoutCancel(ctx))
	j.status = httpapi.Reembedding{State: httpapi.ReembedRunning, To: space.ID(), Dropped: []string{}}
	j.running.Go(func() { a.reembed(ctx, space, r) })
	return j.status, nil
}

func (a *App) reembed(ctx context.Context, space book.Space, r httpapi.ReembedRequest) {
	ctx, span := tracing.Root(ctx, "reembed")
	j := &a.reembedding
	moved, err := a.Reconcile.Move(ctx, reconcile.Move{
		To: space, DropOld: r.DropOld,
		Pace: reconcile.Pace{Rate: float64(r.Rate), Progress: func(done, total int) {
			j.mu.Lock()
			defer j.mu.Unlock()
			j.status.Done, j.status.Total = done, total
		}},
	})
	span.End(err)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.State = httpapi.ReembedDone
	j.status.From, j.status.Dropped = moved.From, moved.Dropped
	if err != nil {
		j.status.State, j.status.Error = httpapi.ReembedFailed, book.MessageOf(err)
		a.Log.ErrorContext(ctx, "the book could not be moved to another embedding space",
			"space", space.ID(), "error", err)
	}
}

// ReembedStatus implements httpapi.Reembedder.
func (a *App) ReembedStatus() httpapi.Reembedding {
	j := &a.reembedding
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status
}

// close ends what is running and waits for it.
func (j *reembedding) close() {
	j.mu.Lock()
	stop := j.stop
	j.mu.Unlock()
	if stop != nil {
		stop()
	}
	j.running.Wait()
}
