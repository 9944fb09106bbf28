package storetest

import (
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// testEmpty tests a store in which nothing is yet: the fixture of the other cases has a space.
func testEmpty(t *testing.T, place Place) {
	f := &fixture{T: t, Store: place.Open(t), ctx: t.Context(), place: place}
	t.Cleanup(func() { f.Close() })
	f.ok(f.Ping(f.ctx))
	identity, err := f.Identity(f.ctx)
	f.ok(err)
	f.equal(identity != uuid.Nil, true)
	_, err = f.ActiveSpace(f.ctx)
	f.fails(err, book.NotFound)
	f.fails(f.AddSpace(f.ctx, otherSpace), book.NotFound)
	spaces, err := f.ListSpaces(f.ctx)
	f.ok(err)
	f.equal(len(spaces), 0)
	f.reopen()
	again, err := f.Identity(f.ctx)
	f.ok(err)
	f.equal(again, identity)
	got := make([]book.Space, parallel)
	for _, err := range f.inParallel(func(i int) (err error) {
		got[i], err = f.EnsureSpace(f.ctx, book.Space{
			Provider: "static", Model: "m", Dimensions: i + 1,
		})
		return err
	}) {
		f.ok(err)
	}
	for _, space := range got {
		f.equal(space, got[0])
	}
}

var spaceCases = map[string]func(*fixture){
	"FirstStays": func(f *fixture) {
		other := book.Space{Provider: "openai", Model: "x", Dimensions: 8, DenseWeight: 1}
		got, err := f.EnsureSpace(f.ctx, other)
		f.ok(err)
		f.equal(got, firstSpace)
		f.reopen()
		f.equal(f.active().Space, firstSpace)
	},

	"EnsureSetsTheDenseWeight": func(f *fixture) {
		changed := firstSpace
		changed.DenseWeight = 0.75
		got, err := f.EnsureSpace(f.ctx, changed)
		f.ok(err)
		f.equal(got, changed)
		f.reopen()
		f.equal(f.active().Space, changed)
		// Not of a space that is not the active one.
		f.addOther()
		other := otherSpace
		other.DenseWeight = 1
		got, err = f.EnsureSpace(f.ctx, other)
		f.ok(err)
		f.equal(got, changed)
		spaces, err := f.ListSpaces(f.ctx)
		f.ok(err)
		f.equal(spaces[0].Space, otherSpace)
	},
}
