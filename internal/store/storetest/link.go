package storetest

import (
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

var linkCases = map[string]func(*fixture){
	"Invitations": func(f *fixture) {
		a, b := f.link(f.invitation("a")), f.link(f.invitation("b"))
		f.link(f.reset(f.ann, "r"))
		f.reopen()
		got, err := f.LinkByHash(f.ctx, book.LinkInvitation, a.Hash)
		f.ok(err)
		f.equal(got, a)
		_, err = f.LinkByHash(f.ctx, book.LinkReset, a.Hash)
		f.fails(err, book.NotFound)
		_, err = f.LinkByHash(f.ctx, book.LinkInvitation, []byte("none"))
		f.fails(err, book.NotFound)
		f.equal(f.invitations(uuid.Nil, 10), []book.Link{a, b})
		f.equal(f.invitations(uuid.Nil, 1), []book.Link{a})
		f.equal(f.invitations(a.ID, 10), []book.Link{b})
		f.ok(f.DeleteInvitation(f.ctx, a.ID))
		f.fails(f.DeleteInvitation(f.ctx, a.ID), book.NotFound)
		f.equal(f.invitations(uuid.Nil, 10), []book.Link{b})
	},

	"Refused": func(f *fixture) {
		a := f.link(f.invitation("a"))
		again := f.invitation("a")
		_, err := f.CreateLink(f.ctx, again)
		f.fails(err, book.Conflict)
		again.Hash, again.ID = []byte("other"), a.ID
		_, err = f.CreateLink(f.ctx, again)
		f.fails(err, book.Conflict)
		_, err = f.CreateLink(f.ctx, f.reset(book.User{ID: uuid.New()}, "r"))
		f.fails(err, book.NotFound)
		for _, change := range []func(l *book.Link){
			func(l *book.Link) { l.Purpose = "other" },
			func(l *book.Link) { l.Role = "" },
			func(l *book.Link) { l.Role = "root" },
		} {
			l := f.invitation("b")
			change(&l)
			_, err := f.CreateLink(f.ctx, l)
			f.fails(err, book.Invalid)
		}
		r := f.link(f.reset(f.ann, "r"))
		f.fails(f.DeleteInvitation(f.ctx, r.ID), book.NotFound)
	},

	"RedeemInvitation": func(f *fixture) {
		l := f.link(f.invitation("a"))
		u := book.User{ID: uuid.New(), Username: "ann", Role: book.Reader}
		_, err := f.RedeemInvitation(f.ctx, l.Hash, u)
		f.fails(err, book.Conflict)
		u.Username = "new"
		created, err := f.RedeemInvitation(f.ctx, l.Hash, u)
		f.ok(err)
		got, err := f.UserByID(f.ctx, u.ID)
		f.ok(err)
		f.equal(got, created)
		_, err = f.RedeemInvitation(f.ctx, l.Hash, book.User{
			ID: uuid.New(), Username: "newer", Role: book.Reader,
		})
		f.fails(err, book.NotFound)
		_, err = f.RedeemInvitation(f.ctx, f.link(f.reset(f.ann, "r")).Hash, u)
		f.fails(err, book.NotFound)
	},

	"RedeemAtOnce": func(f *fixture) {
		l := f.link(f.invitation("a"))
		good := 0
		for _, err := range f.inParallel(func(i int) error {
			_, err := f.RedeemInvitation(f.ctx, l.Hash, book.User{
				ID: uuid.New(), Username: "new" + string(rune('a'+i)), Role: book.Reader,
			})
			return err
		}) {
			if err == nil {
				good++
			} else {
				f.fails(err, book.NotFound)
			}
		}
		f.equal(good, 1)
	},

	"RedeemReset": func(f *fixture) {
		first, second := f.link(f.reset(f.ann, "first")), f.link(f.reset(f.ann, "second"))
		set := func(u *book.User) error {
			u.PasswordHash = "new"
			return nil
		}
		_, err := f.RedeemReset(f.ctx, first.Hash, set) // the second took its place
		f.fails(err, book.NotFound)
		_, err = f.RedeemReset(f.ctx, second.Hash, func(*book.User) error {
			return book.Errorf(book.Forbidden, "not so")
		})
		f.fails(err, book.Forbidden)
		u, err := f.RedeemReset(f.ctx, second.Hash, set)
		f.ok(err)
		got, err := f.UserByID(f.ctx, f.ann.ID)
		f.ok(err)
		f.equal(got, u)
		f.equal(got.PasswordHash, "new")
		_, err = f.RedeemReset(f.ctx, second.Hash, set)
		f.fails(err, book.NotFound)
		_, err = f.RedeemReset(f.ctx, f.link(f.invitation("a")).Hash, set)
		f.fails(err, book.NotFound)
	},

	"ResetOfWhoHadItBefore": func(f *fixture) {
		for name, change := range map[string]func(u *book.User){
			"password": func(u *book.User) { u.PasswordHash = "another" },
			"address":  func(u *book.User) { u.Email = "another@example.org" },
			"sign-out": func(u *book.User) { u.TokenVersion++ },
		} {
			l, other := f.link(f.reset(f.ann, name)), f.link(f.reset(f.bob, "bob's "+name))
			f.change(f.ann, change)
			if _, err := f.LinkByHash(f.ctx, book.LinkReset, l.Hash); book.CodeOf(err) != book.NotFound {
				f.Errorf("after another %s: %v", name, err)
			}
			_, err := f.LinkByHash(f.ctx, book.LinkReset, other.Hash)
			f.ok(err)
		}
		l := f.link(f.reset(f.ann, "last"))
		f.change(f.ann, func(u *book.User) { u.Username, u.Role = "Anna", book.Reader })
		_, err := f.LinkByHash(f.ctx, book.LinkReset, l.Hash)
		f.ok(err)
	},

	"Expired": func(f *fixture) {
		old := f.invitation("old")
		old.ExpiresAt = time.Now().Add(-time.Hour)
		old = f.link(old)
		reset := f.reset(f.ann, "reset")
		reset.ExpiresAt = old.ExpiresAt
		f.link(reset)
		f.link(f.invitation("new"))
		_, err := f.LinkByHash(f.ctx, book.LinkInvitation, old.Hash)
		f.fails(err, book.NotFound)
		f.equal(len(f.invitations(uuid.Nil, 10)), 1)
		f.fails(f.DeleteInvitation(f.ctx, old.ID), book.NotFound)
		_, err = f.RedeemInvitation(f.ctx, old.Hash, book.User{
			ID: uuid.New(), Username: "new", Role: book.Reader,
		})
		f.fails(err, book.NotFound)
		_, err = f.RedeemReset(f.ctx, reset.Hash, func(*book.User) error { return nil })
		f.fails(err, book.NotFound)
		n, err := f.DeleteExpiredLinks(f.ctx)
		f.ok(err)
		f.equal(n, 2)
		n, err = f.DeleteExpiredLinks(f.ctx)
		f.ok(err)
		f.equal(n, 0)
	},
}

var farAway = time.Date(2040, 1, 2, 3, 4, 5, 6000, time.UTC)

func (f *fixture) invitation(hash string) book.Link {
	return book.Link{
		ID: uuid.Must(uuid.NewV7()), Purpose: book.LinkInvitation, Hash: []byte(hash),
		Email: "new@example.org", Role: book.Editor, ExpiresAt: farAway,
	}
}

func (f *fixture) reset(u book.User, hash string) book.Link {
	return book.Link{
		ID: uuid.Must(uuid.NewV7()), Purpose: book.LinkReset, Hash: []byte(hash), UserID: u.ID,
		ExpiresAt: farAway,
	}
}

func (f *fixture) link(l book.Link) book.Link {
	f.Helper()
	created, err := f.CreateLink(f.ctx, l)
	f.ok(err)
	if created.CreatedAt.IsZero() {
		f.Error("a link has no time")
	}
	return created
}

func (f *fixture) invitations(after uuid.UUID, limit int) []book.Link {
	f.Helper()
	links, err := f.ListInvitations(f.ctx, after, limit)
	f.ok(err)
	return links
}
