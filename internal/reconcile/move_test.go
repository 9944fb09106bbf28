package reconcile

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// everywhere runs a test over every pair of stores, with two test embedders.
func everywhere(t *testing.T, test func(t *testing.T, w *world)) {
	for place := range places {
		t.Run(place, func(t *testing.T) { test(t, newWorld(t, place, fakes(t))) })
	}
}

// TestReadersSeeNothingOfAMove: the book is moved forth and back, old spaces dropped, while documents
// are ingested and deleted; every answer is whole, of one revision, and without an error.
func TestReadersSeeNothingOfAMove(t *testing.T) {
	for place := range places {
		for name, pair := range map[string]func(*testing.T) [2]embed.Embedder{
			"fakes": fakes, "prefixes": prefixes,
		} {
			t.Run(place+"/"+name, func(t *testing.T) { moveAround(t, newWorld(t, place, pair(t))) })
		}
	}
}

func moveAround(t *testing.T, w *world) {
	const documents = 12
	for i := range documents {
		w.put(fmt.Sprint("still", i), 0)
	}
	w.put("busy", 0)
	done := make(chan struct{})
	var group sync.WaitGroup
	var searches, lags atomic.Int64
	for range 2 {
		run(&group, done, func(round int) {
			docID := fmt.Sprint("still", round%documents)
			if round%3 == 0 {
				docID = "busy"
			}
			lags.Add(w.look(docID))
			searches.Add(1)
		})
	}
	run(&group, done, func(round int) { // writes what readers look for, and what nobody does
		w.check(w.tryPut("busy", round))
		w.check(w.tryPut("passing", round))
		w.check(w.ingest.Delete(context.Background(), "passing", owner))
		time.Sleep(time.Millisecond)
	})
	run(&group, done, func(int) {
		_, err := w.Drain(context.Background())
		w.check(err)
		time.Sleep(time.Millisecond)
	})
	for round := 0; round < 6 || round%2 == 1 || (searches.Load() < 100 && round < 500); round++ {
		to := w.spaces[(round+1)%2]
		moved := w.moveTo(to, round%3 == 0)
		if moved.To != to.ID() {
			t.Errorf("moved to %s, not %s", moved.To, to.ID())
		}
	}
	close(done)
	group.Wait()
	t.Logf("%d searches, %d of them with a lag", searches.Load(), lags.Load())
	if searches.Load() < 100 || lags.Load() > searches.Load()/10 {
		t.Error("too few searches, or too many with a lag")
	}
	_, err := w.Drain(t.Context())
	w.ok(err)
	w.agree(w.spaces[0])
}

// moveTo moves the book. A space that is being dropped is waited for.
func (w *world) moveTo(to book.Space, dropOld bool) Moved {
	w.t.Helper()
	for range 1000 {
		moved, err := w.Move(w.t.Context(), Move{To: to, DropOld: dropOld})
		if err == nil {
			return moved
		}
		if !strings.Contains(book.MessageOf(err), "being dropped") {
			w.t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	w.t.Fatal("a space stays being dropped")
	return Moved{}
}

// look searches for a document that is there all the while, and returns 1 if the search had a lag.
func (w *world) look(docID string) int64 {
	found, err := w.search.Search(context.Background(), retrieve.Request{
		Question: "How does the" + docID + " walk?", TopK: 5, View: book.View{UserID: owner},
	})
	if err != nil {
		w.t.Errorf("search: %v", err)
		return 0
	}
	lag := int64(0)
	for _, part := range found.Degraded {
		if part != retrieve.DegradedIndexLag {
			w.t.Errorf("the search had to do without %s", part)
		}
		lag = 1
	}
	there := false
	revisions := map[string]int64{}
	for _, p := range found.Passages {
		there = there || p.DocID == docID
		if r, ok := revisions[p.DocID]; ok && r != p.Revision {
			w.t.Errorf("revisions %d and %d of %s in one answer", r, p.Revision, p.DocID)
		}
		revisions[p.DocID] = p.Revision
	}
	if !there && lag == 0 {
		w.t.Errorf("%s is not among %d passages", docID, len(found.Passages))
	}
	return lag
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
	}
}

func TestMoveForthAndBack(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		first, second := w.spaces[0], w.spaces[1]
		for i := range 3 {
			w.put(fmt.Sprint("doc", i), 0)
		}
		var steps []int
		filled := false
		moved, err := w.Move(t.Context(), Move{
			To: second, Pace: Pace{Progress: func(done, total int) { steps = append(steps, done, total) }},
			Filled: func(_ context.Context, from, to book.Space) error {
				filled = from.ID() == first.ID() && to.ID() == second.ID()
				return nil
			},
		})
		w.ok(err)
		if diff := cmp.Diff(Moved{first.ID(), second.ID(), []string{}}, moved); diff != "" || !filled {
			t.Errorf("filled: %v (-want +got):\n%s", filled, diff)
		}
		if n := len(steps); n < 2 || steps[n-1] != steps[n-2] || steps[n-1] < 9 {
			t.Errorf("progress %v", steps)
		}
		w.agree(second)
		w.put("doc1", 1)
		w.put("new", 0)
		if diff := cmp.Diff(map[string]store.SpaceState{
			first.ID(): store.SpaceStandby, second.ID(): store.SpaceActive,
		}, w.states()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		moved = w.moveTo(first, true)
		if diff := cmp.Diff(Moved{second.ID(), first.ID(), []string{second.ID()}}, moved); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		w.agree(first)
		if diff := cmp.Diff(map[string]store.SpaceState{first.ID(): store.SpaceActive},
			w.states()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := w.index.Count(t.Context(), second.ID()); book.CodeOf(err) != book.NotFound {
			t.Errorf("the collection is still there: %v", err)
		}
		w.moveTo(second, false) // a space that was forgotten can be had again
		w.agree(second)
	})
}

// TestMoveGoesOn: what broke off goes on where it was, and embeds nothing twice.
func TestMoveGoesOn(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		for i := range 3 {
			w.put(fmt.Sprint("doc", i), 0)
		}
		ctx, cancel := context.WithCancel(t.Context())
		made := 0
		_, err := w.Move(ctx, Move{To: w.spaces[1], Pace: Pace{Rate: 2, Progress: func(done, _ int) {
			made = done
			cancel()
		}}})
		if book.CodeOf(err) != book.Canceled || made != 2 {
			t.Fatalf("%d made, %v", made, err)
		}
		w.agree(w.spaces[0])
		before := w.Stats().Backfilled
		w.moveTo(w.spaces[1], false)
		counts, err := w.store.Counts(t.Context(), w.spaces[1].ID())
		w.ok(err)
		if n := w.Stats().Backfilled - before; before != 2 || int(n) != counts.Chunks-2 {
			t.Errorf("%d and then %d of %d chunks", before, n, counts.Chunks)
		}
		w.agree(w.spaces[1])
	})
}

