package postgres_test

import (
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

// newest is the number of the newest migration.
var newest = func() int {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		panic(err)
	}
	return len(files)
}()

func TestMigrate(t *testing.T) {
	databaseURL := pgtest.Empty(t)
	checkSchema(t, databaseURL, 0, "empty")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := postgres.Migrate(t.Context(), databaseURL); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	checkSchema(t, databaseURL, newest, "current")
	for version := newest - 1; version >= 0; version-- {
		if err := postgres.MigrateDown(t.Context(), databaseURL); err != nil {
			t.Fatal(err)
		}
		checkSchema(t, databaseURL, version, map[bool]string{true: "empty", false: "older"}[version == 0])
		_, err := postgres.Open(t.Context(), databaseURL)
		refused(t, err, book.Conflict, "lectern migrate up")
	}
	refused(t, postgres.MigrateDown(t.Context(), databaseURL), book.Conflict, "no schema")
	if err := postgres.Migrate(t.Context(), databaseURL); err != nil {
		t.Fatal(err)
	}
	open(t, databaseURL).Close()
	newer(t, databaseURL, 99)
	checkSchema(t, databaseURL, 99, "newer")
	refused(t, postgres.Migrate(t.Context(), databaseURL), book.Conflict, "schema version 99")
	refused(t, postgres.MigrateDown(t.Context(), databaseURL), book.Conflict, "schema version 99")
}

// TestNewerSchemaThatOnlyGrew: a program goes on over it, and leaves it as it is.
func TestNewerSchemaThatOnlyGrew(t *testing.T) {
	databaseURL := pgtest.Migrated(t)
	newer(t, databaseURL, newest)
	execute(t, databaseURL, "ALTER TABLE documents ADD COLUMN mood text")
	checkSchema(t, databaseURL, 99, "compatible")
	if err := postgres.Migrate(t.Context(), databaseURL); err != nil {
		t.Error(err)
	}
	s := open(t, databaseURL)
	fill(t, s)
	refused(t, postgres.MigrateDown(t.Context(), databaseURL), book.Conflict, "schema version 99")
	execute(t, databaseURL, "DELETE FROM schema_compatibility")
	_, err := postgres.Open(t.Context(), databaseURL)
	refused(t, err, book.Conflict, "schema version 99")
}

// newer makes the schema one of a newer program, which the programs may use that know a migration.
func newer(t *testing.T, databaseURL string, oldest int) {
	t.Helper()
	execute(t, databaseURL, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
	execute(t, databaseURL, "UPDATE schema_compatibility SET oldest = "+strconv.Itoa(oldest))
}

func checkSchema(t *testing.T, databaseURL string, version int, state string) {
	t.Helper()
	s, err := postgres.Schema(t.Context(), databaseURL)
	if err != nil || s.Version != int64(version) || s.Known != int64(newest) || s.State() != state {
		t.Fatalf("%s, known %d, %v; want version %d, %s", s, s.Known, err, version, state)
	}
}

// TestDirtySchema: a migration that was left out is seen, and made up for if it can be.
func TestDirtySchema(t *testing.T) {
	databaseURL := pgtest.Migrated(t)
	execute(t, databaseURL, "DELETE FROM goose_db_version WHERE version_id = 1")
	checkSchema(t, databaseURL, newest, "dirty")
	_, err := postgres.Open(t.Context(), databaseURL)
	refused(t, err, book.Conflict, "dirty")
	refused(t, postgres.MigrateDown(t.Context(), databaseURL), book.Conflict, "dirty")
	// Its tables are there: it cannot be applied again.
	refused(t, postgres.Migrate(t.Context(), databaseURL), book.Internal, "migration 1")
	checkSchema(t, databaseURL, newest, "dirty")
}

// TestDownAndUpAgain: what the older schema can hold is there as it was.
func TestDownAndUpAgain(t *testing.T) {
	databaseURL := pgtest.Migrated(t)
	s := open(t, databaseURL)
	owner, w := fill(t, s)
	s = open(t, databaseURL)
	claim, _, err := s.BeginRequest(t.Context(), owner.ID, "key", []byte("x"), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.FinishRequest(t.Context(), claim, store.Answer{Status: 200}); err != nil {
		t.Fatal(err)
	}
	if err := s.Reserve(t.Context(), w.SpaceID, []uuid.UUID{book.NewVectorID()}, time.Minute); err != nil {
		t.Fatal(err)
	}
	addKeys(t, s, owner.ID)
	before := holdings(t, s, w)
	s.Close()
	for range newest - 1 {
		if err := postgres.MigrateDown(t.Context(), databaseURL); err != nil {
			t.Fatal(err)
		}
	}
	if err := postgres.Migrate(t.Context(), databaseURL); err != nil {
		t.Fatal(err)
	}
	s = open(t, databaseURL)
	defer s.Close()
	if diff := cmp.Diff(before, holdings(t, s, w)); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
	// The older schema has no place for answers: the key is free.
	_, answer, err := s.BeginRequest(t.Context(), owner.ID, "key", []byte("y"), time.Minute)
	if err != nil || answer != nil {
		t.Errorf("answer %v, %v", answer, err)
	}
}

// addKeys makes a key of each permission.
func addKeys(t *testing.T, s *postgres.Store, owner uuid.UUID) {
	t.Helper()
	for _, permission := range book.Permissions() {
		_, err := s.CreateKey(t.Context(), book.APIKey{
			ID: uuid.New(), UserID: owner, Prefix: "lk_", Hash: []byte(permission),
			Permission: permission, ExpiresAt: time.Now().Add(time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// holdings is all that a store gives out of a document, its account, its points and the ledger.
func holdings(t *testing.T, s *postgres.Store, w store.DocumentWrite) []any {
	t.Helper()
	must := func(v any, err error) any {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	doc, text, err := s.Text(t.Context(), w.Document.DocID, book.View{All: true})
	return []any{
		must(doc, err), text,
		must(s.Identity(t.Context())), must(s.ListUsers(t.Context(), "", 10)), must(s.ListSpaces(t.Context())),
		must(s.ListKeys(t.Context(), uuid.Nil, uuid.Nil, 10)),
		must(s.ListChunks(t.Context(), w.Document.DocID, book.View{All: true}, -1, 100)),
		must(s.ListReferences(t.Context(), w.SpaceID, uuid.Nil, 100)),
		must(s.SearchTerms(t.Context(), w.Chunks[0].Terms, book.View{All: true}, nil, 10)),
		must(s.Counts(t.Context(), w.SpaceID)),
	}
}
