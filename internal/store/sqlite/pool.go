package sqlite

import (
	"database/sql"

	"github.com/lectern-project/lectern/internal/store"
)

// Pools describes the connections that read and the one that writes.
func (s *Store) Pools() []store.Pool {
	return []store.Pool{poolOf("read", s.readDB), poolOf("write", s.writeDB)}
}

func poolOf(name string, db *sql.DB) store.Pool {
	stats := db.Stats()
	return store.Pool{
		Name: name, InUse: stats.InUse, Idle: stats.Idle, Max: stats.MaxOpenConnections,
		Waits: stats.WaitCount, Waited: stats.WaitDuration,
	}
}
