package storetest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/lectern-project/lectern/internal/store"
)

var leadershipCases = map[string]func(*fixture){
	"OneLeads": func(f *fixture) {
		other := f.place.Open(f.T)
		defer other.Close()
		led, err := f.Lead(f.ctx, "drain", func(ctx context.Context) error {
			f.ok(ctx.Err())
			for _, s := range []store.Store{f.Store, other} {
				led, err := s.Lead(ctx, "drain", func(context.Context) error {
					f.Error("two lead")
					return nil
				})
				f.ok(err)
				f.equal(led, false)
			}
			inner := false
			led, err := other.Lead(ctx, "audit", func(context.Context) error {
				inner = true
				return nil
			})
			f.ok(err)
			f.equal(led && inner, true)
			return f.Ping(ctx)
		})
		f.ok(err)
		f.equal(led, true)
		led, err = other.Lead(f.ctx, "drain", func(context.Context) error { return nil })
		f.ok(err)
		f.equal(led, true)
	},

	"TheErrorIsThatOfTheWork": func(f *fixture) {
		failure := errors.New("it failed")
		for range 2 {
			led, err := f.Lead(f.ctx, "drain", func(context.Context) error { return failure })
			f.equal(led, true)
			if !errors.Is(err, failure) {
				f.Fatalf("error %v", err)
			}
		}
	},

	"APanicLetsGo": func(f *fixture) {
		func() {
			defer func() { f.equal(recover(), any("it broke")) }()
			_, _ = f.Lead(f.ctx, "drain", func(context.Context) error { panic("it broke") })
		}()
		led, err := f.Lead(f.ctx, "drain", func(context.Context) error { return nil })
		f.ok(err)
		f.equal(led, true)
	},

	"EndsWithTheContext": func(f *fixture) {
		ctx, cancel := context.WithCancel(f.ctx)
		led, err := f.Lead(ctx, "drain", func(ctx context.Context) error {
			cancel()
			<-ctx.Done()
			return ctx.Err()
		})
		f.equal(led, true)
		if !errors.Is(err, context.Canceled) {
			f.Fatalf("error %v", err)
		}
		led, err = f.Lead(f.ctx, "drain", func(context.Context) error { return nil })
		f.ok(err)
		f.equal(led, true)
	},

	"NeverTwoAtOnce": func(f *fixture) {
		var leading, times atomic.Int32
		for _, err := range f.inParallel(func(int) error {
			for range 5 {
				_, err := f.Lead(f.ctx, "drain", func(ctx context.Context) error {
					if leading.Add(1) > 1 {
						f.Error("two lead")
					}
					times.Add(1)
					err := f.Ping(ctx)
					leading.Add(-1)
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		}) {
			f.ok(err)
		}
		if times.Load() == 0 {
			f.Error("nobody led")
		}
	},
}
