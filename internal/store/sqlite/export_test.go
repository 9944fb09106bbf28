package sqlite

import (
	"strconv"
	"testing"
)

// LimitPages lets the file grow by no more than n pages.
func LimitPages(t *testing.T, s *Store, n int) {
	t.Helper()
	var pages int
	if err := s.writeDB.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	pragma(t, s, "max_page_count", pages+n)
}

// NoBusyWait makes a write fail at once when another program has the file.
func NoBusyWait(t *testing.T, s *Store) {
	t.Helper()
	pragma(t, s, "busy_timeout", 0)
}

func pragma(t *testing.T, s *Store, name string, value int) {
	t.Helper()
	if _, err := s.writeDB.Exec("PRAGMA " + name + " = " + strconv.Itoa(value)); err != nil {
		t.Fatal(err)
	}
}
