package postgres

import "github.com/lectern-project/lectern/internal/store"

// Pools describes the pool of connections. Those that lead are not of it.
func (s *Store) Pools() []store.Pool {
	stat := s.pool.Stat()
	return []store.Pool{{
		Name: "main", InUse: int(stat.AcquiredConns()), Idle: int(stat.IdleConns()),
		Max: int(stat.MaxConns()), Waits: stat.EmptyAcquireCount(), Waited: stat.EmptyAcquireWaitTime(),
	}}
}
