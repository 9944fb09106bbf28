package storetest

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var ledgerCases = map[string]func(*fixture){
	"Reserve": func(f *fixture) {
		ids := f.reserve(3)
		f.reopen()
		f.equal(f.stats().Writing, 3)
		f.allDue()
		states, err := f.LedgerStates(f.ctx, append(ids, uuid.New(), ids[0]))
		f.ok(err)
		f.equal(states, map[uuid.UUID]store.LedgerState{
			ids[0]: store.Writing, ids[1]: store.Writing, ids[2]: store.Writing,
		})
		_, err = f.Abandon(f.ctx, ids[1:2], false)
		f.ok(err)
		states, err = f.LedgerStates(f.ctx, ids[:2])
		f.ok(err)
		f.equal(states, map[uuid.UUID]store.LedgerState{
			ids[0]: store.Writing, ids[1]: store.Due,
		})
		f.ok(f.Reserve(f.ctx, f.space, nil, lease))
		states, err = f.LedgerStates(f.ctx, nil)
		f.ok(err)
		f.equal(len(states), 0)
	},

	"ReserveConflict": func(f *fixture) {
		w, _ := f.put("d", "one")
		ids := f.reserve(2)
		_, err := f.Abandon(f.ctx, ids[:1], false)
		f.ok(err)
		twice := book.NewVectorID()
		for _, taken := range []uuid.UUID{ids[0], ids[1], w.Chunks[0].VectorID, twice} {
			fresh := newIDs(2)
			err := f.Reserve(f.ctx, f.space, []uuid.UUID{fresh[0], twice, taken, fresh[1]}, lease)
			f.fails(err, book.Conflict)
			f.equal(f.rows(), 2)
		}
	},

	"UnknownSpace": func(f *fixture) {
		f.fails(f.Reserve(f.ctx, "another", newIDs(1), lease), book.NotFound)
		_, err := f.AddStrays(f.ctx, "another", newIDs(1))
		f.fails(err, book.NotFound)
		f.equal(f.rows(), 0)
	},

	"Abandon": func(f *fixture) {
		w, _ := f.put("d", "one")
		ids := f.reserve(3)
		due, err := f.Abandon(f.ctx,
			[]uuid.UUID{ids[0], ids[0], uuid.New(), w.Chunks[0].VectorID}, false)
		f.ok(err)
		f.equal(idsOf(due), setOf(ids[0]))
		f.equal(len(due), 1)
		f.equal(f.due()[ids[0]], due[0])
		f.equal(due[0], store.LedgerEntry{VectorID: ids[0], SpaceID: f.space, Seq: due[0].Seq})
		// Due already: left as it is.
		again, err := f.Abandon(f.ctx, ids[:1], true)
		f.ok(err)
		f.equal(len(again), 0)
		f.equal(f.due()[ids[0]], due[0])
		f.equal(f.settle(), 1)
		f.equal(f.rows(), 2)

		_, err = f.Abandon(f.ctx, ids, true)
		f.ok(err)
		f.equal(f.settle(), 2)
		f.equal(f.stats(), store.LedgerStats{Watched: 2})
	},

	"ExpireLeases": func(f *fixture) {
		long := f.reserve(1)
		short := newIDs(3)
		f.ok(f.Reserve(f.ctx, f.space, short, 2*time.Millisecond))
		f.pass(10 * time.Millisecond)
		f.allDue() // until it is called, nobody acts on them
		n, err := f.ExpireLeases(f.ctx, 2)
		f.ok(err)
		f.equal(n, 2)
		f.equal(len(f.due()), 2)
		n, err = f.ExpireLeases(f.ctx, 10)
		f.ok(err)
		f.equal(n, 1)
		n, err = f.ExpireLeases(f.ctx, 10)
		f.ok(err)
		f.equal(n, 0)
		f.reopen()
		f.allDue(short...)
		f.equal(f.settle(), 3)
		f.equal(f.stats().Watched, 3) // they were late
		f.equal(f.stats().Writing, 1)
		f.pass(2 * lease)
		n, err = f.ExpireLeases(f.ctx, 10)
		f.ok(err)
		f.equal(n, 1)
		f.allDue(long...)
	},

	"LateIsSettledTwice": func(f *fixture) {
		ids := f.reserve(1)
		_, err := f.Abandon(f.ctx, ids, true)
		f.ok(err)
		first := f.due()[ids[0]]
		f.equal(f.settle(), 1)
		f.allDue()
		f.equal(f.rows(), 1)
		n, err := f.Drop(f.ctx, []store.LedgerEntry{first}) // as it was read before
		f.ok(err)
		f.equal(n, 0)
		f.pass(store.LateWatch - time.Second)
		f.allDue()
		f.pass(time.Second)
		f.reopen()
		f.allDue(ids...)
		f.equal(f.stats().Due, 1)
		f.equal(f.settle(), 1)
		f.equal(f.rows(), 0)
	},

	"LateIsSettledTwiceEvenWhenFirstSettledAfterTheWatch": func(f *fixture) {
		ids := f.reserve(1)
		_, err := f.Abandon(f.ctx, ids, true)
		f.ok(err)
		entries, err := f.ListDue(f.ctx, 10)
		f.ok(err)
		f.pass(store.LateWatch + time.Second) // the drain slept between delete and drop
		n, err := f.Drop(f.ctx, entries)
		f.ok(err)
		f.equal(n, 1)
		f.allDue(ids...)
		f.equal(f.settle(), 1)
		f.equal(f.rows(), 0)
	},

	"DropNeedsTheSequence": func(f *fixture) {
		ids := f.reserve(2)
		due, err := f.Abandon(f.ctx, ids, false)
		f.ok(err)
		wrong := slices.Clone(due)
		wrong[0].Seq++
		n, err := f.Drop(f.ctx, append(wrong, store.LedgerEntry{VectorID: uuid.New(), Seq: 1}))
		f.ok(err)
		f.equal(n, 1)
		f.allDue(ids[0])
		n, err = f.Drop(f.ctx, due)
		f.ok(err)
		f.equal(n, 1)
		n, err = f.Drop(f.ctx, due)
		f.ok(err)
		f.equal(n, 0)
		n, err = f.Drop(f.ctx, nil)
		f.ok(err)
		f.equal(n, 0)
	},

	"DropLeavesWhatWasTouched": func(f *fixture) {
		// A chunk's point is written late, read by a drain as referenced, then let go.
		w := f.draft("d", "one")
		w.Late = true
		f.commit(w)
		read, err := f.ListDue(f.ctx, 10)
		f.ok(err)
		f.equal(read[0].Referenced, true)
		_, err = f.DeleteDocument(f.ctx, "d", uuid.Nil)
		f.ok(err)
		n, err := f.Drop(f.ctx, read)
		f.ok(err)
		f.equal(n, 0)
		f.allDue(w.Chunks[0].VectorID)
	},

	"DropWriting": func(f *fixture) {
		ids := f.reserve(1)
		var entries []store.LedgerEntry
		for seq := range int64(1000) {
			entries = append(entries, store.LedgerEntry{VectorID: ids[0], Seq: seq})
		}
		n, err := f.Drop(f.ctx, entries)
		f.ok(err)
		f.equal(n, 0)
		f.equal(f.stats().Writing, 1)
	},

	"SequenceNeverStartsOver": func(f *fixture) {
		id := newIDs(1)
		last := int64(-1)
		for range 4 {
			f.ok(f.Reserve(f.ctx, f.space, id, lease))
			due, err := f.Abandon(f.ctx, id, false)
			f.ok(err)
			if due[0].Seq <= last {
				f.Fatalf("sequence %d after %d", due[0].Seq, last)
			}
			last = due[0].Seq
			f.equal(f.settle(), 1)
			f.equal(f.rows(), 0)
			f.reopen()
		}
	},

	"ListDue": func(f *fixture) {
		ids := f.reserve(5)
		order := []int{3, 1, 4, 0, 2}
		for _, i := range order {
			_, err := f.Abandon(f.ctx, ids[i:i+1], false)
			f.ok(err)
			f.pass(time.Millisecond)
		}
		entries, err := f.ListDue(f.ctx, 3)
		f.ok(err)
		f.equal(len(entries), 3)
		for i, e := range entries {
			f.equal(e.VectorID, ids[order[i]])
		}
	},

	"AddStrays": func(f *fixture) {
		w, _ := f.put("d", "one")
		reserved, strays := f.reserve(1), newIDs(2)
		ids := []uuid.UUID{
			w.Chunks[0].VectorID, reserved[0], strays[0], strays[1], strays[0],
		}
		n, err := f.AddStrays(f.ctx, f.space, ids)
		f.ok(err)
		f.equal(n, 2)
		f.reopen()
		f.allDue(strays...)
		f.equal(f.stats().Writing, 1)
		n, err = f.AddStrays(f.ctx, f.space, ids)
		f.ok(err)
		f.equal(n, 0)
		f.equal(f.settle(), 2)
		f.equal(f.rows(), 1)
	},

	"Stats": func(f *fixture) {
		f.equal(f.stats(), store.LedgerStats{})
		ids := f.reserve(3)
		f.pass(10 * time.Millisecond)
		_, err := f.Abandon(f.ctx, ids[:2], true)
		f.ok(err)
		got := f.stats()
		if got.Oldest < 10*time.Millisecond || got.Oldest > time.Minute {
			f.Errorf("oldest %v, want a little over 10ms", got.Oldest)
		}
		got.Oldest = 0
		f.equal(got, store.LedgerStats{Writing: 1, Due: 2})
		f.settle()
		_, err = f.Abandon(f.ctx, ids[2:], false)
		f.ok(err)
		f.settle()
		f.equal(f.stats(), store.LedgerStats{Watched: 2})
		f.pass(store.LateWatch + time.Hour)
		got = f.stats()
		f.equal(got.Due, 2)
		if got.Oldest < time.Hour-time.Second || got.Oldest > time.Hour+time.Second {
			f.Errorf("oldest %v, want the hour since the watch ended", got.Oldest)
		}
	},
}
