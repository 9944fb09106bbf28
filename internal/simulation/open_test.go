package simulation

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/store/memory"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	vectormemory "github.com/lectern-project/lectern/internal/vector/memory"
)

// opener opens empty stores whose clock is c.
type opener func(t *testing.T, c *clock) stores

// inMemory opens stores in memory.
func inMemory(_ *testing.T, c *clock) stores {
	return stores{
		relational: memory.New(memory.WithClock(c.now)), index: vectormemory.New(), together: 1,
	}
}

// Rules that are not taken out of the store in memory, but between it and the code under test.
const (
	// slow: a write of points that an earlier attempt may repeat is reported as any other.
	slow memory.Rule = "slow"
	// views: hits are resolved for everybody as for an administrator.
	views memory.Rule = "view"
)

// without opens stores in memory in which a rule of the protocol is missing.
func without(rule memory.Rule) opener {
	return func(_ *testing.T, c *clock) stores {
		s := memory.New(memory.WithClock(c.now), memory.Without(rule))
		return stores{relational: s, index: vectormemory.New(), without: rule, together: 1}
	}
}

// togetherInSQL is how many calls are let through at once where the store has locks: the scheduler
// decides which, the store in what order they happen.
const togetherInSQL = 3

// emptyFile returns a database file in which nothing is yet.
var emptyFile = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "lectern-simulation-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "lectern.db")
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// inSQLite opens a relational store in a file of its own.
func inSQLite(t *testing.T, c *clock) stores {
	t.Helper()
	file, err := emptyFile()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "lectern.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), path, sqlite.WithClock(c.now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return stores{relational: s, index: vectormemory.New(), together: togetherInSQL}
}

// inPostgres opens a relational store in a database of its own, whose clock runs ahead by what the
// scheduler let pass.
func inPostgres(t *testing.T, c *clock) stores {
	t.Helper()
	databaseURL := pgtest.Migrated(t)
	pgtest.Execute(t, databaseURL,
		`CREATE TABLE test_clock (ahead interval NOT NULL)`,
		`INSERT INTO test_clock VALUES ('0')`,
		`CREATE OR REPLACE FUNCTION lectern_now() RETURNS timestamptz
			LANGUAGE sql STABLE AS 'SELECT statement_timestamp() + ahead FROM test_clock'`)
	c.moved = func(by time.Duration) {
		pgtest.Execute(t, databaseURL, fmt.Sprintf(
			"UPDATE test_clock SET ahead = ahead + interval '%d seconds'", by/time.Second))
	}
	s, err := postgres.Open(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return stores{relational: s, index: vectormemory.New(), together: togetherInSQL}
}

// TestSchedulesInSQLite runs LECTERN_SQL_SCHEDULES schedules (20) over SQLite.
func TestSchedulesInSQLite(t *testing.T) { runInSQL(t, inSQLite) }

// TestSchedulesInPostgres runs as many over PostgreSQL.
func TestSchedulesInPostgres(t *testing.T) {
	pgtest.Migrated(t) // starts the server, outside of any bubble
	runInSQL(t, inPostgres)
}

// runInSQL runs schedules in which calls overlap. A seed does not say in what order the store does
// them: a schedule that broke something may not do so again, and is not shortened.
func runInSQL(t *testing.T, open opener) {
	t.Helper()
	if runOne(t, open) {
		return
	}
	all := runMany(t, newSchedule, number(t, "LECTERN_SQL_SCHEDULES", 20), open)
	t.Log(all)
	if all.failed != nil {
		t.Errorf("seed %d:\n%s", all.failed.seed, all.failed.report())
	}
}
