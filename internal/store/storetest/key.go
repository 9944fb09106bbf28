package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

var keyCases = map[string]func(*fixture){
	"KeepsEverything": func(f *fixture) {
		k := f.addKey(f.ann, "one")
		f.reopen()
		got, owner, err := f.KeyByHash(f.ctx, k.Hash)
		f.ok(err)
		f.equal(got, k)
		f.equal(owner, f.ann)
		got, err = f.Key(f.ctx, k.ID)
		f.ok(err)
		f.equal(got, k)
		_, err = f.Key(f.ctx, uuid.New())
		f.fails(err, book.NotFound)
	},

	"Permissions": func(f *fixture) {
		for _, permission := range append(book.Permissions(), "", "reader", "root") {
			k := book.APIKey{
				ID: uuid.New(), UserID: f.ann.ID, Hash: []byte("hash " + permission),
				Permission: permission,
			}
			made, err := f.CreateKey(f.ctx, k)
			restored := k
			restored.ID, restored.Hash, restored.CreatedAt = uuid.New(), []byte("r"+permission), created
			again := f.RestoreKey(f.ctx, restored)
			if permission.Role() == "" {
				f.fails(err, book.Invalid)
				f.fails(again, book.Invalid)
				continue
			}
			f.ok(err)
			f.ok(again)
			f.equal(made.Permission, permission)
			for _, hash := range [][]byte{k.Hash, restored.Hash} {
				got, _, err := f.KeyByHash(f.ctx, hash)
				f.ok(err)
				f.equal(got.Permission, permission)
			}
		}
	},

	"Refused": func(f *fixture) {
		k := f.addKey(f.ann, "one")
		_, err := f.CreateKey(f.ctx, book.APIKey{
			ID: uuid.New(), UserID: uuid.New(), Hash: []byte("x"), Permission: book.PermitRead,
		})
		f.fails(err, book.NotFound)
		_, err = f.CreateKey(f.ctx, book.APIKey{
			ID: uuid.New(), UserID: f.bob.ID, Hash: k.Hash, Permission: book.PermitRead,
		})
		f.fails(err, book.Conflict)
		for _, hash := range [][]byte{nil, []byte("none")} {
			_, _, err = f.KeyByHash(f.ctx, hash)
			f.fails(err, book.NotFound)
		}
	},

	"List": func(f *fixture) {
		a, b, c := f.addKey(f.ann, "a"), f.addKey(f.bob, "b"), f.addKey(f.ann, "c")
		f.equal(f.keys(uuid.Nil, uuid.Nil, 10), []book.APIKey{a, b, c})
		f.equal(f.keys(uuid.Nil, a.ID, 1), []book.APIKey{b})
		f.equal(f.keys(f.ann.ID, uuid.Nil, 10), []book.APIKey{a, c})
		f.equal(f.keys(f.ann.ID, a.ID, 10), []book.APIKey{c})
		f.equal(len(f.keys(uuid.New(), uuid.Nil, 10)), 0)
	},

	"Touch": func(f *fixture) {
		k := f.addKey(f.ann, "one")
		other := f.addKey(f.ann, "two")
		f.ok(f.TouchKey(f.ctx, uuid.New(), 0))
		f.ok(f.TouchKey(f.ctx, k.ID, time.Hour))
		first := f.keys(f.ann.ID, uuid.Nil, 1)[0]
		if first.UsedAt.IsZero() || first.UsedAt.Before(k.CreatedAt) {
			f.Fatalf("used at %v, created at %v", first.UsedAt, k.CreatedAt)
		}
		f.pass(20 * time.Millisecond)
		f.ok(f.TouchKey(f.ctx, k.ID, time.Hour))
		f.equal(f.keys(f.ann.ID, uuid.Nil, 10), []book.APIKey{first, other})
		f.ok(f.TouchKey(f.ctx, k.ID, 10*time.Millisecond))
		f.reopen()
		got, _, err := f.KeyByHash(f.ctx, k.Hash)
		f.ok(err)
		if !got.UsedAt.After(first.UsedAt) {
			f.Errorf("used at %v, then at %v", first.UsedAt, got.UsedAt)
		}
	},

	"Revoke": func(f *fixture) {
		k := f.addKey(f.ann, "one")
		f.fails(f.RevokeKey(f.ctx, uuid.New()), book.NotFound)
		got, _, err := f.KeyByHash(f.ctx, k.Hash)
		f.ok(err)
		f.equal(got, k)
		f.ok(f.RevokeKey(f.ctx, k.ID))
		first, _, err := f.KeyByHash(f.ctx, k.Hash)
		f.ok(err)
		if first.RevokedAt.IsZero() {
			f.Error("the key is not revoked")
		}
		f.pass(2 * time.Millisecond)
		f.ok(f.RevokeKey(f.ctx, k.ID))
		again, _, err := f.KeyByHash(f.ctx, k.Hash)
		f.ok(err)
		f.equal(again, first)
	},
}

func (f *fixture) addKey(owner book.User, name string) book.APIKey {
	f.Helper()
	expires := time.Date(2030, 1, 2, 3, 4, 5, 6000, time.UTC)
	k, err := f.CreateKey(f.ctx, book.APIKey{
		ID: book.NewVectorID(), UserID: owner.ID, Prefix: "lk_" + name, Hash: []byte("hash " + name),
		Permission: book.PermitIngest, ExpiresAt: expires,
	})
	f.ok(err)
	if k.CreatedAt.IsZero() || !cmp.Equal(k.ExpiresAt, expires) {
		f.Errorf("created %v, expires %v", k.CreatedAt, k.ExpiresAt)
	}
	return k
}

func (f *fixture) keys(owner, after uuid.UUID, limit int) []book.APIKey {
	f.Helper()
	keys, err := f.ListKeys(f.ctx, owner, after, limit)
	f.ok(err)
	return keys
}
