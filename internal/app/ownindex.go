package app

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
)

// With PostgreSQL and an index in a data directory, a second process with a data directory of its
// own would put its vectors there: each would hold a part of them. Leadership keeps it out while the
// first runs, and a look at what the index holds when it has ended.

// holdRetry is how often a process tries to lead that could not, or does not any more.
const holdRetry = 200 * time.Millisecond

// ownIndex reports whether the database is one that several can reach, and the index is not.
func ownIndex(c config.Config) bool { return c.DatabaseURL != "" && c.QdrantURL == "" }

// indexHold keeps others from writing to the database with an index of their own.
type indexHold struct {
	stop context.CancelFunc // nil when nothing is held
	done sync.WaitGroup
}

func (h *indexHold) release() {
	if h.stop != nil {
		h.stop()
	}
	h.done.Wait()
}

// holdIndex holds from here on until Close, also again after the database was down. Conflict when
// another process holds, and goes on to for a while.
func (a *App) holdIndex(ctx context.Context) error {
	if !ownIndex(a.Config) {
		return nil
	}
	holding, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.hold.stop = stop
	held := make(chan bool, 1)
	failed := make(chan error, 1)
	a.hold.done.Go(func() { a.lead(holding, held, failed) })
	wait := time.NewTimer(lockWait)
	defer wait.Stop()
	select {
	case <-held:
		return nil
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
		return book.Errorf(book.Conflict, "another lectern process works on this database with "+
			"vectors in a data directory of its own; stop it, or give both the same Qdrant server "+
			"with LECTERN_QDRANT_URL")
	}
}

// lead leads until ctx ends. It says in held when it does, and in failed why the first try failed.
func (a *App) lead(ctx context.Context, held chan<- bool, failed chan<- error) {
	for ctx.Err() == nil {
		led, err := a.Store.Lead(ctx, "index", func(ctx context.Context) error {
			select {
			case held <- true:
			default:
			}
			<-ctx.Done()
			return nil
		})
		if err != nil && !led {
			select {
			case failed <- err:
			default:
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(holdRetry):
		}
	}
}

// lookSize is how many vectors are looked for: of those that the database refers to, none is missing.
const lookSize = 64

// checkOwnIndex refuses an index in a data directory that is not this database's.
func (a *App) checkOwnIndex(ctx context.Context, active book.Space) error {
	if !ownIndex(a.Config) {
		return nil
	}
	references, err := a.Store.ListReferences(ctx, active.ID(), uuid.Nil, lookSize)
	if err != nil || len(references) == 0 {
		return err
	}
	ids := make([]uuid.UUID, len(references))
	for i, r := range references {
		ids[i] = r.VectorID
	}
	points, err := a.Index.Fetch(ctx, active.ID(), ids)
	if err != nil && book.CodeOf(err) != book.NotFound {
		return err
	}
	if len(points) == 0 {
		return book.Errorf(book.Conflict, "the data directory %s does not hold the vectors of this "+
			"database; name the one that does with --data-dir, or write them anew with `lectern "+
			"doctor --repair`", a.Config.DataDir)
	}
	return nil
}
