package exact

import (
	"context"
	"runtime"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// Calls that wait for the file share one transaction, and one of them that fails does not spoil
// the others.
func TestWaitingCallsShareATransaction(t *testing.T) {
	path, points := filled(t, 3)
	x := openAt(t, path)
	defer x.Close()
	before, err := lastTransaction(x.db)
	if err != nil {
		t.Fatal(err)
	}
	id := testSpace.ID()
	ending, end := context.WithCancel(t.Context())
	fresh := []vector.Point{testPoint("a"), testPoint("b"), testPoint("c")}
	calls := []func() error{
		func() error { return x.Upsert(t.Context(), id, fresh[:1]) },
		func() error { return x.Upsert(ending, id, fresh[1:2]) },
		func() error { return x.Upsert(t.Context(), id, fresh[2:]) },
		func() error { return x.Delete(t.Context(), id, idsOf(points[:1])) },
	}
	x.writing.Lock()
	results := make(chan book.Code, len(calls))
	for _, call := range calls {
		go func() { results <- book.CodeOf(call()) }()
	}
	for waiting := 0; waiting < len(calls); runtime.Gosched() {
		x.queued.Lock()
		waiting = len(x.queued.changes)
		x.queued.Unlock()
	}
	end()
	x.writing.Unlock()
	got := make(map[book.Code]int)
	for range calls {
		got[<-results]++
	}
	if got[""] != len(calls)-1 || got[book.Canceled] != 1 {
		t.Errorf("results %v, want one canceled and no other failure", got)
	}
	if n, err := x.Count(t.Context(), id); n != len(points)+2-1 || err != nil {
		t.Errorf("%d points, %v; want %d", n, err, len(points)+1)
	}
	if after, err := lastTransaction(x.db); after != before+1 || err != nil {
		t.Errorf("%d transactions, %v; want 1", after-before, err)
	}
}
