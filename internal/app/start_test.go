package app

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/qdrant/go-client/qdrant"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// client is what people and tools look into a stand-in for Qdrant with.
func (f fullMode) client(t *testing.T) *qdrant.Client {
	t.Helper()
	host, port, err := net.SplitHostPort(f.vectors.Address())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	c, err := qdrant.NewClient(&qdrant.Config{
		Host: host, Port: number, PoolSize: 1, SkipCompatibilityCheck: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// again opens the stores of f another time.
func (f fullMode) again(
	ctx context.Context, open func(context.Context, config.Config, *slog.Logger, string, ...Option) (*App, error),
) error {
	a, err := open(ctx, f.Config, slog.New(slog.DiscardHandler), "command")
	if err == nil {
		err = a.Close()
	}
	return err
}

// TestAliasFollows: the alias names the collection of the active space from the start on, and after
// each move, forth and back, also when the process that moved the book stopped before it did so.
func TestAliasFollows(t *testing.T) {
	f := openFull(t, pgtest.Migrated(t), qdranttest.Options{})
	f.ingest(t, "foxes", "# Foxes\n\nFoxes dig dens under the roots of old trees.")
	tool := f.client(t)
	follows := func(when, spaceID string) {
		t.Helper()
		aliases, err := tool.ListAliases(t.Context())
		if err != nil || len(aliases) != 1 || aliases[0].GetAliasName() != "bench" ||
			aliases[0].GetCollectionName() != "bench__"+spaceID {
			t.Errorf("%s: the aliases are %v, want %s: %v", when, aliases, spaceID, err)
		}
	}
	first, err := f.Store.ActiveSpace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var second book.Space
	for id, e := range f.embedders {
		if id != first.ID() {
			second = e.Space()
		}
	}
	follows("at the start", first.ID())
	for _, to := range []book.Space{second, first.Space} {
		if _, err := f.Reconcile.Move(t.Context(), reconcile.Move{To: to}); err != nil {
			t.Fatal(err)
		}
		follows("after a move", to.ID())
	}
	if err := f.Store.SwitchSpace(t.Context(), second.ID()); err != nil {
		t.Fatal(err)
	}
	if err := f.ensureIndex(t.Context()); err != nil {
		t.Fatal(err)
	}
	follows("after a move that stopped", second.ID())
}

// TestStartRefusesMissingEmbedder: a book whose model this program lacks is opened by those who mend
// it alone.
func TestStartRefusesMissingEmbedder(t *testing.T) {
	f := openFull(t, pgtest.Migrated(t), qdranttest.Options{})
	unknown := embedtest.NewFake(16).Space()
	if err := f.Store.AddSpace(t.Context(), unknown); err != nil {
		t.Fatal(err)
	}
	if err := f.Store.SwitchSpace(t.Context(), unknown.ID()); err != nil {
		t.Fatal(err)
	}
	err := f.again(t.Context(), Open)
	if message := book.MessageOf(err); !strings.Contains(message, unknown.ID()) ||
		!strings.Contains(message, "reembed") {
		t.Errorf("opened without the embedder: %v", err)
	}
	if err := f.again(t.Context(), OpenToMend); err != nil {
		t.Errorf("not to be mended: %v", err)
	}
}

// TestStartRefusesForeignCollection: a collection that is not as the space needs it is refused, left as
// it is, and open to those who mend.
func TestStartRefusesForeignCollection(t *testing.T) {
	f := openFull(t, pgtest.Migrated(t), qdranttest.Options{})
	space, err := f.Store.ActiveSpace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name, tool := "bench__"+space.ID(), f.client(t)
	if err := tool.DeleteCollection(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	idf := qdrant.Modifier_Idf
	if err := tool.CreateCollection(t.Context(), &qdrant.CreateCollection{
		CollectionName: name,
		VectorsConfig: qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{
			"dense": {Size: uint64(space.Dimensions) + 1, Distance: qdrant.Distance_Cosine},
		}),
		SparseVectorsConfig: qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{
			"bm25": {Modifier: &idf},
		}),
	}); err != nil {
		t.Fatal(err)
	}
	before := f.vectors.Writes()
	err = f.again(t.Context(), Open)
	if book.CodeOf(err) != book.Conflict || !strings.Contains(book.MessageOf(err), name) {
		t.Errorf("opened with another's collection: %v", err)
	}
	if err := f.again(t.Context(), OpenToMend); err != nil {
		t.Errorf("not to be mended: %v", err)
	}
	if f.vectors.Writes() != before {
		t.Error("the collection was changed")
	}
}

// TestStartRefusesAnotherDatabase: two databases under one name on one Qdrant, the second of them empty
// and with another model, say. It is refused, finds nothing to repair, and starts under another name.
func TestStartRefusesAnotherDatabase(t *testing.T) {
	f := openFull(t, pgtest.Migrated(t), qdranttest.Options{})
	f.ingest(t, "foxes", "# Foxes\n\nFoxes dig dens under the roots of old trees.")
	before := f.vectors.Writes()
	for _, embedder := range []string{"static", "static-2"} {
		c := f.Config
		c.DatabaseURL, c.Embedder = pgtest.Migrated(t), embedder
		pgtest.Execute(t, c.DatabaseURL, // since tests copy databases
			"UPDATE database_identity SET id = gen_random_uuid()")
		_, err := Open(t.Context(), c, f.Log, "command")
		if message := book.MessageOf(err); book.CodeOf(err) != book.Conflict ||
			!strings.Contains(message, "belongs to another database") ||
			!strings.Contains(message, "--collection") {
			t.Errorf("%s: opened with another's name: %v", embedder, err)
		}
		mended, err := OpenToMend(t.Context(), c, f.Log, "command")
		if err != nil {
			t.Fatalf("%s: not to be mended: %v", embedder, err)
		}
		report, err := mended.Reconcile.Audit(t.Context(), 0)
		if err != nil || report.Stray > 0 {
			t.Errorf("%s: an audit finds %+v, %v", embedder, report, err)
		}
		if _, err := mended.Reconcile.Repair(t.Context(), report); err != nil {
			t.Errorf("%s: a repair: %v", embedder, err)
		}
		mended.Close()
		if f.vectors.Writes() != before {
			t.Errorf("%s: something was changed", embedder)
		}
		c.Collection = "another-" + embedder
		renamed, err := Open(t.Context(), c, f.Log, "command")
		if err != nil {
			t.Fatalf("%s: not under another name: %v", embedder, err)
		}
		renamed.Close()
		before = f.vectors.Writes()
	}
	if answer := f.ask(t, "/api/search", "What do foxes dig?"); !strings.Contains(answer, "dens") {
		t.Errorf("the first finds %s", answer)
	}
}

// TestStartBesideAHangingQdrant: a server that does not answer is waited for once, not with all the
// patience that a write has, and the program starts without it.
func TestStartBesideAHangingQdrant(t *testing.T) {
	f := openFull(t, pgtest.Migrated(t), qdranttest.Options{})
	f.ingest(t, "foxes", "# Foxes\n\nFoxes dig dens under the roots of old trees.")
	before := f.vectors.Calls("")
	f.vectors.Roll(func() qdranttest.Fault { return qdranttest.Hang })
	var log bytes.Buffer
	a, err := Open(t.Context(), f.Config, slog.New(slog.NewTextHandler(&log, nil)), "command")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if !strings.Contains(log.String(), "the vector index is down") {
		t.Errorf("the log does not say so: %s", &log)
	}
	// The collection of the active space, asked for once.
	if n := f.vectors.Calls("") - before; n != 1 {
		t.Errorf("%d calls", n)
	}
}

// TestStartWithoutQdrant: a server whose Qdrant is down starts, is alive and not ready, finds by words
// and says so, refuses to write, and recovers by itself.
func TestStartWithoutQdrant(t *testing.T) {
	f := openFull(t, pgtest.Migrated(t), qdranttest.Options{})
	f.ingest(t, "foxes", "# Foxes\n\nFoxes dig dens under the roots of old trees.")
	address := f.vectors.Address()
	f.vectors.Stop()
	var log bytes.Buffer
	a, err := Open(t.Context(), f.Config, slog.New(slog.NewTextHandler(&log, nil)), "command")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if !strings.Contains(log.String(), "the vector index is down") {
		t.Errorf("the log does not say so: %s", &log)
	}
	a.Log = slog.New(slog.DiscardHandler)
	server, _ := serveApp(t, a, Service{})
	check(t, server+"/api/health", http.StatusOK, `"vectors":"down"`)
	check(t, server+"/api/ready", http.StatusServiceUnavailable, `"database":"ok"`)
	if f.handler, err = a.handler(a.Log); err != nil {
		t.Fatal(err)
	}
	question := "What do foxes dig?"
	answer := f.ask(t, "/api/search", question)
	if !strings.Contains(answer, "dig dens") || !strings.Contains(answer, `"degraded":["`) {
		t.Errorf("while Qdrant is down: %s", answer)
	}
	owls := ingest.Request{
		OwnerID: a.Local.UserID, DocID: "owls", Text: "# Owls\n\nOwls hunt mice at night.",
	}
	if _, err := a.Ingest.Ingest(t.Context(), owls); book.CodeOf(err) != book.Unavailable {
		t.Errorf("a write while Qdrant is down: %v", err)
	}
	back, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	f.vectors.Listen(back)
	eventually(t, "a server that is ready", func() bool { return a.checkIndex(t.Context()) == nil })
	check(t, server+"/api/ready", http.StatusOK, `"vectors":"ok"`)
	if _, err := a.Ingest.Ingest(t.Context(), owls); err != nil {
		t.Errorf("a write after Qdrant is back: %v", err)
	}
	if answer := f.ask(t, "/api/search", question); !strings.Contains(answer, "dig dens") ||
		strings.Contains(answer, `"degraded":["`) {
		t.Errorf("after Qdrant is back: %s", answer)
	}
}

// eventually waits until what holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 3000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// TestOneIndexInADataDirectory: over one PostgreSQL database, a process with another data directory
// is refused while the first runs and, since it does not have its vectors, afterwards.
func TestOneIndexInADataDirectory(t *testing.T) {
	c := config.Config{
		DatabaseURL: pgtest.Migrated(t), DataDir: t.TempDir(), Access: "public",
		SigningKey: strings.Repeat("random-k", config.MinSigningKey/8),
	}
	other := c
	other.DataDir = t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	first, err := Open(t.Context(), c, quiet, "command")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	refused := func(
		when, remedy string, open func(context.Context, config.Config, *slog.Logger, string, ...Option) (*App, error),
	) {
		t.Helper()
		a, err := open(t.Context(), other, quiet, "command")
		if err == nil {
			a.Close()
		}
		if book.CodeOf(err) != book.Conflict || !strings.Contains(book.MessageOf(err), remedy) {
			t.Errorf("%s: %v", when, err)
		}
	}
	refused("beside the first", "LECTERN_QDRANT_URL", Open)
	refused("to mend beside the first", "LECTERN_QDRANT_URL", OpenToMend)
	if _, err := first.Ingest.Ingest(t.Context(), ingest.Request{
		OwnerID: first.Local.UserID, DocID: "foxes", Text: "# Foxes\n\nFoxes dig dens.",
	}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	refused("after the first", "doctor --repair", Open)
	again, err := Open(t.Context(), c, quiet, "command")
	if err != nil {
		t.Fatalf("the directory that has the vectors: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
