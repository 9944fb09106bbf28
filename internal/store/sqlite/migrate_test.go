package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite"
)

// newest is the number of the newest migration.
var newest = func() int {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		panic(err)
	}
	return len(files)
}()

// TestDownAndUpAgain takes one migration after the other back and makes up for all of them: what the
// older schema could hold is there as it was.
func TestDownAndUpAgain(t *testing.T) {
	for down := 1; down < newest; down++ {
		path := filepath.Join(t.TempDir(), "lectern.db")
		s := open(t, path)
		putOne(t, s)
		user, err := s.UserByLogin(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		addKeys(t, s, user.ID)
		if _, _, err := s.BeginRequest(t.Context(), user.ID, "key", []byte("x"), time.Hour); err != nil {
			t.Fatal(err)
		}
		before := holdings(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for i := range down {
			if err := sqlite.MigrateDown(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			checkSchema(t, path, newest-1-i, "older")
		}
		if err := sqlite.Migrate(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		checkSchema(t, path, newest, "current")
		s = open(t, path)
		if diff := cmp.Diff(before, holdings(t, s)); diff != "" {
			t.Errorf("%d down (-before +after)\n%s", down, diff)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDownToNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lectern.db")
	checkSchema(t, path, 0, "empty")
	if _, err := os.Stat(path); err == nil {
		t.Error("to look at the schema made a file")
	}
	fill := func() {
		s := open(t, path)
		defer s.Close()
		putOne(t, s)
	}
	fill()
	for range newest {
		if err := sqlite.MigrateDown(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	}
	checkSchema(t, path, 0, "empty")
	err := sqlite.MigrateDown(t.Context(), path)
	if book.CodeOf(err) != book.Conflict || !strings.Contains(book.MessageOf(err), "no schema") {
		t.Errorf("below the first: %v", err)
	}
	fill()
}

func checkSchema(t *testing.T, path string, version int, state string) {
	t.Helper()
	s, err := sqlite.Schema(t.Context(), path)
	if err != nil || s.Version != int64(version) || s.Known != int64(newest) || s.State() != state {
		t.Fatalf("%s, known %d, %v; want version %d, %s", s, s.Known, err, version, state)
	}
}

// addKeys makes a key of each permission.
func addKeys(t *testing.T, s *sqlite.Store, owner uuid.UUID) {
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

// holdings is all that a store gives out of what putOne wrote. The fingerprint, which says whether
// a document must be ingested again, is not given out.
func holdings(t *testing.T, s *sqlite.Store) []any {
	t.Helper()
	must := func(v any, err error) any {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	space, err := s.ActiveSpace(t.Context())
	doc, text, textErr := s.Text(t.Context(), "d", book.View{})
	return []any{
		must(space, err), must(doc, textErr), text,
		must(s.Identity(t.Context())), must(s.ListUsers(t.Context(), "", 10)), must(s.ListSpaces(t.Context())),
		must(s.ListKeys(t.Context(), uuid.Nil, uuid.Nil, 10)),
		must(s.ListChunks(t.Context(), "d", book.View{}, -1, 10)),
		must(s.ListReferences(t.Context(), space.ID(), uuid.Nil, 10)),
		must(s.SearchTerms(t.Context(), []uint32{1}, book.View{}, nil, 10)),
		must(s.Counts(t.Context(), space.ID())),
	}
}
