package auth

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

func TestKeys(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Editor)
	secret, key, err := f.CreateKey(f.ctx, ada, KeyRequest{Permission: book.PermitRead})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "lk_") || !strings.HasPrefix(secret, key.Prefix) ||
		len(secret) < 40 {
		t.Errorf("key %q has the prefix %q", secret, key.Prefix)
	}
	if bytes.Contains(key.Hash, []byte(secret)) || len(key.Hash) != 32 {
		t.Error("the key is kept as it is")
	}
	p, err := f.Authenticate(f.ctx, secret)
	if err != nil || p.UserID != ada.UserID || p.Role != book.Reader {
		t.Errorf("the key is %+v, %v; want ada as a reader", p, err)
	}
	for _, wrong := range []string{
		"lk_", secret[:len(secret)-1], secret + "0", strings.ToUpper(secret),
	} {
		_, err := f.Authenticate(f.ctx, wrong)
		wantCode(t, err, book.Unauthenticated)
	}
	if err := f.RevokeKey(f.ctx, ada, key.ID); err != nil {
		t.Fatal(err)
	}
	_, err = f.Authenticate(f.ctx, secret)
	wantCode(t, err, book.Unauthenticated)
	keys, err := f.ListKeys(f.ctx, ada, "", uuid.Nil, 10)
	if err != nil || len(keys) != 1 || keys[0].RevokedAt.IsZero() {
		t.Errorf("keys of ada: %+v, %v; want the revoked one", keys, err)
	}
}

func TestNoKeyOfADisabledAccount(t *testing.T) {
	f := newFixture(t)
	f.user(t, "ada", book.Editor)
	if _, err := f.SetDisabled(f.ctx, f.admin, "ada", true); err != nil {
		t.Fatal(err)
	}
	_, _, err := f.CreateKey(f.ctx, f.admin, KeyRequest{Username: "ada", Permission: book.PermitRead})
	wantCode(t, err, book.Conflict)
}

func TestKeyNeverAllowsMoreThanItsAccount(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Editor)
	_, _, err := f.CreateKey(f.ctx, ada, KeyRequest{Permission: book.PermitAdmin})
	wantCode(t, err, book.Forbidden)
	_, _, err = f.CreateKey(f.ctx, f.admin, KeyRequest{Username: "ada", Permission: book.PermitAdmin})
	wantCode(t, err, book.Forbidden)
	lesser := ada
	lesser.Role = book.Reader // a key for reading cannot make one for editing
	_, _, err = f.CreateKey(f.ctx, lesser, KeyRequest{Permission: book.PermitIngest})
	wantCode(t, err, book.Forbidden)
	_, _, err = f.CreateKey(f.ctx, ada, KeyRequest{})
	wantCode(t, err, book.Invalid)

	secret, _, err := f.CreateKey(f.ctx, f.admin, KeyRequest{Username: "ada", Permission: book.PermitIngest})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.SetRole(f.ctx, f.admin, "ada", book.Reader); err != nil {
		t.Fatal(err)
	}
	if p, err := f.Authenticate(f.ctx, secret); err != nil || p.Role != book.Reader {
		t.Errorf("an editor's key of a reader is %+v, %v; want a reader", p, err)
	}
}

func TestKeyExpires(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	_, _, err := f.CreateKey(f.ctx, ada,
		KeyRequest{Permission: book.PermitRead, ExpiresAt: time.Now().Add(-time.Second)})
	wantCode(t, err, book.Invalid)
	for expires, want := range map[time.Time]book.Code{
		time.Now().Add(-time.Second): book.Unauthenticated,
		time.Now().Add(time.Hour):    "",
	} {
		secret := KeyPrefix + uuid.NewString()
		_, err := f.store.CreateKey(f.ctx, book.APIKey{
			ID: uuid.New(), UserID: ada.UserID, Hash: digest(secret), Permission: book.PermitRead,
			ExpiresAt: expires,
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Authenticate(f.ctx, secret)
		wantCode(t, err, want)
	}
}

// TestKeysAreBounded: an account has so many good keys and no more; revoked and expired ones do not count.
func TestKeysAreBounded(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	request := KeyRequest{Permission: book.PermitRead}
	var last book.APIKey
	for i := range maxKeys + 250 { // more than a page of those that do not count
		k := book.APIKey{
			ID: uuid.Must(uuid.NewV7()), UserID: ada.UserID, Hash: []byte(fmt.Sprint(i)),
			Permission: book.PermitRead,
		}
		if i < 250 {
			k.ExpiresAt = time.Now().Add(-time.Second)
		}
		var err error
		if last, err = f.store.CreateKey(f.ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := f.CreateKey(f.ctx, ada, request)
	wantCode(t, err, book.Conflict)
	f.user(t, "bob", book.Reader)
	_, _, err = f.CreateKey(f.ctx, f.admin, KeyRequest{Username: "bob", Permission: book.PermitRead})
	wantCode(t, err, "")
	wantCode(t, f.RevokeKey(f.ctx, ada, last.ID), "")
	_, _, err = f.CreateKey(f.ctx, ada, request)
	wantCode(t, err, "")
	_, _, err = f.CreateKey(f.ctx, ada, request)
	wantCode(t, err, book.Conflict)
}

// TestKeysThatManageKeys: an administrator's key does, and the others are told so.
func TestKeysThatManageKeys(t *testing.T) {
	f := newFixture(t)
	for permission, want := range map[book.Permission]book.Code{
		book.PermitIngest: book.Forbidden, book.PermitAdmin: "",
	} {
		secret, _, err := f.CreateKey(f.ctx, f.admin, KeyRequest{Permission: permission})
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Authenticate(f.ctx, secret)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = f.CreateKey(f.ctx, p, KeyRequest{Permission: book.PermitRead})
		wantCode(t, err, want)
		if err != nil && !strings.Contains(book.MessageOf(err), "only an admin key can manage keys") {
			t.Error(err)
		}
	}
}

func TestKeysOfOthers(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.user(t, "ada", book.Editor), f.user(t, "bob", book.Editor)
	_, key, err := f.CreateKey(f.ctx, ada, KeyRequest{Permission: book.PermitIngest})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = f.CreateKey(f.ctx, bob, KeyRequest{Username: "ada", Permission: book.PermitRead})
	wantCode(t, err, book.Forbidden)
	_, err = f.ListKeys(f.ctx, bob, "ada", uuid.Nil, 10)
	wantCode(t, err, book.Forbidden)
	wantCode(t, f.RevokeKey(f.ctx, bob, key.ID), book.NotFound)
	wantCode(t, f.RevokeKey(f.ctx, book.Principal{}, key.ID), book.Unauthenticated)
	wantCode(t, f.RevokeKey(f.ctx, f.admin, key.ID), "")
	_, err = f.ListKeys(f.ctx, f.admin, "nobody", uuid.Nil, 10)
	wantCode(t, err, book.NotFound)
}
