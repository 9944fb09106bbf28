package sqlite_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite"
)

func TestOpenPath(t *testing.T) {
	for _, name := range []string{"plain.db", "sp ace?#%41&x=y.db", "Ünï😀.db", "'quote\".db"} {
		path := filepath.Join(t.TempDir(), name)
		if err := open(t, path).Close(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 || info.Size() == 0 {
			t.Errorf("%s: mode %v, %d bytes", name, info.Mode(), info.Size())
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*-wal"))
		if err != nil || len(left) > 0 {
			t.Errorf("%s: log %v is left after Close, %v", name, left, err)
		}
	}
}

func TestOpenRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := open(t, "x.db").Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("x.db"); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string)
		code book.Code
		says string
	}{
		{"newer schema", func(t *testing.T, path string) {
			execute(t, open(t, path), path, "INSERT INTO goose_db_version (version_id, is_applied) "+
				"VALUES (99, 1)")
		}, book.Conflict, "schema version 99"},
		{"other program", func(t *testing.T, path string) {
			execute(t, nil, path, "CREATE TABLE notes (text TEXT)")
		}, book.Conflict, "another program"},
		{"text", func(t *testing.T, path string) {
			write(t, path, strings.Repeat("not a database\n", 1000))
		}, book.Conflict, "not a database"},
		{
			"short text", func(t *testing.T, path string) { write(t, path, "hello") },
			book.Conflict, "not a database",
		},
		{"folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, book.Unavailable, "is a folder"},
		{"no folder", func(t *testing.T, path string) {
			if err := os.Remove(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
		}, book.Unavailable, "there is no folder"},
		{"damaged", func(t *testing.T, path string) {
			if err := open(t, path).Close(); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, string(data[:100])+strings.Repeat("\xff", len(data)-100))
		}, book.Unavailable, "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data", "lectern.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			c.make(t, path)
			refused(t, path, c.code, c.says)
		})
	}
}

// TestOpenWithoutPermission cannot see anything as root, who may write everywhere.
func TestOpenWithoutPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "lectern.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	chmod(t, path, 0o400)
	refused(t, path, book.Unavailable, "no permission")
	chmod(t, path, 0o600)
	chmod(t, folder, 0o500)
	refused(t, path, book.Unavailable, "write")
	chmod(t, folder, 0o700)
}

// TestDiskFull lets the file grow no further, which SQLite reports as a full disk.
func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lectern.db")
	s := open(t, path)
	defer s.Close()
	user := book.User{ID: uuid.New(), Username: "ann", Role: book.Reader}
	if _, err := s.CreateUser(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	sqlite.LimitPages(t, s, 1)
	big := book.User{
		ID: uuid.New(), Username: "bob", Role: book.Reader,
		PasswordHash: strings.Repeat("x", 1<<20),
	}
	_, err := s.CreateUser(t.Context(), big)
	if book.CodeOf(err) != book.Unavailable || !strings.Contains(book.MessageOf(err), "full") {
		t.Errorf("error %v, want unavailable, full", err)
	}
	if _, err := s.UserByLogin(t.Context(), "bob"); book.CodeOf(err) != book.NotFound {
		t.Errorf("half a write is there: %v", err)
	}
	if _, err := s.UserByLogin(t.Context(), "ann"); err != nil {
		t.Errorf("reading a full disk: %v", err)
	}
}

func TestLockedByAnotherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lectern.db")
	s := open(t, path)
	defer s.Close()
	sqlite.NoBusyWait(t, s)
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	_, err = s.ExpireLeases(t.Context(), 1)
	var e *book.Error
	if !errors.As(err, &e) || e.Code != book.Unavailable || e.RetryAfter <= 0 {
		t.Errorf("error %v, want unavailable with a time to try again", err)
	}
	if _, err := s.LedgerStats(t.Context()); err != nil {
		t.Errorf("reads wait for the writer: %v", err)
	}
}

