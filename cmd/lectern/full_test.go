package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

const signingKey = "0123456789abcdef0123456789abcdef"

// usePostgres makes the commands of the test work on a new database, and returns its URL.
func usePostgres(t *testing.T, databaseURL string) string {
	t.Helper()
	t.Setenv("LECTERN_DATABASE_URL", databaseURL)
	t.Setenv("LECTERN_SIGNING_KEY", signingKey)
	return databaseURL
}

// useQdrant makes the commands of the test work on a new Qdrant server.
func useQdrant(t *testing.T) {
	t.Helper()
	server := qdranttest.Start(t, qdranttest.Options{APIKey: "qdrant-secret"})
	t.Setenv("LECTERN_QDRANT_URL", "http://"+server.Address())
	t.Setenv("LECTERN_QDRANT_API_KEY", "qdrant-secret")
}

// useDataHome moves the default data directory, and returns where it would be.
func useDataHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	t.Setenv("XDG_DATA_HOME", home)
	return filepath.Join(home, "lectern")
}

// TestFullMode takes a book through a server over each choice of stores, by HTTP.
func TestFullMode(t *testing.T) {
	for name, choose := range map[string]func(t *testing.T){
		"PostgreSQL":            func(t *testing.T) { usePostgres(t, pgtest.Migrated(t)) },
		"Qdrant":                useQdrant,
		"PostgreSQL and Qdrant": func(t *testing.T) { usePostgres(t, pgtest.Migrated(t)); useQdrant(t) },
	} {
		t.Run(name, func(t *testing.T) {
			dataDir := useDataHome(t)
			choose(t)
			address, messages, _ := serve(t, "--docs", filepath.Join(sampleBook, "docs"))
			takeThrough(t, address)
			if strings.Contains(messages.String(), "secret") ||
				strings.Contains(messages.String(), signingKey) {
				t.Errorf("a secret is in the log: %s", messages)
			}
			_, err := os.Stat(dataDir)
			if needed := name != "PostgreSQL and Qdrant"; needed != (err == nil) {
				t.Errorf("a data directory is needed: %t; it is there: %t", needed, err == nil)
			}
		})
	}
}

// takeThrough writes to a server, reads from it and deletes again.
func takeThrough(t *testing.T, address string) {
	t.Helper()
	var key struct{ Key string }
	succeed(t, &key, "key", "create", "--permission", "ingest", "--json")
	remote := []string{"--server", address, "--key", key.Key}
	dir := files(t, map[string]string{"quokka.md": "# Quokka\n\nThe quokka lives on Rottnest Island."})
	code, summary, text := ingested(t, append([]string{dir}, remote...)...)
	if code != 0 || summary.Documents.Added != 1 {
		t.Fatalf("ingest: exit %d, %+v, %q", code, summary, text)
	}
	finds(t, address, "quokka", "quokka.md")
	var answer struct {
		Answer   string
		Degraded []string
	}
	succeed(t, &answer, "ask", "Where does the quokka live?", "--json", "--server", address)
	if !strings.Contains(answer.Answer, "Rottnest") || len(answer.Degraded) > 0 {
		t.Errorf("answered %+v", answer)
	}
	succeed(t, nil, append([]string{"documents", "delete", "quokka.md"}, remote...)...)
	finds(t, address, "quokka", "")
	finds(t, address, "torque", "*")
}

// finds checks the first document that a search finds; "" is none with the question's word in it.
func finds(t *testing.T, address, question, docID string) {
	t.Helper()
	var found struct {
		Passages []struct {
			DocID string `json:"doc_id"`
		}
		Degraded []string
	}
	succeed(t, &found, "search", question, "--json", "--server", address)
	first := ""
	if len(found.Passages) > 0 {
		first = found.Passages[0].DocID
	}
	if len(found.Degraded) > 0 || docID == "*" && first == "" ||
		docID == "" && first == "quokka.md" || docID != "*" && docID != "" && first != docID {
		t.Errorf("%q finds %+v", question, found)
	}
}

// TestTwoServers: what is written to one of two servers over the same stores is read from the other.
func TestTwoServers(t *testing.T) {
	useDataHome(t)
	usePostgres(t, pgtest.Migrated(t))
	useQdrant(t)
	first, _, _ := serve(t)
	second, _, _ := serve(t)
	var key struct{ Key string }
	succeed(t, &key, "key", "create", "--permission", "ingest", "--json")
	dir := files(t, map[string]string{"quokka.md": "# Quokka\n\nThe quokka lives on Rottnest Island."})
	code, _, text := ingested(t, dir, "--server", first, "--key", key.Key)
	if code != 0 {
		t.Fatalf("ingest: exit %d, %q", code, text)
	}
	finds(t, second, "quokka", "quokka.md")
	succeed(t, nil, "documents", "delete", "quokka.md", "--server", second, "--key", key.Key)
	finds(t, first, "quokka", "")
	// A command beside them works on the same stores.
	succeed(t, nil, "search", "quokka", "--json")
}

