package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

// TestLeadershipIsLost: a leader whose connection breaks is told so, and the next one leads.
func TestLeadershipIsLost(t *testing.T) {
	databaseURL := pgtest.Migrated(t)
	s := open(t, databaseURL)
	defer s.Close()
	led, err := s.Lead(t.Context(), "drain", func(ctx context.Context) error {
		execute(t, databaseURL, `SELECT pg_terminate_backend(pid) FROM pg_locks
			WHERE locktype = 'advisory' AND objsubid = 2`)
		<-ctx.Done()
		next, err := s.Lead(t.Context(), "drain", func(context.Context) error { return nil })
		if !next || err != nil {
			t.Errorf("the next one leads %t, %v", next, err)
		}
		return ctx.Err()
	})
	var e *book.Error
	if !led || !errors.As(err, &e) || e.Code != book.Unavailable || e.RetryAfter <= 0 {
		t.Errorf("led %t, %v; want unavailable with a time to try again", led, err)
	}
}

// TestLeadersTakeNoConnectionOfThePool: many may lead beside a pool of one connection.
func TestLeadersTakeNoConnectionOfThePool(t *testing.T) {
	s, err := postgres.Open(t.Context(), pgtest.Migrated(t)+"&pool_max_conns=1")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var nest func(ctx context.Context, names ...string) error
	nest = func(ctx context.Context, names ...string) error {
		if len(names) == 0 {
			return s.Ping(ctx)
		}
		led, err := s.Lead(ctx, names[0], func(ctx context.Context) error {
			return nest(ctx, names[1:]...)
		})
		if !led {
			t.Errorf("nobody leads %s", names[0])
		}
		return err
	}
	if err := nest(t.Context(), "drain", "audit", "backfill"); err != nil {
		t.Error(err)
	}
}