// TestUpgradeFindsMisscoped: a file of the first version knows its changes of scope afterwards, and
// forgets them when they are through.
func TestUpgradeFindsMisscoped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lectern.db")
	s := open(t, path)
	putOne(t, s)
	private := book.Private
	_, err := s.UpdateDocument(t.Context(), "d", uuid.Nil,
		store.DocumentChange{Visibility: &private})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range newest - 1 {
		if err := sqlite.MigrateDown(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, path)
	space, err := s.ActiveSpace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.ListMisscoped(t.Context(), space.ID(), "", uuid.Nil, 9)
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	put := store.PointPut{
		ChunkID: found[0].ChunkID, OldID: found[0].VectorID, NewID: book.NewVectorID(),
		Scope: found[0].Scope,
	}
	if err := s.Reserve(t.Context(), space.ID(), []uuid.UUID{put.NewID}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.CommitPoints(t.Context(), space.ID(), []store.PointPut{put}, false); err != nil {
		t.Fatal(err)
	}
	execute(t, s, path, "CREATE TABLE checked (n INTEGER CHECK (n = 0)); "+
		"INSERT INTO checked SELECT count(*) FROM scope_changes")
}

// TestRules tries what no code of ours does: the schema refuses it.
func TestRules(t *testing.T) {
	for name, statement := range map[string]string{
		"two active spaces": "INSERT INTO embedding_spaces VALUES " +
			"('a', 'p', 'm', 4, 1, 1, 0, 'active'), ('b', 'p', 'm', 4, 1, 1, 0, 'active')",
		"chunk without document": "INSERT INTO chunks (chunk_id, document, chunk_index, char_start," +
			" char_end, heading_path, anchor, text) VALUES (randomblob(16), 7, 0, 0, 1, '[]', '', 'x')",
		"short id":         "INSERT INTO chunk_vectors VALUES (x'01', 1, 's', 'public')",
		"wrong role":       "INSERT INTO users VALUES (randomblob(16),'x','x','',NULL,'','god',0,0,0,0)",
		"moved point":      "UPDATE chunk_vectors SET scope = 'x'",
		"let go unnoticed": "DELETE FROM chunk_vectors",
		"reserved again": "INSERT INTO vector_ledger SELECT vector_id, space_id, 'writing', 0, 0, NULL, 99" +
			" FROM chunk_vectors",
		"document without its chunks' points": "DELETE FROM documents",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lectern.db")
			s := open(t, path)
			putOne(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)")
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(statement); err == nil {
				t.Error("it was accepted")
			}
		})
	}
}

func refused(t *testing.T, path string, code book.Code, says string) {
	t.Helper()
	before, _ := os.ReadFile(path)
	s, err := sqlite.Open(t.Context(), path)
	if err == nil {
		s.Close()
		t.Fatal("it was opened")
	}
	message := book.MessageOf(err)
	if book.CodeOf(err) != code || !strings.Contains(message, says) ||
		!strings.Contains(message, path) {
		t.Errorf("error %v, want %s that says %q and names the file", err, code, says)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file was changed")
	}
}

func execute(t *testing.T, s *sqlite.Store, path, statement string) {
	t.Helper()
	if s != nil {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, data string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// putOne writes a document of one chunk.
func putOne(t *testing.T, s *sqlite.Store) {
	t.Helper()
	space, err := s.EnsureSpace(t.Context(), book.Space{Provider: "p", Model: "m", Dimensions: 4})
	if err != nil {
		t.Fatal(err)
	}
	user := book.User{ID: uuid.New(), Username: "ann", Role: book.Reader}
	if user, err = s.CreateUser(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	id := book.NewVectorID()
	if err := s.Reserve(t.Context(), space.ID(), []uuid.UUID{id}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CommitDocument(t.Context(), store.DocumentWrite{
		SpaceID:  space.ID(),
		Document: book.Document{DocID: "d", OwnerID: user.ID, Visibility: book.Public},
		Chunks: []store.ChunkWrite{{
			Chunk: book.Chunk{ChunkID: uuid.New(), Text: "x"}, VectorID: id, Terms: []uint32{1},
		}},
	}); err != nil {
		t.Fatal(err)
	}
}
