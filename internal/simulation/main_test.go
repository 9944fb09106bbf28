package simulation

import (
	"runtime/debug"
	"testing"

	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // there are many small worlds, all of them short-lived
	pgtest.Main(m, postgres.Migrate)
}
