package matrix

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"google.golang.org/grpc"

	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/faults/proxy"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/qdrant"
)

// replica is Lectern without its doors, with its own way to each of the stores.
type replica struct {
	world      *world
	toDatabase *proxy.Proxy
	toQdrant   *proxy.Proxy
	steps      steps
	store      store.Store
	embedders  [2]*embedtest.Fake
	index      vector.Index
	ingest     *ingest.Service
	reconcile  *reconcile.Reconciler
	search     *retrieve.Service

	dead   chan struct{} // closed when it was killed
	buried chan struct{} // closed when nothing of it may go on
}

// open starts a replica, which has seen the collection. In embedded mode there is but one.
func (w *world) open(t *testing.T) *replica {
	t.Helper()
	if w.clock != nil {
		return w.home
	}
	database, err := url.Parse(w.database)
	w.ok(err)
	r := &replica{
		world: w, toDatabase: proxy.Start(t, database.Host),
		toQdrant:  proxy.Start(t, w.qdrant.Address()),
		embedders: [2]*embedtest.Fake{embedtest.NewFake(16), embedtest.NewFake(24)},
		dead:      make(chan struct{}), buried: make(chan struct{}),
	}
	database.Host = r.toDatabase.Address()
	r.store, err = postgres.Open(t.Context(), database.String())
	w.ok(err)
	identity, err := r.store.Identity(t.Context())
	w.ok(err)
	r.index, err = qdrant.Open(qdrant.Config{
		URL: r.toQdrant.Address(), Database: identity,
		Interceptors: []grpc.UnaryClientInterceptor{r.call},
	})
	w.ok(err)
	r.wire(t)
	r.toDatabase.Watch(r.message)
	return r
}

// wire puts the services over the stores.
func (r *replica) wire(t *testing.T) {
	w, set := r.world, embed.NewSet(r.embedders[0], r.embedders[1])
	r.ingest = ingest.New(r.store, r.index, set)
	r.reconcile = reconcile.New(r.store, r.index, r.ingest)
	r.search = retrieve.New(r.store, r.index, set)
	active, err := r.store.EnsureSpace(t.Context(), r.embedders[0].Space())
	w.ok(err)
	w.ok(r.index.Ensure(t.Context(), active))
	w.mu.Lock()
	w.replicas = append(w.replicas, r)
	w.mu.Unlock()
}

// kill is SIGKILL, as far as the stores can tell. It does not return before the funeral, for the
// process does not go on.
func (r *replica) kill() {
	r.toDatabase.Freeze()
	r.toQdrant.Freeze()
	close(r.dead)
	<-r.buried
}

// bury ends what is left of a replica. Nothing of it reaches a store any more.
func (r *replica) bury() {
	r.toDatabase.Stop()
	r.toQdrant.Stop()
	close(r.buried)
}

// close gives back what the replica holds.
func (r *replica) close() error { return errors.Join(r.index.Close(), r.store.Close()) }

// run is an operation under way.
type run struct {
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
	err    error // when done
}

func newRun() *run {
	r := &run{done: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// start begins an operation.
func (r *replica) start(run *run, op operation, p *page) {
	r.world.running.Go(func() {
		defer close(run.done)
		run.err = op.run(run.ctx, r, p)
	})
}
