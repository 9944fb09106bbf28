package store

import (
	"fmt"

	"github.com/lectern-project/lectern/internal/book"
)

// Schema is the state of a database's tables. Migrations are numbered from 1.
type Schema struct {
	Database string // where it is, without credentials
	Version  int64  // newest migration that was applied; 0: none
	Known    int64  // newest migration that this program knows
	// Oldest is the newest migration that the oldest program knows which may use the schema; 0 when
	// only a program that knows all of it may.
	Oldest int64
	// Missing are migrations before Version that were not applied. Then the schema is dirty.
	Missing []int64
}

// Check returns nil when this program may use the schema: it is the one that the program knows, or a
// newer one that has only grown since. Else Conflict.
func (s Schema) Check() error {
	switch {
	case s.compatible():
		return nil
	case s.Version > s.Known:
		return s.CheckNotNewer()
	case len(s.Missing) > 0:
		return book.Errorf(book.Conflict, "the schema of database %s is dirty: migrations %d were "+
			"left out; back it up, then run `lectern migrate up`", s.Database, s.Missing)
	case s.Version < s.Known:
		return book.Errorf(book.Conflict, "database %s has schema version %d, this program needs %d; "+
			"run `lectern migrate up`, or serve with --auto-migrate", s.Database, s.Version, s.Known)
	}
	return nil
}

// CheckNotNewer returns Conflict when a newer program than this one wrote the schema.
func (s Schema) CheckNotNewer() error {
	if s.Version <= s.Known {
		return nil
	}
	return book.Errorf(book.Conflict, "database %s has schema version %d, this program knows up "+
		"to %d; use the newer program that wrote it", s.Database, s.Version, s.Known)
}

// compatible reports whether a newer schema still suits this program.
func (s Schema) compatible() bool {
	return s.Version > s.Known && s.Oldest > 0 && s.Known >= s.Oldest
}

// State is a word for the schema: empty, older, current, compatible (newer, and of use), newer or
// dirty.
func (s Schema) State() string {
	switch {
	case s.compatible():
		return "compatible"
	case s.Version > s.Known:
		return "newer"
	case len(s.Missing) > 0:
		return "dirty"
	case s.Version == 0:
		return "empty"
	case s.Version < s.Known:
		return "older"
	}
	return "current"
}

// String names the database and the state of its schema.
func (s Schema) String() string {
	return fmt.Sprintf("database %s: schema version %d of %d (%s)",
		s.Database, s.Version, s.Known, s.State())
}
