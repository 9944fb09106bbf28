package matrix

import (
	"fmt"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
)

// badVectors are what an embedder must not return.
var badVectors = []embedtest.Fault{
	embedtest.MissingVector, embedtest.SurplusVector, embedtest.WrongDimensions,
	embedtest.NaNVector, embedtest.InfiniteVector, embedtest.ZeroVector,
}

// embedderBreaks lets the embedder return vectors that nobody can use: nothing is written.
var embedderBreaks = fault{
	begin: func(a *attempt) bool {
		if a.number > len(badVectors) {
			return false
		}
		for _, e := range a.by.embedders {
			e.Misbehave(badVectors[a.number-1])
		}
		a.contents = a.written()
		return true
	},
	mend: func(a *attempt) {
		for _, e := range a.by.embedders {
			e.Misbehave(embedtest.NoFault)
		}
		if book.CodeOf(a.run.err) != book.Unavailable ||
			!strings.Contains(book.MessageOf(a.run.err), "unusable vectors") {
			a.errorf("an embedder that breaks its promises: %v", a.run.err)
		}
		if now := a.written(); now != a.contents {
			a.errorf("something was written: %s, was %s", now, a.contents)
		}
	},
}

// written tells all that can be written to either store by an operation.
func (a *attempt) written() string {
	a.t.Helper()
	rows := query[string](a.world, `SELECT concat_ws(' ',
		(SELECT string_agg(d::text, ',' ORDER BY doc_id) FROM documents d),
		(SELECT string_agg(c::text, ',' ORDER BY chunk_id) FROM chunks c),
		(SELECT string_agg(v::text, ',' ORDER BY vector_id) FROM chunk_vectors v),
		(SELECT string_agg(l::text, ',' ORDER BY vector_id) FROM vector_ledger l))`)
	active, err := a.home.store.ActiveSpace(a.t.Context())
	a.ok(err)
	points, err := a.home.index.Count(a.t.Context(), active.ID())
	a.ok(err)
	return fmt.Sprintf("%s, and %d points", rows, points)
}
