package storetest

import (
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var departureCases = map[string]func(*fixture){
	"Begin": func(f *fixture) {
		key := f.addKey(f.ann, "one")
		f.link(f.reset(f.ann, "r"))
		d := book.Departure{UserID: f.ann.ID, HeirID: f.bob.ID}
		f.ok(f.BeginDeparture(f.ctx, d))
		f.reopen()
		got, err := f.UserByID(f.ctx, f.ann.ID)
		f.ok(err)
		if !got.Disabled || got.TokenVersion != f.ann.TokenVersion+1 {
			f.Errorf("the account that departs is %+v", got)
		}
		k, _, err := f.KeyByHash(f.ctx, key.Hash)
		f.ok(err)
		if k.RevokedAt.IsZero() {
			f.Error("the key is not revoked")
		}
		_, err = f.LinkByHash(f.ctx, book.LinkReset, []byte("r"))
		f.fails(err, book.NotFound)
		_, err = f.UpdateUser(f.ctx, f.ann.ID, func(u *book.User) error {
			u.Disabled = false
			return nil
		})
		f.fails(err, book.Conflict)

		f.ok(f.BeginDeparture(f.ctx, d))
		again, err := f.UserByID(f.ctx, f.ann.ID)
		f.ok(err)
		f.equal(again, got)
		f.fails(f.BeginDeparture(f.ctx, book.Departure{UserID: f.ann.ID}), book.Conflict)
		f.equal(f.departures(uuid.Nil, 10), []book.Departure{d})
	},

	"BeginRefused": func(f *fixture) {
		f.fails(f.BeginDeparture(f.ctx, book.Departure{UserID: uuid.New()}), book.NotFound)
		reader := f.change(f.addUser("reader"), func(u *book.User) { u.Role = book.Reader })
		disabled := f.change(f.addUser("disabled"), func(u *book.User) { u.Disabled = true })
		for _, heir := range []uuid.UUID{uuid.New(), f.ann.ID, reader.ID, disabled.ID} {
			f.fails(f.BeginDeparture(f.ctx, book.Departure{UserID: f.ann.ID, HeirID: heir}), book.Invalid)
		}
		f.ok(f.BeginDeparture(f.ctx, book.Departure{UserID: f.bob.ID}))
		f.fails(f.BeginDeparture(f.ctx, book.Departure{UserID: f.ann.ID, HeirID: f.bob.ID}),
			book.Invalid)
		admin := f.change(f.ann, func(u *book.User) { u.Role, u.PasswordHash = book.Admin, "hash" })
		f.fails(f.BeginDeparture(f.ctx, book.Departure{UserID: admin.ID}), book.Conflict)
		got, err := f.UserByID(f.ctx, admin.ID)
		f.ok(err)
		f.equal(got, admin)
	},

	"List": func(f *fixture) {
		f.equal(len(f.departures(uuid.Nil, 10)), 0)
		for _, u := range []book.User{f.ann, f.bob} {
			f.ok(f.BeginDeparture(f.ctx, book.Departure{UserID: u.ID}))
		}
		all := f.departures(uuid.Nil, 10)
		f.equal(len(all), 2)
		f.equal(f.departures(uuid.Nil, 1), all[:1])
		f.equal(f.departures(all[0].UserID, 10), all[1:])
	},

	"DeleteUser": func(f *fixture) {
		f.addKey(f.ann, "one")
		f.ok(f.CreateRefreshToken(f.ctx, f.token("first")))
		f.beginTurn(f.converse(f.ann, "talk"), "why?")
		_, _, err := f.BeginRequest(f.ctx, f.ann.ID, "key", []byte("x"), time.Minute)
		f.ok(err)
		f.put("d", "one")
		f.fails(f.DeleteUser(f.ctx, uuid.New()), book.NotFound)
		f.fails(f.DeleteUser(f.ctx, f.ann.ID), book.Conflict) // does not depart
		f.ok(f.BeginDeparture(f.ctx, book.Departure{UserID: f.ann.ID, HeirID: f.bob.ID}))
		f.fails(f.DeleteUser(f.ctx, f.ann.ID), book.Conflict) // owns a document
		f.equal(len(f.departures(uuid.Nil, 10)), 1)
		_, err = f.UpdateDocument(f.ctx, "d", uuid.Nil, store.DocumentChange{OwnerID: &f.bob.ID})
		f.ok(err)
		f.ok(f.BeginDeparture(f.ctx, book.Departure{UserID: f.bob.ID}))
		_, err = f.DeleteDocument(f.ctx, "d", uuid.Nil)
		f.ok(err)
		f.fails(f.DeleteUser(f.ctx, f.bob.ID), book.Conflict) // is an heir

		f.ok(f.DeleteUser(f.ctx, f.ann.ID))
		f.fails(f.DeleteUser(f.ctx, f.ann.ID), book.NotFound)
		_, err = f.UserByLogin(f.ctx, "ann")
		f.fails(err, book.NotFound)
		_, _, err = f.KeyByHash(f.ctx, []byte("hash one"))
		f.fails(err, book.NotFound)
		_, err = f.RefreshToken(f.ctx, []byte("first"))
		f.fails(err, book.NotFound)
		f.ok(f.DeleteUser(f.ctx, f.bob.ID))
		f.equal(len(f.departures(uuid.Nil, 10)), 0)
		f.addUser("ann") // the name is free
	},
}

func (f *fixture) departures(after uuid.UUID, limit int) []book.Departure {
	f.Helper()
	departures, err := f.ListDepartures(f.ctx, after, limit)
	f.ok(err)
	return departures
}
