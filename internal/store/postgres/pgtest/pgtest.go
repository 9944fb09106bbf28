// Package pgtest gives tests a PostgreSQL server of their own. A test binary that needs one starts
// one throwaway cluster, in a new folder and on a port of 127.0.0.1 that was free, and each test
// gets a fresh database in it. Clusters that are there already are never touched.
//
// The server's programs are taken from PATH or from /usr/lib/postgresql/*/bin, the newest first.
// PostgreSQL refuses to run as root; there the server runs as the user postgres, or else nobody.
// Where something is missing, tests are skipped, or fail if LECTERN_REQUIRE_POSTGRES is 1.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// template is the name of the database that Migrated copies.
const template = "migrated"

var shared struct {
	start   sync.Once
	cluster *cluster
	err     error

	migrate     sync.Once
	migrateErr  error
	prepare     func(ctx context.Context, databaseURL string) error
	nextName    atomic.Int64
	createdLock sync.Mutex // a template can be copied by one at a time
}

// Main runs the tests of a package whose databases are made by prepare, and ends with their status
// after the server was stopped and its folder removed. Call it from TestMain.
func Main(m *testing.M, prepare func(ctx context.Context, databaseURL string) error) {
	shared.prepare = prepare
	status := m.Run()
	if shared.cluster != nil {
		if err := shared.cluster.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			status = max(status, 1)
		}
	}
	os.Exit(status)
}

// Empty returns the URL of a new database in which nothing is. It goes when the test ends.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, "template0")
}

// Migrated returns the URL of a new database as prepare left one. It goes when the test ends.
func Migrated(t testing.TB) string {
	t.Helper()
	c := running(t)
	shared.migrate.Do(func() {
		ctx := context.Background()
		// A collation that is not of bytes, where the server has one, shows what relies on bytes.
		err := c.execute(ctx, "CREATE DATABASE "+template+
			" LOCALE_PROVIDER icu ICU_LOCALE 'en' TEMPLATE template0")
		if err != nil {
			err = c.execute(ctx, "CREATE DATABASE "+template)
		}
		if err == nil {
			err = shared.prepare(ctx, c.url(template))
		}
		shared.migrateErr = err
	})
	if shared.migrateErr != nil {
		t.Fatal(shared.migrateErr)
	}
	return create(t, template)
}

func create(t testing.TB, from string) string {
	t.Helper()
	c := running(t)
	name := "test" + strconv.FormatInt(shared.nextName.Add(1), 10)
	shared.createdLock.Lock()
	err := c.execute(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+from)
	shared.createdLock.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.execute(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return c.url(name)
}

// running returns the cluster, which it starts for the first test.
func running(t testing.TB) *cluster {
	t.Helper()
	shared.start.Do(func() { shared.cluster, shared.err = start() })
	if shared.err == nil {
		return shared.cluster
	}
	if os.Getenv("LECTERN_REQUIRE_POSTGRES") == "1" {
		t.Fatal(shared.err)
	}
	t.Skip(shared.err)
	return nil
}

// url returns the address of a database over TCP.
func (c *cluster) url(database string) string {
	return (&url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, c.password),
		Host:     "127.0.0.1:" + strconv.Itoa(c.port),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}).String()
}

// execute runs one statement in the cluster's own database.
func (c *cluster) execute(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(ctx, statement)
	return err
}
