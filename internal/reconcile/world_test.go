package reconcile

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/embed/static"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	storememory "github.com/lectern-project/lectern/internal/store/memory"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/exact"
	vectormemory "github.com/lectern-project/lectern/internal/vector/memory"
	"github.com/lectern-project/lectern/internal/vector/qdrant"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

func TestMain(m *testing.M) { pgtest.Main(m, postgres.Migrate) }

// stores are a pair of stores; advance lets time pass on the ledger's clock.
type stores struct {
	store   store.Store
	index   vector.Index
	advance func(d time.Duration)
}

// places are the pairs of stores that a book is moved in.
var places = map[string]func(t *testing.T) stores{
	"memory": func(*testing.T) stores {
		clock := &testClock{}
		return stores{storememory.New(storememory.WithClock(clock.now)), vectormemory.New(), clock.advance}
	},
	"sqlite": func(t *testing.T) stores {
		clock := &testClock{}
		path := filepath.Join(t.TempDir(), "lectern.db")
		s, err := sqlite.Open(t.Context(), path, sqlite.WithClock(clock.now))
		if err != nil {
			t.Fatal(err)
		}
		return stores{s, openExact(t), clock.advance}
	},
	"postgres": func(t *testing.T) stores {
		s, advance := openPostgres(t)
		return stores{s, openExact(t), advance}
	},
	"full": func(t *testing.T) stores {
		s, advance := openPostgres(t)
		server := qdranttest.Start(t, qdranttest.Options{})
		x, err := qdrant.Open(qdrant.Config{
			URL: server.Address(), Alias: "moving", Database: uuid.New(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return stores{s, x, advance}
	},
}

func openPostgres(t *testing.T) (s store.Store, advance func(d time.Duration)) {
	t.Helper()
	databaseURL := pgtest.Migrated(t)
	execute(t, databaseURL, `CREATE TABLE test_clock AS SELECT interval '0' AS ahead`)
	execute(t, databaseURL, `CREATE OR REPLACE FUNCTION lectern_now() RETURNS timestamptz
		LANGUAGE sql STABLE AS 'SELECT statement_timestamp() + ahead FROM test_clock'`)
	s, err := postgres.Open(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return s, func(d time.Duration) {
		execute(t, databaseURL, `UPDATE test_clock SET ahead = ahead + $1::interval`, d)
	}
}

func openExact(t *testing.T) vector.Index {
	t.Helper()
	x, err := exact.Open(filepath.Join(t.TempDir(), "vectors.bolt"))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func execute(t *testing.T, databaseURL, statement string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// testClock runs ahead as told.
type testClock struct{ ahead atomic.Int64 }

func (c *testClock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *testClock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// world is a book over one pair of stores, with two embedding spaces, of which the first is active.
type world struct {
	*Reconciler
	t       *testing.T
	store   store.Store
	advance func(d time.Duration)
	index   *watchedIndex
	ingest  *ingest.Service
	search  *retrieve.Service
	spaces  [2]book.Space
}

// watchedIndex fails, or calls a function, before what a test says.
type watchedIndex struct {
	vector.Index
	beforeSearch func(spaceID string)
	drop         func(ctx context.Context, spaceID string) error
	upsert       func() error
	another      string // the id of a space whose collection is another's
}

func (x *watchedIndex) Ensure(ctx context.Context, space book.Space) error {
	if x.another == space.ID() {
		return book.Errorf(book.Conflict, "the collection %s has other dimensions", x.another)
	}
	return x.Index.Ensure(ctx, space)
}

func (x *watchedIndex) Search(
	ctx context.Context, spaceID string, q vector.Query,
) (vector.Hits, error) {
	if x.beforeSearch != nil {
		x.beforeSearch(spaceID)
	}
	return x.Index.Search(ctx, spaceID, q)
}

func (x *watchedIndex) Drop(ctx context.Context, spaceID string) error {
	if x.drop != nil {
		return x.drop(ctx, spaceID)
	}
	return x.Index.Drop(ctx, spaceID)
}

func (x *watchedIndex) Upsert(ctx context.Context, spaceID string, points []vector.Point) error {
	if x.upsert != nil {
		if err := x.upsert(); err != nil {
			return err
		}
	}
	return x.Index.Upsert(ctx, spaceID, points)
}

// fakes are two embedders of different dimensions: a query in the wrong collection is an error.
func fakes(*testing.T) [2]embed.Embedder {
	return [2]embed.Embedder{embedtest.NewFake(16), embedtest.NewFake(24)}
}

// prefixes are the two prefix versions of the built-in model.
func prefixes(t *testing.T) (pair [2]embed.Embedder) {
	for i, version := range []int{static.PrefixOnce, static.PrefixTwice} {
		e, err := static.New(1, version)
		if err != nil {
			t.Fatal(err)
		}
		pair[i] = e
	}
	return pair
}

func newWorld(t *testing.T, place string, pair [2]embed.Embedder) *world {
	t.Helper()
	pairOfStores := places[place](t)
	s, index := pairOfStores.store, pairOfStores.index
	w := &world{
		t: t, store: s, index: &watchedIndex{Index: index}, advance: pairOfStores.advance,
	}
	t.Cleanup(func() {
		if err := errors.Join(index.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	for i, e := range pair {
		w.spaces[i] = e.Space()
	}
	_, err := s.EnsureSpace(t.Context(), w.spaces[0])
	w.ok(err)
	w.ok(index.Ensure(t.Context(), w.spaces[0]))
	_, err = s.CreateUser(t.Context(), book.User{
		ID: owner, Username: "owner", Email: "owner@example.org", Role: book.Editor,
	})
	w.ok(err)
	set := embed.NewSet(pair[0], pair[1])
	w.ingest = ingest.New(s, w.index, set)
	w.search = retrieve.New(s, w.index, set)
	w.Reconciler = New(s, w.index, w.ingest)
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// page is a text about a topic in some sections; each edition has other sentences.
func page(topic string, edition int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# About %s\n\n", topic)
	for section := range 3 {
		fmt.Fprintf(&b, "## Part %d\n\n", section)
		for line := range 15 {
			fmt.Fprintf(&b, "Line %d of part %d in edition%d tells how a %s walks. ", line, section,
				edition, topic)
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

func (w *world) put(docID string, edition int) {
	w.t.Helper()
	w.ok(w.tryPut(docID, edition))
}

func (w *world) tryPut(docID string, edition int) error {
	_, err := w.ingest.Ingest(context.Background(), ingest.Request{
		OwnerID: owner, DocID: docID, Text: page("the"+docID, edition),
	})
	return err
}

// agree fails the test unless the stores agree and the space is the active one.
func (w *world) agree(active book.Space) {
	w.t.Helper()
	report, err := w.Audit(w.t.Context(), 0)
	w.ok(err)
	if !report.Clean() {
		w.t.Errorf("the stores contradict each other: %+v", report)
	}
	if got, err := w.store.ActiveSpace(w.t.Context()); err != nil || got.ID() != active.ID() {
		w.t.Errorf("the active space is %s, not %s: %v", got.ID(), active.ID(), err)
	}
}

// states returns the spaces' states by id.
func (w *world) states() map[string]store.SpaceState {
	w.t.Helper()
	spaces, err := w.store.ListSpaces(w.t.Context())
	w.ok(err)
	states := map[string]store.SpaceState{}
	for _, s := range spaces {
		states[s.ID()] = s.State
	}
	return states
}

// run runs f again and again beside others until the test's work is done.
func run(group *sync.WaitGroup, done <-chan struct{}, f func(round int)) {
	group.Go(func() {
		for round := 0; ; round++ {
			select {
			case <-done:
				return
			default:
				f(round)
			}
		}
	})
}
