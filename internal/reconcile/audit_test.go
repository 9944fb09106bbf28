package reconcile

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// standby adds the second space and leaves it with a point for every chunk.
func (w *world) standby() book.Space {
	w.t.Helper()
	w.ok(w.AddSpace(w.t.Context(), w.spaces[1]))
	w.ok(w.Backfill(w.t.Context(), w.spaces[1], Pace{}))
	return w.spaces[1]
}

// lose deletes a point that a chunk refers to behind the store's back.
func (w *world) lose(space book.Space) {
	w.t.Helper()
	refs, err := w.store.ListReferences(w.t.Context(), space.ID(), uuid.Nil, 1)
	if err != nil || len(refs) != 1 {
		w.t.Fatalf("%d references, %v", len(refs), err)
	}
	w.ok(w.index.Delete(w.t.Context(), space.ID(), []uuid.UUID{refs[0].VectorID}))
}

// stray writes a point that nothing refers to.
func (w *world) stray(space book.Space) {
	w.t.Helper()
	w.ok(w.index.Upsert(w.t.Context(), space.ID(), []vector.Point{{
		ID: book.NewVectorID(), DocID: "doc", ChunkID: uuid.New(), Scope: book.ScopePublic,
		Sparse: book.SparseVector{Indices: []uint32{3}, Values: []float32{1}},
	}}))
}

// TestAuditOfStandby: what a space on standby has must be right, and what it lacks is no finding.
func TestAuditOfStandby(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		standby := w.standby()
		w.put("new", 0)
		w.agree(w.spaces[0])
		w.lose(standby)
		w.stray(standby)
		w.stray(w.spaces[0])
		report, err := w.Audit(t.Context(), 0)
		w.ok(err)
		if report.Missing != 1 || report.Stray != 2 || report.Mismatched != 0 || report.Clean() {
			t.Errorf("%+v", report)
		}
		for _, s := range report.Spaces {
			if s.ID() == standby.ID() && (len(s.Missing) != 1 || len(s.Stray) != 1) {
				t.Errorf("%+v", s)
			}
		}
		done, err := w.Repair(t.Context(), report)
		if err != nil || done != (Repaired{Rewritten: 1, Deleted: 2}) {
			t.Errorf("%+v, %v", done, err)
		}
		w.agree(w.spaces[0])
	})
}

// TestAuditLeavesRetiredSpacesAlone: they are emptied, whatever is wrong with them.
func TestAuditLeavesRetiredSpacesAlone(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		standby := w.standby()
		w.lose(standby)
		w.stray(standby)
		w.ok(w.store.RetireSpace(t.Context(), standby.ID()))
		w.agree(w.spaces[0])
		_, err := w.Drain(t.Context())
		w.ok(err)
		if got := w.states()[standby.ID()]; got != "" {
			t.Errorf("the space is still %q", got)
		}
	})
}

// TestCollectionThatIsAnothers: it is a finding, nothing is done to it, and the other spaces are mended.
func TestCollectionThatIsAnothers(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		standby := w.standby()
		w.index.another = standby.ID()
		w.lose(w.spaces[0])
		report, err := w.Audit(t.Context(), 0)
		w.ok(err)
		for _, s := range report.Spaces {
			if (s.Conflict != nil) != (s.ID() == standby.ID()) {
				t.Errorf("%s: %v", s.ID(), s.Conflict)
			}
		}
		_, err = w.Repair(t.Context(), report)
		w.ok(err)
		report, err = w.Audit(t.Context(), 0)
		w.ok(err)
		for _, s := range report.Spaces {
			if s.State == store.SpaceActive && !s.Clean() || s.ID() == standby.ID() && s.Conflict == nil {
				t.Errorf("%+v", s)
			}
		}
		if report.Clean() {
			t.Error("clean")
		}
	})
}

// TestOrphans: an older snapshot of the index brings the collection of a dropped space back. It is found
// and dropped, and afterwards the book can move there again. While that drop may still land, it cannot.
func TestOrphans(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.put("doc", 0)
		gone := w.spaces[1]
		w.ok(w.index.Ensure(t.Context(), gone))
		w.stray(gone)
		report, err := w.Audit(t.Context(), 0)
		w.ok(err)
		if report.Orphaned != 1 || report.Orphans[0] != gone.ID() || report.Clean() {
			t.Errorf("%+v", report)
		}
		background, err := w.auditPart(t.Context(), 0)
		if err != nil || !slices.Equal(background.Orphans, report.Orphans) {
			t.Errorf("in the background %+v, %v", background, err)
		}
		done, err := w.Repair(t.Context(), report)
		if err != nil || done != (Repaired{Dropped: 1}) {
			t.Errorf("%+v, %v", done, err)
		}
		w.agree(w.spaces[0])
		w.ok(w.AddSpace(t.Context(), gone))
		if n, err := w.index.Count(t.Context(), gone.ID()); err != nil || n != 0 {
			t.Errorf("%d points, %v", n, err)
		}
		// What belongs to a space by now is not dropped, whatever an earlier report says.
		done, err = w.Repair(t.Context(), report)
		if err != nil || done != (Repaired{}) {
			t.Errorf("again: %+v, %v", done, err)
		}
		w.agree(w.spaces[0])
	})
}

