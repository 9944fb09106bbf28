package postgres_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		// spoil gets the URL of a database that is as it should be, and returns one to refuse.
		spoil func(t *testing.T, good string) string
		code  book.Code
		says  string
	}{
		{"no URL", func(*testing.T, string) string {
			return "postgres://u:hunter2@host:port/x"
		}, book.Invalid, "postgres://user:password@host"},
		{"nobody listens", func(t *testing.T, good string) string {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			listener.Close()
			return with(t, good, func(u *url.URL) { u.Host = listener.Addr().String() })
		}, book.Unavailable, "cannot be reached"},
		{"password", func(t *testing.T, good string) string {
			return with(t, good, func(u *url.URL) { u.User = url.UserPassword("lectern", "hunter2") })
		}, book.Unavailable, "password"},
		{"no database", func(t *testing.T, good string) string {
			return with(t, good, func(u *url.URL) { u.Path = "/nowhere" })
		}, book.Unavailable, "does not exist"},
		{"no schema", func(t *testing.T, _ string) string {
			return pgtest.Empty(t)
		}, book.Conflict, "lectern migrate up"},
		{"newer schema", func(t *testing.T, good string) string {
			newer(t, good, 99)
			return good
		}, book.Conflict, "schema version 99"},
		{"other program", func(t *testing.T, _ string) string {
			empty := pgtest.Empty(t)
			execute(t, empty, "CREATE TABLE notes (text text)")
			return empty
		}, book.Conflict, "another program"},
		{"other program with migrations", func(t *testing.T, _ string) string {
			empty := pgtest.Empty(t)
			execute(t, empty, `CREATE TABLE goose_db_version (id int GENERATED ALWAYS AS IDENTITY,
				version_id bigint, is_applied boolean, tstamp timestamp DEFAULT now());
				INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (3, true);
				CREATE TABLE notes (text text)`)
			return empty
		}, book.Conflict, "another program"},
		{"encoding", func(t *testing.T, good string) string {
			execute(t, good, "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
			t.Cleanup(func() { execute(t, good, "DROP DATABASE ascii") })
			return with(t, good, func(u *url.URL) { u.Path = "/ascii" })
		}, book.Conflict, "UTF8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := postgres.Open(t.Context(), c.spoil(t, pgtest.Migrated(t)))
			if err == nil {
				s.Close()
			}
			refused(t, err, c.code, c.says)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in %v", err)
			}
		})
	}
}

func with(t *testing.T, databaseURL string, change func(u *url.URL)) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

func refused(t *testing.T, err error, code book.Code, says string) {
	t.Helper()
	if book.CodeOf(err) != code || !strings.Contains(book.MessageOf(err), says) {
		t.Fatalf("error %v, want %s that says %q", err, code, says)
	}
}

// fill stores an account, a space and a document of one chunk, closes s and returns what it wrote.
func fill(t *testing.T, s *postgres.Store) (book.User, store.DocumentWrite) {
	t.Helper()
	defer s.Close()
	owner := begin(t, s)
	w := draft(t, s, owner, "d", "one two two")
	if _, err := s.CommitDocument(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	return owner, w
}

func TestChunkMetadata(t *testing.T) {
	databaseURL := pgtest.Migrated(t)
	owner, w := fill(t, open(t, databaseURL))
	execute(t, databaseURL, `INSERT INTO embedding_spaces VALUES ('other', 'p', 'm', 1, 1, 1, 0, 'standby')`)
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), "SELECT * FROM chunk_metadata")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
	if err != nil {
		t.Fatal(err)
	}
	if got["created_at"] == nil || got["updated_at"] == nil {
		t.Errorf("times %v, %v", got["created_at"], got["updated_at"])
	}
	delete(got, "created_at")
	delete(got, "updated_at")
	if diff := cmp.Diff(map[string]any{
		"chunk_id": [16]byte(w.Chunks[0].ChunkID), "doc_id": "d", "owner_user_id": [16]byte(owner.ID),
		"chunk_text": "one two two", "token_count": int64(3),
		"vector_id": [16]byte(w.Chunks[0].VectorID),
	}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestRulesHold tries to break by hand what the schema must keep.
func TestRulesHold(t *testing.T) {
	databaseURL := pgtest.Migrated(t)
	_, w := fill(t, open(t, databaseURL))
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for name, statement := range map[string]string{
		"a point changes":          `UPDATE chunk_vectors SET scope = 'x'`,
		"a point goes unnoticed":   `DELETE FROM chunk_vectors`,
		"a chunk goes unnoticed":   `DELETE FROM chunks`,
		"a document likewise":      `DELETE FROM documents`,
		"a scope of its own":       `UPDATE documents SET scope = 'x'`,
		"two active spaces":        `INSERT INTO embedding_spaces VALUES ('o', 'p', 'm', 1, 1, 1, 0, 'active')`,
		"no active space":          `UPDATE embedding_spaces SET state = 'standby'`,
		"an answer without a body": `INSERT INTO idempotency_keys SELECT id, 'k', 'f', gen_random_uuid(), now(), now(), 200, NULL FROM users`,
		"a chunk of no document":   `UPDATE chunks SET doc_id = 'none'`,
		"an owner who is nobody":   `UPDATE documents SET owner_id = gen_random_uuid()`,
		"a watch without an end":   `INSERT INTO vector_ledger SELECT gen_random_uuid(), id, 'watched', now(), now() FROM embedding_spaces`,
		"a point written again":    `INSERT INTO vector_ledger SELECT vector_id, space_id, 'writing', now(), now() FROM chunk_vectors`,
		"a revision used twice":    `INSERT INTO documents (doc_id, title, chapter, url, metadata, source, owner_id, visibility, revision, fingerprint, created_at, updated_at) SELECT 'x', title, chapter, url, metadata, source, owner_id, visibility, revision, fingerprint, created_at, updated_at FROM documents`,
		"an ambiguous chunk list":  `INSERT INTO chunks SELECT gen_random_uuid(), doc_id, chunk_index, 0, 0, '[]', '', '[]', '', '', 0, now(), now() FROM chunks`,
	} {
		_, err := conn.Exec(t.Context(), statement)
		refusal, ok := errors.AsType[*pgconn.PgError](err)
		// 23: a constraint or a trigger; 428C9: a generated column.
		if !ok || !strings.HasPrefix(refusal.Code, "23") && refusal.Code != "428C9" {
			t.Errorf("%s: the schema lets it happen: %v", name, err)
		}
	}
	s := open(t, databaseURL)
	defer s.Close()
	active, err := s.ActiveSpace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	passages, err := s.Resolve(t.Context(), active, []uuid.UUID{w.Chunks[0].VectorID}, book.View{})
	if err != nil || len(passages) != 1 {
		t.Errorf("%d passages, %v", len(passages), err)
	}
}