func TestFullModeRefused(t *testing.T) {
	useDataHome(t)
	serving := []string{"serve", "--listen", "127.0.0.1:0"}
	for _, test := range []struct {
		name string
		set  map[string]string
		code int
		want string
	}{
		{"no signing key", map[string]string{"SIGNING_KEY": ""}, exitUsage, "LECTERN_SIGNING_KEY"},
		{"a short one", map[string]string{"SIGNING_KEY": "short"}, exitUsage, "5 bytes"},
		{"an empty database", nil, exitFailure, "lectern migrate up"},
		{"no URL", map[string]string{"DATABASE_URL": "hunter2"}, exitUsage, "postgres://"},
		{
			"no alias",
			map[string]string{"COLLECTION": "a/b", "QDRANT_URL": "http://127.0.0.1:1"},
			exitUsage, "collection",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			usePostgres(t, pgtest.Empty(t))
			for name, value := range test.set {
				t.Setenv("LECTERN_"+name, value)
			}
			r := lectern(t, serving...)
			if r.code != test.code || !strings.Contains(r.stderr, test.want) {
				t.Errorf("exit %d, %q; want %d, %q", r.code, r.stderr, test.code, test.want)
			}
			if strings.Contains(r.stderr, "hunter2") {
				t.Errorf("the URL is shown: %s", r.stderr)
			}
		})
	}
}

func TestAutoMigrate(t *testing.T) {
	useDataHome(t)
	databaseURL := usePostgres(t, pgtest.Empty(t))
	address, _, stop := serve(t, "--auto-migrate")
	finds(t, address, "nothing", "")
	stop()
	address, _, stop = serve(t) // it is up to date now
	finds(t, address, "nothing", "")
	stop()
	pgtest.Execute(t, databaseURL,
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
	pgtest.Execute(t, databaseURL, "UPDATE schema_compatibility SET oldest = 99")
	r := lectern(t, "serve", "--listen", "127.0.0.1:0", "--auto-migrate")
	if r.code != exitFailure || !strings.Contains(r.stderr, "schema version 99") {
		t.Errorf("a newer schema: exit %d, %q", r.code, r.stderr)
	}
}

type schema struct {
	Database       string
	Version, Known int
	State          string
}

// TestMigrate changes the schema of both stores.
func TestMigrate(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		databaseURL := pgtest.Empty(t)
		t.Setenv("LECTERN_DATABASE_URL", databaseURL) // no signing key is needed
		at, err := url.Parse(databaseURL)
		if err != nil {
			t.Fatal(err)
		}
		migrate(t, at.Host+at.Path)
	})
	t.Run("SQLite", func(t *testing.T) {
		dir := t.TempDir()
		t.Setenv("LECTERN_DATA_DIR", dir)
		migrate(t, filepath.Join(dir, "lectern.db"))
	})
}

func migrate(t *testing.T, name string) {
	t.Helper()
	var at schema
	check := func(version int, state string) {
		t.Helper()
		if at.Database != name || at.Version != version || at.State != state {
			t.Errorf("schema %+v, want version %d of %s, %s", at, version, name, state)
		}
	}
	succeed(t, &at, "migrate", "status", "--json")
	check(0, "empty")
	succeed(t, &at, "migrate", "up", "--json")
	newest := at.Known
	check(newest, "current")
	r := lectern(t, "migrate", "down")
	if r.code != exitUsage || !strings.Contains(r.stderr, "--yes") {
		t.Errorf("down without --yes: exit %d, %q", r.code, r.stderr)
	}
	succeed(t, &at, "migrate", "down", "--yes", "--json")
	check(newest-1, "older")
	succeed(t, &at, "migrate", "up", "--json")
	check(newest, "current")
	if r := lectern(t, "migrate", "status"); r.code != 0 || !strings.Contains(r.stdout, "current") {
		t.Errorf("status: exit %d, %q", r.code, r.stdout)
	}
}

// TestSecretsInFiles: a secret may be in a file that a variable names, and is never shown.
func TestSecretsInFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	write(t, file, "postgres://lectern:hunter2@127.0.0.1:1/book\n")
	t.Setenv("LECTERN_DATABASE_URL_FILE", file)
	configFile := filepath.Join(t.TempDir(), "lectern.yaml")
	write(t, configFile, "database-url: postgres://elsewhere\nsigning-key: "+signingKey+"\n")
	r := lectern(t, "config", "--json", "--config", configFile)
	want := `{"name":"database-url","value":"(hidden)","from":"LECTERN_DATABASE_URL_FILE"}`
	if r.code != 0 || !strings.Contains(r.stdout, want) {
		t.Errorf("exit %d, %q, %q; want %s", r.code, r.stdout, r.stderr, want)
	}
	for _, command := range []string{"serve", "config", "key list", "migrate up"} {
		r := lectern(t, append(strings.Fields(command), "--config", configFile, "--log-level", "debug")...)
		if strings.Contains(r.stdout+r.stderr, "hunter2") ||
			strings.Contains(r.stdout+r.stderr, signingKey) {
			t.Errorf("%s shows a secret: %q, %q", command, r.stdout, r.stderr)
		}
		if command != "config" && !strings.Contains(r.stderr, "127.0.0.1:1/book") {
			t.Errorf("%s does not use the file: %q", command, r.stderr)
		}
	}
	t.Setenv("LECTERN_DATABASE_URL_FILE", file+"x")
	if r := lectern(t, "migrate", "status"); r.code != exitUsage || !strings.Contains(r.stderr, file) {
		t.Errorf("a file that is not there: exit %d, %q", r.code, r.stderr)
	}
}