// announcing announces the drop of a space's collection as soon as the space is added.
type announcing struct {
	Store

	spaceID string
}

func (a announcing) AddSpace(ctx context.Context, space book.Space) error {
	if err := a.Store.AddSpace(ctx, space); err != nil {
		return err
	}
	return a.Reserve(ctx, a.spaceID, []uuid.UUID{dropMark(space.ID())}, time.Minute)
}

// TestAddSpaceWhileItIsDropped: a drop that was announced while the space was added is seen before the
// space is used, and who announced it sees the space and drops nothing.
func TestAddSpaceWhileItIsDropped(t *testing.T) {
	w := newWorld(t, "memory", fakes(t))
	space := w.spaces[1]
	w.ok(w.index.Ensure(t.Context(), space))
	meanwhile := New(announcing{w.store, w.spaces[0].ID()}, w.index, w.ingest)
	err := meanwhile.AddSpace(t.Context(), space)
	if book.CodeOf(err) != book.Conflict {
		t.Errorf("%v, want a conflict", err)
	}
	dropped, late, err := w.dropIn(t.Context(), space.ID(), absent, time.Minute)
	if dropped || late || err != nil {
		t.Errorf("dropped %v, late %v, %v", dropped, late, err)
	}
}

// TestAuditGoesOn: the audit in the background looks at a part in each run and misses nothing.
func TestAuditGoesOn(t *testing.T) {
	w := newWorld(t, "memory", fakes(t))
	for i := range 4 {
		w.put(fmt.Sprint("doc", i), 0)
	}
	standby := w.standby()
	w.stray(w.spaces[0])
	w.lose(standby)
	found := map[string]Findings{}
	runs := 0
	for at := (place{}); runs == 0 || at != (place{}); runs++ {
		suspects, next, err := w.walk(t.Context(), at, &budget{1, time.Now().Add(time.Hour)})
		w.ok(err)
		for _, s := range suspects {
			all := found[s.ID()]
			all.Stray = append(all.Stray, s.Stray...)
			all.Missing = append(all.Missing, s.Missing...)
			found[s.ID()] = all
		}
		at = next
	}
	// Four phases in each of two spaces, and one run to see that there is no third.
	if len(found[w.spaces[0].ID()].Stray) != 1 || len(found[standby.ID()].Missing) != 1 || runs < 8 {
		t.Errorf("%d runs found %+v", runs, found)
	}
}

// TestStats: what is found and done is counted, by the replica that did it.
func TestStats(t *testing.T) {
	w := newWorld(t, "memory", fakes(t))
	w.put("doc", 0)
	w.stray(w.spaces[0])
	for range 2 {
		found, err := w.auditPart(t.Context(), 0)
		if err != nil || len(found.Spaces) != 1 || len(found.Spaces[0].Stray) != 1 {
			t.Errorf("found %+v, %v", found, err)
		}
	}
	_, err := w.Drain(t.Context())
	w.ok(err)
	_, err = w.store.Lead(t.Context(), "drain", func(ctx context.Context) error {
		_, err := w.Drain(ctx)
		return err
	})
	w.ok(err)
	_, err = w.store.Lead(t.Context(), "audit", func(ctx context.Context) error {
		_, err := w.AuditPart(ctx)
		return err
	})
	w.ok(err)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Drain(canceled); err == nil {
		t.Error("no error")
	}
	got := w.Stats()
	if got.Findings != (Found{Stray: 2}) || got.Drain.Succeeded != 1 || got.Drain.Failed != 1 ||
		got.Audit.Succeeded != 0 || got.Drain.LastSuccess.IsZero() {
		t.Errorf("%+v", got)
	}
}

// TestAuditWaitsForWrites: what looks wrong is looked at again when no write is under way any more,
// and not before.
func TestAuditWaitsForWrites(t *testing.T) {
	for name, writing := range map[string]bool{"idle": false, "writing": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "memory", fakes(t))
				w.put("doc", 0)
				w.lose(w.spaces[0])
				begun, id := time.Now(), []uuid.UUID{book.NewVectorID()}
				want := look
				if writing {
					want = 30 * time.Second
					w.ok(w.store.Reserve(t.Context(), w.spaces[0].ID(), id, time.Hour))
					time.AfterFunc(want, func() {
						_, err := w.store.Abandon(context.Background(), id, false)
						w.check(err)
					})
				}
				report, err := w.Audit(t.Context(), time.Minute)
				took := time.Since(begun)
				if err != nil || report.Missing == 0 || took < want || took > want+look {
					t.Errorf("%d missing after %v, want %v: %v", report.Missing, took, want, err)
				}
			})
		})
	}
}
