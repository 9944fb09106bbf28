package storetest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// otherSpace is a space beside the fixture's.
var otherSpace = book.Space{
	Provider: "openai", Model: "other", Dimensions: 8, PrefixVersion: 1, LexicalVersion: 2,
	DenseWeight: 0.5,
}

// addOther adds otherSpace on standby and returns its id.
func (f *fixture) addOther() string {
	f.Helper()
	f.ok(f.AddSpace(f.ctx, otherSpace))
	return otherSpace.ID()
}

// fillSpace gives every chunk that lacks one a point in the space, and returns their ids. Chunks that
// others delete meanwhile get none.
func (f *fixture) fillSpace(space string) []uuid.UUID {
	f.Helper()
	bases, err := f.ListUnembedded(f.ctx, space, uuid.Nil, 10_000)
	f.ok(err)
	ids := newIDs(len(bases))
	f.ok(f.Reserve(f.ctx, space, ids, lease))
	puts := make([]store.PointPut, len(bases))
	for i, base := range bases {
		puts[i] = store.PointPut{ChunkID: base.ChunkID, NewID: ids[i], Scope: base.Scope}
	}
	_, _, err = f.CommitPoints(f.ctx, space, puts, false)
	f.ok(err)
	return ids
}

// states returns the state of each space.
func (f *fixture) states() map[string]store.SpaceState {
	f.Helper()
	spaces, err := f.ListSpaces(f.ctx)
	f.ok(err)
	states := map[string]store.SpaceState{}
	for _, s := range spaces {
		states[s.ID()] = s.State
	}
	return states
}

// conflicts checks that err is a conflict for which starting over is no use.
func (f *fixture) conflicts(err error) {
	f.Helper()
	f.fails(err, book.Conflict)
	if errors.Is(err, store.ErrStale) {
		f.Fatalf("error %v has ErrStale in its chain", err)
	}
}

// vectors returns how many points chunks refer to in the space.
func (f *fixture) vectors(space string) int {
	f.Helper()
	counts, err := f.Counts(f.ctx, space)
	f.ok(err)
	return counts.Vectors
}

