package storetest

import (
	"math"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var attemptCases = map[string]func(*fixture){
	"DelaysGrow": func(f *fixture) {
		l := limit("ann")
		f.attempt(0, l)
		f.attempt(0, l)
		f.attempt(0, l) // the first after the free ones makes the next wait
		f.reopen()
		f.waits(l, time.Hour)
		f.waits(l, time.Hour) // a refused attempt counts nothing
		f.pass(time.Hour)
		f.attempt(0, l)
		f.waits(l, 2*time.Hour)
		f.pass(2 * time.Hour)
		f.attempt(0, l)
		f.waits(l, 3*time.Hour) // the longest
	},

	"Forgotten": func(f *fixture) {
		l := limit("ann")
		for range 3 {
			f.attempt(0, l)
		}
		f.pass(l.Memory)
		for range 3 {
			f.attempt(0, l)
		}
		f.waits(l, time.Hour)
	},

	"TogetherOrNotAtAll": func(f *fixture) {
		one, two := limit("one"), limit("two")
		for range 3 {
			f.attempt(0, one)
		}
		wait, err := f.BeginAttempt(f.ctx, []store.Limit{two, one})
		f.ok(err)
		if wait <= 0 || wait > time.Hour {
			f.Errorf("waits %v, want an hour", wait)
		}
		for range 3 {
			f.attempt(0, two) // nothing was counted
		}
		f.waits(two, time.Hour)
	},

	"Forgive": func(f *fixture) {
		l := limit("ann")
		f.ok(f.ForgiveAttempts(f.ctx, l, 1))
		for range 3 {
			f.attempt(0, l)
		}
		f.ok(f.ForgiveAttempts(f.ctx, l, 1))
		f.attempt(0, l)
		f.waits(l, time.Hour)
		f.pass(time.Hour)
		f.attempt(0, l)
		f.ok(f.ForgiveAttempts(f.ctx, l, 1))
		f.waits(l, 2*time.Hour) // more than the free ones are left
		f.ok(f.ForgiveAttempts(f.ctx, l, math.MaxInt))
		for range 3 {
			f.attempt(0, l)
		}
		f.waits(l, time.Hour)
	},

	"Delete": func(f *fixture) {
		f.attempt(0, limit("old"))
		f.pass(10 * time.Millisecond)
		n, err := f.DeleteAttempts(f.ctx, time.Hour)
		f.ok(err)
		f.equal(n, 0)
		n, err = f.DeleteAttempts(f.ctx, time.Millisecond)
		f.ok(err)
		f.equal(n, 1)
	},

	"Invalid": func(f *fixture) {
		_, err := f.BeginAttempt(f.ctx, []store.Limit{limit("")})
		f.fails(err, book.Invalid)
	},

	"AtOnce": func(f *fixture) {
		l := limit("ann")
		waited := 0
		waits := make([]time.Duration, parallel)
		for _, err := range f.inParallel(func(i int) (err error) {
			waits[i], err = f.BeginAttempt(f.ctx, []store.Limit{l})
			return err
		}) {
			f.ok(err)
		}
		for _, wait := range waits {
			if wait > 0 {
				waited++
			}
		}
		f.equal(waited, parallel-3)
	},
}

// limit has two free attempts.
func limit(name string) store.Limit {
	return store.Limit{
		Name: []byte(name), Free: 2, First: time.Hour, Longest: 3 * time.Hour, Memory: 24 * time.Hour,
	}
}

func (f *fixture) attempt(want time.Duration, l store.Limit) {
	f.Helper()
	wait, err := f.BeginAttempt(f.ctx, []store.Limit{l})
	f.ok(err)
	f.equal(wait, want)
}

// waits checks that the next attempt must wait for about want, less what the suite took.
func (f *fixture) waits(l store.Limit, want time.Duration) {
	f.Helper()
	wait, err := f.BeginAttempt(f.ctx, []store.Limit{l})
	f.ok(err)
	if wait > want || wait < want-10*time.Minute {
		f.Errorf("waits %v, want %v", wait, want)
	}
}
