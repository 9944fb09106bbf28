package storetest

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// long ago, to the microsecond.
var (
	created = time.Date(2020, 2, 29, 23, 59, 59, 123456000, time.UTC)
	updated = created.Add(time.Hour)
)

func restoredUser(name string) book.User {
	return book.User{
		ID: uuid.New(), Username: name, Email: name + "@example.org", PasswordHash: "$argon2id$x",
		Role: book.Admin, Disabled: true, TokenVersion: 7, CreatedAt: created, UpdatedAt: updated,
	}
}

var restoreCases = map[string]func(*fixture){
	"Users": func(f *fixture) {
		u := restoredUser("Cid")
		f.ok(f.RestoreUser(f.ctx, u))
		f.reopen()
		f.ok(f.RestoreUser(f.ctx, u))
		got, err := f.UserByLogin(f.ctx, "cid@EXAMPLE.org")
		f.ok(err)
		f.equal(got, u)
		bare := restoredUser("Dan")
		bare.Email, bare.PasswordHash = "", ""
		f.ok(f.RestoreUser(f.ctx, bare))
		got, err = f.UserByID(f.ctx, bare.ID)
		f.ok(err)
		f.equal(got, bare)
	},

	"UsersThatDiffer": func(f *fixture) {
		u := restoredUser("Cid")
		f.ok(f.RestoreUser(f.ctx, u))
		for name, spoil := range map[string]func(*book.User){
			"id":       func(u *book.User) { u.ID = uuid.New() },
			"username": func(u *book.User) { u.Username = "Else" },
			"email":    func(u *book.User) { u.Email = "else@example.org" },
			"password": func(u *book.User) { u.PasswordHash = "else" },
			"role":     func(u *book.User) { u.Role = book.Reader },
			"disabled": func(u *book.User) { u.Disabled = false },
			"version":  func(u *book.User) { u.TokenVersion++ },
			"created":  func(u *book.User) { u.CreatedAt = u.CreatedAt.Add(time.Microsecond) },
			"updated":  func(u *book.User) { u.UpdatedAt = u.UpdatedAt.Add(time.Microsecond) },
		} {
			other := u
			spoil(&other)
			if err := f.RestoreUser(f.ctx, other); book.CodeOf(err) != book.Conflict {
				f.Errorf("another %s: %v, want conflict", name, err)
			}
		}
		got, err := f.UserByID(f.ctx, u.ID)
		f.ok(err)
		f.equal(got, u)
		f.fails(f.RestoreUser(f.ctx, restoredUser("ANN")), book.Conflict)
	},

	"Keys": func(f *fixture) {
		k := book.APIKey{
			ID: uuid.New(), UserID: f.ann.ID, Prefix: "lk_x", Hash: []byte("x"), Permission: book.PermitIngest,
			ExpiresAt: updated, RevokedAt: updated.Add(time.Second), CreatedAt: created,
		}
		f.ok(f.RestoreKey(f.ctx, k))
		f.reopen()
		f.ok(f.RestoreKey(f.ctx, k))
		got, _, err := f.KeyByHash(f.ctx, k.Hash)
		f.ok(err)
		f.equal(got, k)
		lasting := book.APIKey{
			ID: uuid.New(), UserID: f.bob.ID, Hash: []byte("y"), Permission: book.PermitRead,
			CreatedAt: created,
		}
		f.ok(f.RestoreKey(f.ctx, lasting))
		got, _, err = f.KeyByHash(f.ctx, lasting.Hash)
		f.ok(err)
		f.equal(got, lasting)
		for name, spoil := range map[string]func(*book.APIKey){
			"id":         func(k *book.APIKey) { k.ID = uuid.New() },
			"account":    func(k *book.APIKey) { k.UserID = f.bob.ID },
			"prefix":     func(k *book.APIKey) { k.Prefix = "else" },
			"hash":       func(k *book.APIKey) { k.Hash = []byte("else") },
			"permission": func(k *book.APIKey) { k.Permission = book.PermitRead },
			"expires":    func(k *book.APIKey) { k.ExpiresAt = time.Time{} },
			"revoked":    func(k *book.APIKey) { k.RevokedAt = time.Time{} },
			"created":    func(k *book.APIKey) { k.CreatedAt = updated },
		} {
			other := k
			spoil(&other)
			if err := f.RestoreKey(f.ctx, other); book.CodeOf(err) != book.Conflict {
				f.Errorf("another %s: %v, want conflict", name, err)
			}
		}
		k.ID, k.UserID, k.Hash = uuid.New(), uuid.New(), []byte("z")
		f.fails(f.RestoreKey(f.ctx, k), book.NotFound)
	},

	"Conversations": func(f *fixture) {
		c := f.talk(f.ann)
		f.ok(f.RestoreConversation(f.ctx, c)) // it is there already
		f.ok(f.DeleteConversation(f.ctx, f.ann.ID, c.ID))
		f.ok(f.RestoreConversation(f.ctx, c))
		f.reopen()
		f.ok(f.RestoreConversation(f.ctx, c))
		f.ok(f.Snapshot(f.ctx, func(s store.Snapshot) error {
			got, err := s.NextConversation(f.ctx, uuid.Nil)
			f.ok(err)
			f.same(got, c)
			return nil
		}))
		f.beginTurn(c.Conversation, "More?")
		f.fails(f.RestoreConversation(f.ctx, c), book.Conflict) // it differs
		c.ID = newID()
		f.fails(f.RestoreConversation(f.ctx, c), book.Conflict) // its messages are another's
		c.UserID, c.Messages = uuid.New(), nil
		f.fails(f.RestoreConversation(f.ctx, c), book.NotFound)
	},

	"ConversationsThatDiffer": func(f *fixture) {
		c := f.talk(f.ann)
		for name, spoil := range map[string]func(c *store.WholeConversation, answer *book.Message){
			"title":    func(c *store.WholeConversation, _ *book.Message) { c.Title = "else" },
			"account":  func(c *store.WholeConversation, _ *book.Message) { c.UserID = f.bob.ID },
			"updated":  func(c *store.WholeConversation, _ *book.Message) { c.UpdatedAt = updated },
			"messages": func(c *store.WholeConversation, _ *book.Message) { c.Messages = c.Messages[:2] },
			"text":     func(_ *store.WholeConversation, m *book.Message) { m.Text = "else" },
			"rating":   func(_ *store.WholeConversation, m *book.Message) { m.Feedback.Rating = 1 },
			"usage":    func(_ *store.WholeConversation, m *book.Message) { m.Usage.InputTokens++ },
		} {
			other := c
			other.Messages = slices.Clone(c.Messages)
			spoil(&other, &other.Messages[1])
			if err := f.RestoreConversation(f.ctx, other); book.CodeOf(err) != book.Conflict {
				f.Errorf("another %s: %v, want conflict", name, err)
			}
		}
		f.ok(f.RestoreConversation(f.ctx, c))
	},

	"DocumentsKeepTheirTimes": func(f *fixture) {
		w := f.draft("d", "one")
		w.Document.CreatedAt, w.Document.UpdatedAt = created, updated
		f.commit(w)
		before, err := f.Document(f.ctx, "d", nobody)
		f.ok(err)
		f.equal([]time.Time{before.CreatedAt, before.UpdatedAt}, []time.Time{created, updated})
		// One that is there is written now.
		w = f.draft("d", "two")
		w.Document.CreatedAt, w.Document.UpdatedAt = updated, created
		f.commit(w)
		after, err := f.Document(f.ctx, "d", nobody)
		f.ok(err)
		f.equal(after.CreatedAt, created)
		if !after.UpdatedAt.After(updated) {
			f.Errorf("updated %v", after.UpdatedAt)
		}
	},
}