var spaceChangeCases = map[string]func(*fixture){
	"AddSpace": func(f *fixture) {
		other := f.addOther()
		f.reopen()
		spaces, err := f.ListSpaces(f.ctx)
		f.ok(err)
		f.equal(spaces, []store.SpaceStatus{
			{Space: otherSpace, State: store.SpaceStandby},
			{Space: firstSpace, State: store.SpaceActive},
		})
		f.equal(f.active().Space, firstSpace)

		// Again: only the weight changes, of the active one, too.
		for _, s := range []book.Space{otherSpace, firstSpace} {
			s.DenseWeight = 0.75
			f.ok(f.AddSpace(f.ctx, s))
		}
		spaces, err = f.ListSpaces(f.ctx)
		f.ok(err)
		for _, s := range spaces {
			f.equal(s.DenseWeight, 0.75)
		}
		f.equal(f.states(), map[string]store.SpaceState{
			other: store.SpaceStandby, f.space: store.SpaceActive,
		})
	},

	"StandbyIsFilledBesideTheActive": func(f *fixture) {
		w, _ := f.put("d", "one", "two")
		other := f.addOther()
		before := f.points()
		ids := f.fillSpace(other)
		f.equal(len(ids), 2)
		f.equal(f.points(), before)
		f.equal(f.rows(), 0)
		f.equal(f.vectors(other), 2)
		for space, vectorID := range map[string]uuid.UUID{f.space: w.Chunks[0].VectorID, other: ids[0]} {
			found, err := f.References(f.ctx, space, []uuid.UUID{w.Chunks[0].VectorID, ids[0]})
			f.ok(err)
			f.equal(len(found), 1)
			f.equal(found[vectorID].DocID, "d")
		}
		// A document that goes lets go of the points in both.
		due, err := f.DeleteDocument(f.ctx, "d", uuid.Nil)
		f.ok(err)
		f.equal(idsOf(due), setOf(append(ids, written(w)...)...))
		spaces := map[uuid.UUID]string{}
		for _, e := range due {
			spaces[e.VectorID] = e.SpaceID
		}
		f.equal(spaces[ids[0]], other)
		f.equal(spaces[w.Chunks[0].VectorID], f.space)
	},

	"SwitchSpace": func(f *fixture) {
		old, _ := f.put("d", "one", "two")
		other := f.addOther()
		f.stale(f.SwitchSpace(f.ctx, other)) // nothing is in it
		f.fillSpace(other)
		slow := f.draft("d", "one", "three")
		f.put("e", "four") // since it was filled
		f.stale(f.SwitchSpace(f.ctx, other))
		f.equal(f.states()[f.space], store.SpaceActive)
		f.fillSpace(other)
		f.ok(f.SwitchSpace(f.ctx, other))
		f.ok(f.SwitchSpace(f.ctx, other)) // it is the active one
		f.reopen()
		f.equal(f.active().Space, otherSpace)
		f.equal(f.states(), map[string]store.SpaceState{
			other: store.SpaceActive, f.space: store.SpaceStandby,
		})
		// The old points stay, and a write that began before is overtaken.
		found, err := f.References(f.ctx, f.space, written(old))
		f.ok(err)
		f.equal(len(found), 2)
		_, err = f.CommitDocument(f.ctx, slow)
		f.stale(err)

		first := f.space
		f.space = other
		f.put("e", "five")
		f.space = first
		f.stale(f.SwitchSpace(f.ctx, first))
		f.fillSpace(first)
		f.ok(f.SwitchSpace(f.ctx, first))
		f.equal(f.active().Space, firstSpace)
		f.fails(f.SwitchSpace(f.ctx, "none"), book.NotFound)
	},

	"SwitchSpaceOfAnEmptyBook": func(f *fixture) {
		f.ok(f.SwitchSpace(f.ctx, f.addOther()))
		f.equal(f.active().Space, otherSpace)
	},

	"RetireSpace": func(f *fixture) {
		w, _ := f.put("d", "one", "two")
		other := f.addOther()
		ids := f.fillSpace(other)
		slow := newIDs(1)
		f.ok(f.Reserve(f.ctx, other, slow, lease))
		f.conflicts(f.RetireSpace(f.ctx, f.space))
		f.fails(f.RetireSpace(f.ctx, "none"), book.NotFound)
		f.ok(f.RetireSpace(f.ctx, other))
		f.ok(f.RetireSpace(f.ctx, other))
		f.reopen()
		f.equal(f.states(), map[string]store.SpaceState{
			other: store.SpaceRetired, f.space: store.SpaceActive,
		})
		f.conflicts(f.SwitchSpace(f.ctx, other))

		f.fails(f.Reserve(f.ctx, other, newIDs(1), lease), book.NotFound)
		f.fails(f.Reserve(f.ctx, other, nil, lease), book.NotFound)
		_, err := f.AddStrays(f.ctx, other, newIDs(1))
		f.fails(err, book.NotFound)
		bases, err := f.PointBases(f.ctx, other, []uuid.UUID{w.Chunks[0].ChunkID})
		f.ok(err)
		made, released, err := f.CommitPoints(f.ctx, other, []store.PointPut{{
			ChunkID: w.Chunks[0].ChunkID, OldID: bases[0].VectorID, NewID: slow[0],
			Scope: book.ScopePublic,
		}}, false)
		f.ok(err)
		f.equal(made, []bool{false})
		f.equal(idsOf(released), setOf(slow...))
		f.allDue(slow...)
		f.equal(f.vectors(other), 2)
		references, err := f.References(f.ctx, other, ids) // it is still read
		f.ok(err)
		f.equal(len(references), 2)
	},

	"RetiredIsAddedAgain": func(f *fixture) {
		f.put("d", "one", "two")
		other := f.addOther()
		f.fillSpace(other)
		f.ok(f.RetireSpace(f.ctx, other))
		_, err := f.ReleasePoints(f.ctx, other, 1)
		f.ok(err)
		f.addOther()
		f.equal(f.states()[other], store.SpaceStandby)
		f.equal(f.vectors(other), 1)
		f.equal(len(f.fillSpace(other)), 1)
		f.ok(f.SwitchSpace(f.ctx, other))
	},

	"ReleasePoints": func(f *fixture) {
		f.put("a", "one", "two")
		f.putPrivate("b", "three")
		other := f.addOther()
		ids := f.fillSpace(other)
		_, err := f.ReleasePoints(f.ctx, other, 2)
		f.conflicts(err) // on standby
		_, err = f.ReleasePoints(f.ctx, f.space, 2)
		f.conflicts(err)
		_, err = f.ReleasePoints(f.ctx, "none", 2)
		f.fails(err, book.NotFound)
		f.ok(f.RetireSpace(f.ctx, other))
		before := f.points()
		gone := map[uuid.UUID]bool{}
		for _, want := range []int{2, 1, 0} {
			due, err := f.ReleasePoints(f.ctx, other, 2)
			f.ok(err)
			f.equal(len(due), want)
			for _, e := range due {
				gone[e.VectorID] = true
				f.equal(f.due()[e.VectorID], e)
				f.equal(e, store.LedgerEntry{VectorID: e.VectorID, SpaceID: other, Seq: e.Seq})
			}
		}
		f.equal(gone, setOf(ids...))
		f.reopen()
		f.equal(f.vectors(other), 0)
		f.equal(f.points(), before)
		f.equal(f.settle(), 3)
	},

	"ForgetSpace": func(f *fixture) {
		f.put("d", "one")
		other := f.addOther()
		f.fillSpace(other)
		f.conflicts(f.ForgetSpace(f.ctx, f.space))
		f.conflicts(f.ForgetSpace(f.ctx, other)) // on standby
		f.fails(f.ForgetSpace(f.ctx, "none"), book.NotFound)
		f.ok(f.RetireSpace(f.ctx, other))
		f.conflicts(f.ForgetSpace(f.ctx, other)) // a chunk has a point
		_, err := f.ReleasePoints(f.ctx, other, 10)
		f.ok(err)
		f.conflicts(f.ForgetSpace(f.ctx, other)) // the ledger has a row
		f.equal(f.settle(), 1)
		f.ok(f.ForgetSpace(f.ctx, other))
		f.reopen()
		f.equal(f.states(), map[string]store.SpaceState{f.space: store.SpaceActive})
		f.fails(f.ForgetSpace(f.ctx, other), book.NotFound)
		f.fails(f.Reserve(f.ctx, other, newIDs(1), lease), book.NotFound)
	},

	// An activation number is never used twice, and stays what it is while the space is active.
	"Activation": func(f *fixture) {
		seen := map[int64]bool{}
		fresh := func() store.ActiveSpace {
			f.Helper()
			active := f.active()
			if active.Activation <= 0 || seen[active.Activation] {
				f.Fatalf("activation %d after %v", active.Activation, seen)
			}
			seen[active.Activation] = true
			return active
		}
		first := fresh()
		other := f.addOther()
		f.addOther()
		_, err := f.EnsureSpace(f.ctx, firstSpace)
		f.ok(err)
		f.ok(f.AddSpace(f.ctx, firstSpace))
		f.ok(f.SwitchSpace(f.ctx, f.space)) // it is the active one
		f.equal(f.active(), first)
		for range 3 {
			f.ok(f.SwitchSpace(f.ctx, other))
			fresh()
			f.ok(f.RetireSpace(f.ctx, f.space))
			f.ok(f.ForgetSpace(f.ctx, f.space))
			f.reopen()
			f.ok(f.AddSpace(f.ctx, firstSpace))
			f.ok(f.SwitchSpace(f.ctx, f.space))
			fresh()
		}
	},

	// A switch comes between the commits of writers, never into one: afterwards every chunk has a
	// point in the space that is active.
	"SwitchAmongWriters": func(f *fixture) {
		other := f.addOther()
		var writers sync.WaitGroup
		for i := range 4 {
			writers.Go(func() {
				for round := range 10 {
					f.writeAnywhere(fmt.Sprint("d", i), fmt.Sprint("round ", round))
				}
			})
		}
		defer writers.Wait()
		for _, to := range []string{other, f.space, other} {
			for err := store.ErrStale; err != nil; {
				f.fillSpace(to)
				if err = f.SwitchSpace(f.ctx, to); err != nil {
					f.stale(err)
				}
			}
			missing, err := f.ListUnembedded(f.ctx, to, uuid.Nil, 10)
			f.ok(err)
			f.equal(len(missing), 0)
		}
		writers.Wait()
		missing, err := f.ListUnembedded(f.ctx, other, uuid.Nil, 10)
		f.ok(err)
		f.equal(len(missing), 0)
	},
}

// writeAnywhere writes a document in whatever space is active, once, overtaken or not.
func (f *fixture) writeAnywhere(docID, text string) {
	space, err := f.ActiveSpace(f.ctx)
	if err != nil {
		f.Error(err)
		return
	}
	writer := *f
	writer.space = space.ID()
	w := writer.draft(docID, text)
	if _, err := f.CommitDocument(f.ctx, w); err != nil && !errors.Is(err, store.ErrStale) {
		f.Error(err)
	}
}
