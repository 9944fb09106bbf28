package qdrant

import (
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// TestSearchesDoNotWaitForever: after a few searches that a server has left without an answer, others
// fail at once; after a rest one asks it again, and where it answers all do.
func TestSearchesDoNotWaitForever(t *testing.T) {
	inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
		const method = "Points/QueryBatch"
		search := func() (time.Duration, book.Code) {
			start := time.Now()
			_, err := x.Search(t.Context(), testSpace.ID(), vector.Query{
				Sparse: book.SparseVector{Indices: []uint32{1}, Values: []float32{1}},
				Scopes: []book.Scope{book.ScopePublic}, Limit: 1,
			})
			return time.Since(start), book.CodeOf(err)
		}
		for range hangs {
			server.Inject(method, qdranttest.Hang)
			if took, code := search(); took < searching.attempt || code != book.Unavailable {
				t.Fatalf("%v after %v", code, took)
			}
		}
		asked := server.Calls(method)
		if took, code := search(); took != 0 || code != book.Unavailable {
			t.Errorf("while it rests: %v after %v", code, took)
		}
		if err := x.Upsert(t.Context(), testSpace.ID(), testPoints(1)); err != nil {
			t.Errorf("a write while searches rest: %v", err)
		}
		if server.Calls(method) != asked {
			t.Error("it was asked while it rests")
		}
		time.Sleep(rest)
		for range 2 {
			if _, code := search(); code != "" {
				t.Errorf("after the rest: %v", code)
			}
		}
	})
}
