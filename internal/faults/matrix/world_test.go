package matrix

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

func TestMain(m *testing.M) { pgtest.Main(m, postgres.Migrate) }

// writer is the account that writes everything.
var writer = uuid.MustParse("11111111-1111-4111-8111-111111111111")

// weather is what readers have to live with.
type weather string

const (
	fair         weather = "fair"
	databaseDown weather = "database down"
	indexDown    weather = "index down"
	indexLost    weather = "index lost what it acknowledged"
)

// world is a database and a Qdrant server, and the replicas of Lectern over them.
type world struct {
	t        *testing.T
	database string
	qdrant   *qdranttest.Server
	home     *replica      // is never harmed but by what harms all
	resident *page         // is never written again
	clock    *atomic.Int64 // of embedded mode: how far ahead it is; nil in full mode
	disk     disk          // that is small
	failures int           // of operations

	weather history[weather]
	running sync.WaitGroup

	sqlMu sync.Mutex
	sql   *pgx.Conn // not through Lectern

	mu       sync.Mutex
	replicas []*replica
	where    string // in the loops of the test, for messages
	reading  []*page
	answers  int // that readers have judged
}

// newWorld makes a world in which readers ask all the while.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	t.Cleanup(w.end)
	w.database = pgtest.Migrated(t)
	w.furnish(t)
	return w
}

// furnish makes the rest of a world over a database.
func (w *world) furnish(t *testing.T) {
	t.Helper()
	w.qdrant = qdranttest.Start(t, qdranttest.Options{})
	var err error
	w.sql, err = pgx.Connect(t.Context(), w.database)
	w.ok(err)
	t.Cleanup(func() { w.sql.Close(context.Background()) })
	w.execute(`CREATE TABLE test_clock AS SELECT interval '0' AS ahead`)
	w.execute(`CREATE OR REPLACE FUNCTION lectern_now() RETURNS timestamptz
		LANGUAGE sql STABLE AS 'SELECT statement_timestamp() + ahead FROM test_clock'`)
	w.home = w.open(t)
	w.begin(t)
}

// begin makes what is in every world.
func (w *world) begin(t *testing.T) {
	t.Helper()
	w.weather.now(fair)
	_, err := w.home.store.CreateUser(t.Context(), book.User{
		ID: writer, Username: "writer", Email: "writer@example.org", Role: book.Editor,
	})
	w.ok(err)
	w.resident = w.page("resident", state{edition: 1})
	w.readers(t)
}

// end waits for what is still running and gives everything back.
func (w *world) end() {
	w.running.Wait()
	for _, r := range w.replicas {
		_ = r.close() // what was killed has nothing to say
	}
}

// page makes a document that is in a state.
func (w *world) page(docID string, s state) *page {
	w.t.Helper()
	p := &page{docID: docID, to: w.other()}
	if s != absent {
		w.ok(w.home.put(w.t.Context(), p, s.edition))
		if s.private {
			w.ok(w.home.hide(w.t.Context(), p))
		}
	}
	p.now(s)
	w.mu.Lock()
	w.reading = append(w.reading, p)
	w.mu.Unlock()
	return p
}

// forget deletes a page for good.
func (w *world) forget(p *page) {
	w.t.Helper()
	w.mu.Lock()
	kept := w.reading[:0:0]
	for _, other := range w.reading {
		if other != p {
			kept = append(kept, other)
		}
	}
	w.reading = kept
	w.mu.Unlock()
	p.now(append(p.last(), absent)...)
	w.ok(deleting.run(w.t.Context(), w.home, p))
}

// atf says in what follows is being tried.
func (w *world) atf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.where = fmt.Sprintf(format, args...)
}

func (w *world) errorf(format string, args ...any) {
	w.t.Helper()
	w.mu.Lock()
	where := w.where
	w.mu.Unlock()
	w.t.Errorf("%s: %s", where, fmt.Sprintf(format, args...))
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.mu.Lock()
		where := w.where
		w.mu.Unlock()
		w.t.Fatalf("%s: %v", where, err)
	}
}

func (w *world) execute(statement string, args ...any) {
	w.t.Helper()
	w.sqlMu.Lock()
	defer w.sqlMu.Unlock()
	_, err := w.sql.Exec(w.t.Context(), statement, args...)
	w.ok(err)
}

// query returns the one value that a statement gives.
func query[T any](w *world, statement string) (value T) {
	w.t.Helper()
	w.sqlMu.Lock()
	defer w.sqlMu.Unlock()
	w.ok(w.sql.QueryRow(w.t.Context(), statement).Scan(&value))
	return value
}

// setClock sets the database's clock against those of the replicas.
func (w *world) setClock(ahead time.Duration) {
	w.t.Helper()
	w.execute(`UPDATE test_clock SET ahead = $1::interval`, ahead)
}

// advance lets time pass on the database's clock.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if w.clock != nil {
		w.clock.Add(int64(d))
		return
	}
	w.execute(`UPDATE test_clock SET ahead = ahead + $1::interval`, d)
}

// refuse cuts every replica off from one of the stores, or lets them in again and waits until all
// that live have noticed.
func (w *world) refuse(at place, down bool) {
	w.mu.Lock()
	replicas := w.replicas
	w.mu.Unlock()
	if down {
		w.weather.now(fair, map[place]weather{inPostgres: databaseDown, inQdrant: indexDown}[at])
	}
	for _, r := range replicas {
		if at == inPostgres {
			r.toDatabase.Refuse(down)
		} else {
			r.toQdrant.Refuse(down)
		}
	}
	if down {
		return
	}
	for _, r := range replicas {
		for r.lives() && r.ping(at) != nil {
			time.Sleep(time.Millisecond)
		}
	}
	w.weather.now(fair)
}

func (r *replica) lives() bool {
	select {
	case <-r.dead:
		return false
	case <-r.buried:
		return false
	default:
		return r.world.t.Context().Err() == nil
	}
}

func (r *replica) ping(at place) error {
	if at == inPostgres {
		return r.store.Ping(context.Background())
	}
	return r.index.Ping(context.Background())
}
