// Package pgtest gives tests a PostgreSQL server of their own: a throwaway cluster, in a new folder
// and on a port of 127.0.0.1 that was free. Each test gets a fresh database in it. Clusters that are
// there already are never touched, except that LECTERN_TEST_DATABASE_URL names one on purpose: its
// databases are left alone, and new ones are made beside them. The command pgserver sets it, so that
// the test binaries of one run share a cluster.
//
// The server's programs are those in PATH, or in /usr/lib/postgresql/*/bin, the newest first, or are
// fetched as a Maven package. PostgreSQL refuses to run as root; there the server runs as the user
// postgres, or else nobody.
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// SharedURL is the environment variable that names a cluster to use.
const SharedURL = "LECTERN_TEST_DATABASE_URL"

// createLock is the key of the advisory lock under which databases are made: one that is copied
// from can be read by one at a time.
const createLock = 0x4c656374_0002

var shared struct {
	start   sync.Once
	admin   string   // URL of the database from which others are made
	cluster *Cluster // nil for one that somebody else runs
	err     error

	prepare    func(ctx context.Context, databaseURL string) error
	prefix     string // of the names of this binary's databases
	migrate    sync.Once
	migrateErr error
	nextName   atomic.Int64
}

// Main runs the tests of a package whose databases are made by prepare, and ends with their status
// after what was started was stopped and what was made is gone. Call it from TestMain.
func Main(m *testing.M, prepare func(ctx context.Context, databaseURL string) error) {
	os.Exit(Run(m, prepare))
}

// Run is Main for those who have something to do before they end with the status.
func Run(
	m *testing.M, prepare func(ctx context.Context, databaseURL string) error,
) (status int) {
	shared.prepare = prepare
	status = m.Run()
	if err := finish(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		status = max(status, 1)
	}
	return status
}

func finish() error {
	switch {
	case shared.cluster != nil:
		return shared.cluster.Stop()
	case shared.admin != "":
		return execute(context.Background(), shared.admin,
			"DROP DATABASE IF EXISTS "+template()+" WITH (FORCE)")
	}
	return nil
}

// Empty returns the URL of a new database in which nothing is. It goes when the test ends.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, "template0")
}

// Migrated returns the URL of a new database as prepare left one. It goes when the test ends.
func Migrated(t testing.TB) string {
	t.Helper()
	connect(t)
	shared.migrate.Do(func() { shared.migrateErr = makeTemplate() })
	if shared.migrateErr != nil {
		t.Fatal(shared.migrateErr)
	}
	return create(t, template())
}

// template is the name of the database that Migrated copies.
func template() string { return shared.prefix + "migrated" }

func makeTemplate() error {
	ctx := context.Background()
	// A collation that is not of bytes, where the server has one, shows what relies on bytes.
	err := makeDatabase(ctx, template(), "template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'")
	if err != nil {
		err = makeDatabase(ctx, template(), "template0")
	}
	if err != nil {
		return err
	}
	return shared.prepare(ctx, urlOf(template()))
}

func create(t testing.TB, from string) string {
	t.Helper()
	connect(t)
	name := shared.prefix + strconv.FormatInt(shared.nextName.Add(1), 10)
	if err := makeDatabase(t.Context(), name, from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := execute(context.Background(), shared.admin, "DROP DATABASE "+name+" WITH (FORCE)")
		if err != nil {
			t.Error(err)
		}
	})
	return urlOf(name)
}

// makeDatabase makes a database from a template, whose name may have options behind it.
func makeDatabase(ctx context.Context, name, from string) error {
	return execute(ctx, shared.admin, "SELECT pg_advisory_lock("+strconv.Itoa(createLock)+")",
		"CREATE DATABASE "+name+" TEMPLATE "+from)
}

// Execute runs statements in a database, one after the other.
func Execute(t testing.TB, databaseURL string, statements ...string) {
	t.Helper()
	if err := execute(t.Context(), databaseURL, statements...); err != nil {
		t.Fatal(err)
	}
}

// connect finds the cluster, which it starts for the first test unless one is named.
func connect(t testing.TB) {
	t.Helper()
	shared.start.Do(func() {
		shared.prefix = "lectern_test_" + strings.ToLower(rand.Text()[:10]) + "_"
		if shared.admin = os.Getenv(SharedURL); shared.admin != "" {
			return
		}
		if shared.cluster, shared.err = Start(); shared.err == nil {
			shared.admin = shared.cluster.URL()
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
}

// urlOf returns the address of a database of the cluster.
func urlOf(database string) string {
	u, err := url.Parse(shared.admin)
	if err != nil {
		panic(SharedURL + " is no URL")
	}
	u.Path = "/" + database
	return u.String()
}

// execute runs statements one after the other on one connection.
func execute(ctx context.Context, databaseURL string, statements ...string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