// TestFilledEndsAMove: the book stays where it was.
func TestFilledEndsAMove(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		no := errors.New("worse")
		_, err := w.Move(t.Context(), Move{
			To: w.spaces[1], DropOld: true,
			Filled: func(context.Context, book.Space, book.Space) error { return no },
		})
		if !errors.Is(err, no) {
			t.Errorf("%v", err)
		}
		w.agree(w.spaces[0])
	})
}

// TestSwitchFillsWhatIsNew: documents that are ingested between backfill and switch do not get lost.
func TestSwitchFillsWhatIsNew(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		rounds := 0
		_, err := w.Move(t.Context(), Move{
			To: w.spaces[1],
			Pace: Pace{Progress: func(int, int) {
				if rounds++; rounds <= 3 {
					w.put("doc", rounds)
				}
			}},
		})
		w.ok(err)
		w.agree(w.spaces[1])
		if w.look("doc") != 0 || rounds < 4 {
			t.Errorf("%d rounds", rounds)
		}
	})
}

// TestMoveRewritesScopes: who may read changed after the backfill; the space that is switched to
// finds it by the new scope.
func TestMoveRewritesScopes(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		private := book.Private
		_, err := w.Move(t.Context(), Move{
			To: w.spaces[1],
			Filled: func(ctx context.Context, _, _ book.Space) error {
				_, err := w.ingest.Update(ctx, "doc", owner,
					store.DocumentChange{Visibility: &private})
				return err
			},
		})
		w.ok(err)
		for _, space := range w.spaces {
			wrong, err := w.store.ListMisscoped(t.Context(), space.ID(), "", uuid.Nil, 10)
			if err != nil || len(wrong) > 0 && space.ID() == w.spaces[1].ID() {
				t.Errorf("%d points of a wrong scope in %s: %v", len(wrong), space.ID(), err)
			}
		}
		w.look("doc")
		w.agree(w.spaces[1])
	})
}

// TestDrainRewritesScopesOfStandby: not those of the active space alone.
func TestDrainRewritesScopesOfStandby(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		w.moveTo(w.spaces[1], false)
		private := book.Private
		_, err := w.ingest.Update(t.Context(), "doc", owner,
			store.DocumentChange{Visibility: &private})
		w.ok(err)
		done, err := w.Drain(t.Context())
		if err != nil || done.Rewritten == 0 {
			t.Errorf("%+v, %v", done, err)
		}
		wrong, err := w.store.ListMisscoped(t.Context(), w.spaces[0].ID(), "", uuid.Nil, 10)
		if err != nil || len(wrong) > 0 {
			t.Errorf("%d points of a wrong scope: %v", len(wrong), err)
		}
		w.agree(w.spaces[1])
	})
}

// TestSearchOutlivesItsSpace: a search that read its space before it was left, emptied and dropped
// finds the same in the next one, also where the old one still has other documents.
func TestSearchOutlivesItsSpace(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		w.put("other", 0)
		for name, leave := range map[string]func(){
			"dropped":  func() { w.moveTo(w.spaces[1], true) },
			"switched": func() { w.moveTo(w.spaces[1], false); w.put("doc", 1) },
		} {
			w.moveTo(w.spaces[0], true)
			w.look("doc") // and remembers the space
			asked := 0
			w.index.beforeSearch = func(string) {
				if asked++; asked == 1 {
					leave()
				}
			}
			if lag := w.look("doc"); lag != 0 || asked != 2 {
				t.Errorf("%s: asked %d times, lag %d", name, asked, lag)
			}
			w.index.beforeSearch = nil
		}
	})
}

