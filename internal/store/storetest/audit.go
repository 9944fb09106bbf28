package storetest

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var auditCases = map[string]func(*fixture){
	"KeepsEverything": func(f *fixture) {
		e := event("key.create")
		f.ok(f.RecordEvent(f.ctx, e))
		f.reopen()
		got := f.events(book.EventQuery{})
		f.equal(len(got), 1)
		if got[0].At.IsZero() || got[0].At.Location() != time.UTC {
			f.Errorf("recorded at %v", got[0].At)
		}
		e.At = got[0].At
		f.equal(got[0], e)
	},

	"Refused": func(f *fixture) {
		f.fails(f.RecordEvent(f.ctx, book.Event{Action: "x"}), book.Invalid)
		f.fails(f.RecordEvent(f.ctx, book.Event{ID: uuid.New()}), book.Invalid)
	},

	"OnceForEachID": func(f *fixture) {
		e := event("account.role")
		f.ok(f.RecordEvent(f.ctx, e))
		again := e
		again.Detail = "another"
		f.ok(f.RecordEvent(f.ctx, again))
		f.equal(f.details(book.EventQuery{}), []string{e.Detail})
	},

	"CutsTexts": func(f *fixture) {
		e := event("account.role")
		e.Detail = "a\x00b\xff" + strings.Repeat("ä", book.MaxEventText)
		e.Actor, e.Address, e.Target.ID, e.Target.Name = e.Detail, e.Detail, e.Detail, e.Detail
		f.ok(f.RecordEvent(f.ctx, e))
		got := f.events(book.EventQuery{})[0]
		for _, text := range []string{
			got.Detail, got.Actor, got.Address, got.Target.ID, got.Target.Name,
		} {
			if len(text) > book.MaxEventText || len(text) < book.MaxEventText-1 ||
				!utf8.ValidString(text) || !strings.HasPrefix(text, "abä") {
				f.Errorf("kept %d bytes: %q", len(text), text)
			}
		}
	},

	"NewestFirst": func(f *fixture) {
		var events []book.Event
		for _, detail := range []string{"1", "2", "3", "4"} {
			e := event("account.role")
			e.Detail = detail
			events = append(events, e)
		}
		for _, i := range []int{2, 0, 3, 1} { // whatever the order in which they came
			f.ok(f.RecordEvent(f.ctx, events[i]))
		}
		f.equal(f.details(book.EventQuery{}), []string{"4", "3", "2", "1"})
		f.equal(f.details(book.EventQuery{Limit: 2}), []string{"4", "3"})
		f.equal(f.details(book.EventQuery{Before: events[2].ID}), []string{"2", "1"})
		f.equal(f.details(book.EventQuery{Before: events[0].ID}), []string{})
	},

	"Selects": func(f *fixture) {
		for _, e := range []book.Event{
			{Actor: "Ann", Action: "key.create", Target: book.Target{ID: "K1", Name: "lk_A"}},
			{Actor: "bob", Action: "key.revoke", Target: book.Target{ID: "K2", Name: "lk_b"}},
			{Actor: "", Action: "keys.create", Target: book.Target{ID: "k1"}},
		} {
			e.ID, e.Detail = uuid.Must(uuid.NewV7()), string(e.Action)
			f.ok(f.RecordEvent(f.ctx, e))
		}
		for _, c := range []struct {
			q    book.EventQuery
			want []string
		}{
			{book.EventQuery{Actor: "aNN"}, []string{"key.create"}},
			{book.EventQuery{Actor: "an"}, []string{}},
			{book.EventQuery{Action: "key"}, []string{"key.revoke", "key.create"}},
			{book.EventQuery{Action: "key.revoke"}, []string{"key.revoke"}},
			{book.EventQuery{Action: "key.%"}, []string{}},
			{book.EventQuery{Target: "K1"}, []string{"key.create"}}, // ids mind case
			{book.EventQuery{Target: "LK_B"}, []string{"key.revoke"}},
			{book.EventQuery{Actor: "bob", Action: "key", Target: "K1"}, []string{}},
		} {
			f.equal(f.details(c.q), c.want)
		}
	},

	"Delete": func(f *fixture) {
		f.ok(f.RecordEvent(f.ctx, event("account.role")))
		f.pass(20 * time.Millisecond)
		n, err := f.DeleteEvents(f.ctx, time.Hour)
		f.ok(err)
		f.equal(n, 0)
		n, err = f.DeleteEvents(f.ctx, time.Millisecond)
		f.ok(err)
		f.equal(n, 1)
		f.equal(f.details(book.EventQuery{}), []string{})
	},

	// A write and its event happen both, or neither.
	"WritesRecord": func(f *fixture) {
		w := f.draft("d", "one")
		private := book.Private
		key := book.APIKey{
			ID: book.NewVectorID(), UserID: f.ann.ID, Hash: []byte("x"), Permission: book.PermitRead,
		}
		f.ok(f.CreateRefreshToken(f.ctx, f.token("first")))
		for _, c := range []struct {
			name string
			call func(ctx context.Context) error
		}{
			{"CreateUser", func(ctx context.Context) error {
				_, err := f.CreateUser(ctx, book.User{
					ID: uuid.New(), Username: "new", Role: book.Reader,
				})
				return err
			}},
			{"UpdateUser", func(ctx context.Context) error {
				_, err := f.UpdateUser(ctx, f.ann.ID, func(*book.User) error { return nil })
				return err
			}},
			{"CreateKey", func(ctx context.Context) error {
				_, err := f.CreateKey(ctx, key)
				return err
			}},
			{"RevokeKey", func(ctx context.Context) error {
				return f.RevokeKey(ctx, key.ID)
			}},
			{"CreateRefreshToken", func(ctx context.Context) error {
				return f.CreateRefreshToken(ctx, f.token("second"))
			}},
			{"RotateRefreshToken", func(ctx context.Context) error {
				return f.RotateRefreshToken(ctx, []byte("first"), f.token("third"), 0)
			}},
			{"RevokeFamily", func(ctx context.Context) error {
				return f.RevokeFamily(ctx, uuid.New())
			}},
			{"CreateLink", func(ctx context.Context) error {
				_, err := f.CreateLink(ctx, f.invitation("a"))
				return err
			}},
			{"RedeemInvitation", func(ctx context.Context) error {
				_, err := f.RedeemInvitation(ctx, []byte("a"), book.User{
					ID: uuid.New(), Username: "newer", Role: book.Reader,
				})
				return err
			}},
			{"DeleteInvitation", func(ctx context.Context) error {
				return f.DeleteInvitation(ctx, f.link(f.invitation("b")).ID)
			}},
			{"RedeemReset", func(ctx context.Context) error {
				reset := f.link(f.reset(f.ann, "c"))
				_, err := f.RedeemReset(ctx, reset.Hash, func(*book.User) error { return nil })
				return err
			}},
			{"BeginDeparture", func(ctx context.Context) error {
				return f.BeginDeparture(ctx, book.Departure{UserID: f.bob.ID})
			}},
			{"DeleteUser", func(ctx context.Context) error { return f.DeleteUser(ctx, f.bob.ID) }},
			{"CommitDocument", func(ctx context.Context) error {
				_, err := f.CommitDocument(ctx, w)
				return err
			}},
			{"UpdateDocument", func(ctx context.Context) error {
				_, err := f.UpdateDocument(
					ctx, "d", uuid.Nil, store.DocumentChange{Visibility: &private})
				return err
			}},
			{"DeleteDocument", func(ctx context.Context) error {
				_, err := f.DeleteDocument(ctx, "d", uuid.Nil)
				return err
			}},
		} {
			e := event("test.write")
			e.Detail = c.name
			ctx := store.WithEvent(f.ctx, e)
			f.ok(c.call(ctx))
			f.equal(f.details(book.EventQuery{Limit: 1}), []string{c.name})
		}
		n := len(f.events(book.EventQuery{}))
		f.equal(n, 16)
		f.ok(f.RevokeFamily(f.ctx, uuid.New())) // without an event
		f.equal(len(f.events(book.EventQuery{})), n)
	},

	"RefusedWritesRecordNothing": func(f *fixture) {
		ctx := store.WithEvent(f.ctx, event("test.write"))
		_, err := f.CreateUser(ctx, book.User{ID: uuid.New(), Username: "ann", Role: book.Reader})
		f.fails(err, book.Conflict)
		_, err = f.UpdateUser(ctx, uuid.New(), func(*book.User) error { return nil })
		f.fails(err, book.NotFound)
		f.fails(f.RevokeKey(ctx, uuid.New()), book.NotFound)
		_, err = f.DeleteDocument(ctx, "none", uuid.Nil)
		f.fails(err, book.NotFound)
		w := f.draft("d", "one")
		w.BaseRevision = 77
		_, err = f.CommitDocument(ctx, w)
		f.stale(err)
		f.equal(f.details(book.EventQuery{}), []string{})
	},

	"ARefusedEventUndoesTheWrite": func(f *fixture) {
		ctx := store.WithEvent(f.ctx, book.Event{})
		_, err := f.CreateUser(ctx, book.User{ID: uuid.New(), Username: "new", Role: book.Reader})
		f.fails(err, book.Invalid)
		_, err = f.UserByLogin(f.ctx, "new")
		f.fails(err, book.NotFound)
		_, err = f.DeleteDocument(ctx, f.draft("d", "one").Document.DocID, uuid.Nil)
		f.fails(err, book.NotFound)
	},

	"OneEventForManyWrites": func(f *fixture) {
		ctx := store.WithEvent(f.ctx, event("test.write"))
		for _, name := range []string{"new1", "new2"} {
			_, err := f.CreateUser(ctx, book.User{
				ID: uuid.New(), Username: name, Role: book.Reader,
			})
			f.ok(err)
		}
		f.equal(len(f.events(book.EventQuery{})), 1)
	},
}

func event(action book.Action) book.Event {
	return book.Event{
		ID: uuid.Must(uuid.NewV7()), ActorID: uuid.New(), Actor: "Ann", Action: action,
		Target:  book.Target{Kind: book.TargetKey, ID: uuid.NewString(), Name: "lk_1"},
		Address: "2001:db8::1", Detail: "editor",
	}
}

func (f *fixture) events(q book.EventQuery) []book.Event {
	f.Helper()
	if q.Limit == 0 {
		q.Limit = 1000
	}
	events, err := f.ListEvents(f.ctx, q)
	f.ok(err)
	return events
}

func (f *fixture) details(q book.EventQuery) []string {
	f.Helper()
	details := []string{}
	for _, e := range f.events(q) {
		details = append(details, e.Detail)
	}
	return details
}
