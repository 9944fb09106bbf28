package auth

import (
	"bytes"
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite"
)

const goodPassword = "correct horse battery"

// fixture is a Service over a new store, with an administrator to act as.
type fixture struct {
	*Service
	ctx   context.Context
	admin book.Principal
	ahead *atomic.Int64 // of the store's clock
}

// pass lets d pass on the store's clock.
func (f fixture) pass(d time.Duration) { f.ahead.Add(int64(d)) }

func newFixture(t testing.TB) fixture {
	t.Helper()
	ahead := new(atomic.Int64)
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "accounts.db"),
		sqlite.WithClock(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	service, err := New(s, Config{SigningKey: bytes.Repeat([]byte{7}, MinKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := service.EnsureLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return fixture{Service: service, ctx: t.Context(), admin: admin, ahead: ahead}
}

// user makes an account with a role and returns its principal.
func (f fixture) user(t testing.TB, name string, role book.Role) book.Principal {
	t.Helper()
	u, err := f.CreateUser(f.ctx, f.admin, registration(name), role)
	if err != nil {
		t.Fatal(err)
	}
	return book.Principal{UserID: u.ID, Username: u.Username, Role: u.Role}
}

func (f fixture) login(t testing.TB, name string) Tokens {
	t.Helper()
	tokens, err := f.Login(f.ctx, name, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func registration(name string) Registration {
	return Registration{Username: name, Email: name + "@example.org", Password: goodPassword}
}

func wantCode(t testing.TB, err error, want book.Code) {
	t.Helper()
	if got := book.CodeOf(err); got != want {
		t.Errorf("error %v has code %q, want %q", err, got, want)
	}
}
