package postgres_test

import (
	"testing"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/store/storetest"
)

func TestLimits(t *testing.T) {
	storetest.RunLimits(t, func(t *testing.T) store.Limits {
		s := open(t, pgtest.Migrated(t))
		t.Cleanup(func() { s.Close() })
		return s
	})
}
