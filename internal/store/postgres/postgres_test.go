package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/store/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m, postgres.Migrate) }

func open(t *testing.T, databaseURL string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		databaseURL := pgtest.Migrated(t)
		execute(t, databaseURL, `CREATE TABLE test_clock (ahead interval NOT NULL)`)
		execute(t, databaseURL, `INSERT INTO test_clock VALUES ('0')`)
		execute(t, databaseURL, `CREATE OR REPLACE FUNCTION lectern_now() RETURNS timestamptz
			LANGUAGE sql STABLE AS 'SELECT statement_timestamp() + ahead FROM test_clock'`)
		return storetest.Place{
			Open: func(t *testing.T) store.Store { return open(t, databaseURL) },
			// The clock is a function of the schema; here it runs ahead by what the test let pass.
			Advance: func(d time.Duration) {
				execute(t, databaseURL, `UPDATE test_clock SET ahead = ahead + $1::interval`, d)
			},
		}
	})
}

// execute runs a statement past the store, also when the test is over.
func execute(t *testing.T, databaseURL, statement string, args ...any) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement, args...); err != nil {
		t.Fatal(err)
	}
}
