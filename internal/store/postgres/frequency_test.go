package postgres_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

// TestFrequenciesOfManyChunks: where the server says that there are many chunks, frequent terms are
// not counted but estimated from its statistics, and rare ones are counted.
func TestFrequenciesOfManyChunks(t *testing.T) {
	databaseURL := pgtest.Migrated(t)
	s := open(t, databaseURL)
	defer s.Close()
	owner := begin(t, s)
	for i := range 40 {
		text := "robot"
		if i%2 == 0 {
			text += " arm"
		}
		if _, err := s.CommitDocument(t.Context(),
			draft(t, s, owner, fmt.Sprintf("d%d", i), text)); err != nil {
			t.Fatal(err)
		}
	}
	pgtest.Execute(t, databaseURL, "ANALYZE chunks")
	w := draft(t, s, owner, "later", "leg")
	if _, err := s.CommitDocument(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	pgtest.Execute(t, databaseURL,
		"UPDATE pg_class SET reltuples = 50000 WHERE oid = 'chunks'::regclass")
	asked := termsOf("robot arm leg wing")
	df, chunks, err := s.TermFrequencies(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	want := map[uint32]int{
		termsOf("robot")[0]: 50000, termsOf("arm")[0]: 25000, termsOf("leg")[0]: 1,
	}
	if diff := cmp.Diff(want, df); diff != "" || chunks != 50000 {
		t.Errorf("of %d chunks: %s", chunks, diff)
	}
}
