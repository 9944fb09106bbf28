package storetest

import (
	"math"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var spendingCases = map[string]func(*fixture){
	"Add": func(f *fixture) {
		f.spend(store.Spent{Tokens: 5, Cost: 70}, "b", "a")
		f.spend(store.Spent{Tokens: 2}, "a", "c")
		f.reopen()
		f.spend(store.Spent{Cost: 1}, "a")
		f.spent(map[string]store.Spent{
			"a": {Tokens: 7, Cost: 71}, "b": {Tokens: 5, Cost: 70}, "c": {Tokens: 2}, "nobody": {},
		})
		spent, err := f.SpentToday(f.ctx, []string{"nobody", "b", "a", "b"})
		f.ok(err)
		f.equal(spent, []store.Spent{{}, {Tokens: 5, Cost: 70}, {Tokens: 7, Cost: 71}, {Tokens: 5, Cost: 70}})
		spent, err = f.SpentToday(f.ctx, nil)
		f.ok(err)
		f.equal(len(spent), 0)
	},

	"NamesAreCompared": func(f *fixture) {
		const noBreakSpace = "\u00a0"
		f.spend(store.Spent{Tokens: 1}, "user:x")
		f.spent(map[string]store.Spent{"user:x": {Tokens: 1}, "User:x": {}, "user:x" + noBreakSpace: {}, "user:": {}})
	},

	"Invalid": func(f *fixture) {
		f.spend(store.Spent{Tokens: 1, Cost: 1}, "a")
		for _, bad := range []struct {
			payer string
			spent store.Spent
		}{
			{"", store.Spent{Tokens: 1}},
			{"a", store.Spent{Tokens: -2}},
			{"a", store.Spent{Cost: -2}},
			{"a", store.Spent{Tokens: math.MaxInt64}},
		} {
			f.fails(f.AddSpent(f.ctx, []string{"b", bad.payer}, bad.spent), book.Invalid)
		}
		f.spent(map[string]store.Spent{"a": {Tokens: 1, Cost: 1}, "b": {}})
	},

	"EachDayAnew": func(f *fixture) {
		f.spend(store.Spent{Tokens: 1}, "a", "b")
		n, err := f.DeleteSpent(f.ctx)
		f.ok(err)
		f.equal(n, 0)
		f.pass(24 * time.Hour)
		f.spent(map[string]store.Spent{"a": {}})
		f.spend(store.Spent{Tokens: 2}, "a")
		f.spent(map[string]store.Spent{"a": {Tokens: 2}, "b": {}})
		n, err = f.DeleteSpent(f.ctx)
		f.ok(err)
		f.equal(n, 2)
		f.spent(map[string]store.Spent{"a": {Tokens: 2}})
	},

	"Together": func(f *fixture) {
		n := 0
		for _, err := range f.inParallel(func(i int) error {
			payers := []string{"a", "b", "c"}
			if i%2 == 1 {
				payers = []string{"c", "b", "a"}
			}
			return f.AddSpent(f.ctx, payers, store.Spent{Tokens: 1, Cost: 2})
		}) {
			f.ok(err)
			n++
		}
		want := store.Spent{Tokens: int64(n), Cost: int64(2 * n)}
		f.spent(map[string]store.Spent{"a": want, "b": want, "c": want})
	},
}

func (f *fixture) spend(s store.Spent, payers ...string) {
	f.Helper()
	f.ok(f.AddSpent(f.ctx, payers, s))
}

// spent checks what payers have spent today.
func (f *fixture) spent(want map[string]store.Spent) {
	f.Helper()
	for payer, w := range want {
		got, err := f.SpentToday(f.ctx, []string{payer})
		f.ok(err)
		f.equal(got, []store.Spent{w})
	}
}
