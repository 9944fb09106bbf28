package store

import "time"

// Pool describes a pool of connections to a database. Counts are those since it was opened.
type Pool struct {
	Name        string
	InUse, Idle int
	Max         int
	Waits       int64         // times that somebody waited for a connection
	Waited      time.Duration // in sum
}
