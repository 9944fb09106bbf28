package ingest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/exact"
)

var (
	alice = uuid.MustParse("aaaaaaaa-0000-4000-8000-000000000001")
	bob   = uuid.MustParse("bbbbbbbb-0000-4000-8000-000000000002")
)

// fixture is a Service over real stores in a temporary folder.
type fixture struct {
	*Service
	t        *testing.T
	store    *sqlite.Store
	index    *faultyIndex
	embedder *embedtest.Fake
	space    book.Space
	clock    *clock
}

// clock is the ledger's clock; it runs ahead as told.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	ctx := context.Background()
	f := &fixture{t: t, embedder: embedtest.NewFake(32), clock: &clock{}}
	var err error
	path := filepath.Join(t.TempDir(), "lectern.db")
	if f.store, err = sqlite.Open(ctx, path, sqlite.WithClock(f.clock.now)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.store.Close() })
	index, err := exact.Open(filepath.Join(t.TempDir(), "vectors.bolt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { index.Close() })
	f.index = &faultyIndex{Index: index}
	if f.space, err = f.store.EnsureSpace(ctx, f.embedder.Space()); err != nil {
		t.Fatal(err)
	}
	if err := index.Ensure(ctx, f.space); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]uuid.UUID{"alice": alice, "bob": bob} {
		_, err := f.store.CreateUser(ctx, book.User{
			ID: id, Username: name, Email: name + "@example.org", Role: book.Editor,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	f.Service = New(f.store, f.index, embed.NewSet(f.embedder))
	return f
}

// faultyIndex is an index whose next upsert can be made to fail.
type faultyIndex struct {
	vector.Index

	mu       sync.Mutex
	fail     error // what the next upsert returns
	applied  bool  // whether it takes effect all the same
	upserted int
}

func (x *faultyIndex) failNext(err error, applied bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fail, x.applied = err, applied
}

func (x *faultyIndex) Upsert(ctx context.Context, spaceID string, points []vector.Point) error {
	x.mu.Lock()
	fail, applied := x.fail, x.applied
	x.fail = nil
	x.upserted += len(points)
	x.mu.Unlock()
	if fail == nil || applied {
		if err := x.Index.Upsert(ctx, spaceID, points); err != nil {
			return err
		}
	}
	return fail
}

// agree fails the test unless chunks, references and points are the same in number, and every
// reference is in the index with the scope of its document; ledger is how many rows may be left.
func (f *fixture) agree(ledger int) {
	f.t.Helper()
	ctx := context.Background()
	counts, err := f.store.Counts(ctx, f.space.ID())
	if err != nil {
		f.t.Fatal(err)
	}
	points, err := f.index.Count(ctx, f.space.ID())
	if err != nil {
		f.t.Fatal(err)
	}
	if counts.Chunks != counts.Vectors || points != counts.Vectors || counts.Ledger != ledger {
		f.t.Errorf("%+v and %d points do not agree, or the ledger is not %d", counts, points,
			ledger)
	}
	references, err := f.store.ListReferences(ctx, f.space.ID(), uuid.Nil, 10000)
	if err != nil {
		f.t.Fatal(err)
	}
	ids := make([]uuid.UUID, len(references))
	scopes := map[uuid.UUID]book.Scope{}
	for i, r := range references {
		ids[i], scopes[r.VectorID] = r.VectorID, r.Scope
	}
	found, err := f.index.Fetch(ctx, f.space.ID(), ids)
	if err != nil || len(found) != len(ids) {
		f.t.Errorf("%d of %d references are in the index: %v", len(found), len(ids), err)
	}
	for _, p := range found {
		if p.Scope != scopes[p.ID] {
			f.t.Errorf("point %s has the scope %q, not %q", p.ID, p.Scope, scopes[p.ID])
		}
	}
}

// settleAll settles what is due now.
func (f *fixture) settleAll() {
	f.t.Helper()
	ctx := context.Background()
	if _, err := f.store.ExpireLeases(ctx, 1000); err != nil {
		f.t.Fatal(err)
	}
	entries, err := f.store.ListDue(ctx, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.Settle(ctx, entries); err != nil {
		f.t.Fatal(err)
	}
}