// TestIngestOutlivesItsSpace: an ingest whose space is dropped before its commit writes to the next.
func TestIngestOutlivesItsSpace(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		left := false
		w.index.upsert = func() error {
			if !left {
				left = true
				w.moveTo(w.spaces[1], true)
			}
			return nil
		}
		w.put("new", 0)
		w.index.upsert = nil
		if !left {
			t.Fatal("nothing was written")
		}
		_, err := w.Drain(t.Context())
		w.ok(err)
		w.agree(w.spaces[1])
		w.look("new")
	})
}

// TestLateRowsKeepASpace: a space is forgotten when no write to it can land any more.
func TestLateRowsKeepASpace(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		w.index.upsert = func() error { return errors.Join(book.Errorf(book.Deadline, "slow"), vector.ErrMayLand) }
		if err := w.tryPut("doc", 1); err == nil {
			t.Fatal("no error")
		}
		w.index.upsert = nil
		w.moveTo(w.spaces[1], true)
		if got := w.states()[w.spaces[0].ID()]; got != store.SpaceRetired {
			t.Errorf("the space is %q while a write may land in it", got)
		}
		w.agree(w.spaces[1])
		_, err := w.Move(t.Context(), Move{To: w.spaces[0]})
		if book.CodeOf(err) != book.Conflict || !strings.Contains(book.MessageOf(err), "being dropped") {
			t.Errorf("back into a space that is being dropped: %v", err)
		}
		w.advance(2 * store.LateWatch)
		_, err = w.Drain(t.Context())
		w.ok(err)
		if got := w.states()[w.spaces[0].ID()]; got != "" {
			t.Errorf("the space is still %q", got)
		}
		w.moveTo(w.spaces[0], false)
		w.agree(w.spaces[0])
	})
}

// TestLateDrop: a call that drops a collection and was lost keeps the space from being made anew for as
// long as it may land.
func TestLateDrop(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		dropped := 0
		w.index.drop = func(context.Context, string) error {
			dropped++
			return book.Errorf(book.Deadline, "slow")
		}
		if _, err := w.Move(t.Context(), Move{To: w.spaces[1], DropOld: true}); err == nil {
			t.Error("a drop that failed is no error")
		}
		for range 3 {
			_, err := w.Drain(t.Context())
			w.ok(err)
		}
		if dropped != 1 || w.states()[w.spaces[0].ID()] != store.SpaceRetired {
			t.Errorf("dropped %d times, states %v", dropped, w.states())
		}
		w.index.drop = nil
		w.advance(2 * store.LateWatch)
		for range 2 { // the first settles the mark
			_, err := w.Drain(t.Context())
			w.ok(err)
		}
		if got := w.states()[w.spaces[0].ID()]; got != "" {
			t.Errorf("the space is still %q", got)
		}
		w.agree(w.spaces[1])
	})
}

// TestDropThatMayLandAgain: the space is gone, and is not made anew as long as the drop may land again.
func TestDropThatMayLandAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		w.index.drop = func(ctx context.Context, spaceID string) error {
			return errors.Join(w.index.Index.Drop(ctx, spaceID), vector.ErrLate)
		}
		w.moveTo(w.spaces[1], true)
		if got := w.states()[w.spaces[0].ID()]; got != "" {
			t.Errorf("the space is still %q", got)
		}
		if _, err := w.Move(t.Context(), Move{To: w.spaces[0]}); book.CodeOf(err) != book.Conflict {
			t.Errorf("a space whose collection may still be dropped: %v", err)
		}
		w.advance(2 * store.LateWatch)
		_, err := w.Drain(t.Context())
		w.ok(err)
		w.moveTo(w.spaces[0], false)
		w.agree(w.spaces[0])
	})
}

// TestMoveIsNotMadeTwice: while one replica moves the book, another may not.
func TestMoveIsNotMadeTwice(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		_, err := w.Move(t.Context(), Move{
			To: w.spaces[1],
			Filled: func(ctx context.Context, _, _ book.Space) error {
				_, err := w.Move(ctx, Move{To: w.spaces[1]})
				if book.CodeOf(err) != book.Conflict {
					t.Errorf("a second move: %v", err)
				}
				return nil
			},
		})
		w.ok(err)
	})
}

func TestPace(t *testing.T) {
	for rate, want := range map[float64]int{0: batch, -1: batch, 0.5: 1, 10: 10, math.Inf(1): batch} {
		if got := (Pace{Rate: rate}).page(); got != want {
			t.Errorf("%v a second: %d at once, want %d", rate, got, want)
		}
	}
	start := time.Now()
	if err := (Pace{Rate: 100}).wait(t.Context(), 5, 10*time.Millisecond); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took < 40*time.Millisecond {
		t.Errorf("5 chunks at 100 a second took %v and 10 ms", took)
	}
}
