package auth

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

func TestAttemptsAtOneAccount(t *testing.T) {
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	for _, login := range []string{"ada", "nobody"} { // the answers do not tell the two apart
		for range 6 {
			_, err := f.Login(f.ctx, login, "incorrect horse")
			wantCode(t, err, book.Unauthenticated)
		}
		_, err := f.Login(f.ctx, login, goodPassword)
		wantCode(t, err, book.RateLimited)
		var e *book.Error
		if !errors.As(err, &e) || e.RetryAfter <= 0 || e.RetryAfter > time.Second {
			t.Errorf("%s: retry after %v, want a second at most", login, e.RetryAfter)
		}
	}
	f.pass(time.Second)
	f.login(t, "ADA")
	for range 5 { // all is forgotten
		_, err := f.Login(f.ctx, "ada", "incorrect horse")
		wantCode(t, err, book.Unauthenticated)
	}
	f.login(t, "ada")
}

func TestAttemptsFromOneAddress(t *testing.T) {
	f := newFixture(t)
	f.hasher = newHasher(argon{memory: 8, time: 1, threads: 1}, nil)
	f.user(t, "ada", book.Reader)
	guesser := WithAddress(f.ctx, "2001:db8::1")
	for i := range 101 {
		if i%50 == 0 { // an own account must not wash the guesses away
			if _, err := f.Login(guesser, "ada", goodPassword); err != nil {
				t.Fatal(err)
			}
		}
		_, err := f.Login(guesser, fmt.Sprint("user", i), "incorrect horse")
		wantCode(t, err, book.Unauthenticated)
	}
	for _, c := range []struct {
		address string
		want    book.Code
	}{
		{"2001:db8::1", book.RateLimited},
		{"2001:db8::2:3", book.RateLimited}, // of the same network
		{"2001:db8:0:1::1", ""},
		{"192.0.2.1", ""},
		{"", ""},
	} {
		_, err := f.Login(WithAddress(f.ctx, c.address), "ada", goodPassword)
		wantCode(t, err, c.want)
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "x": "x", "": "",
	} {
		if got := Network(address); got != want {
			t.Errorf("Network(%q) = %q, want %q", address, got, want)
		}
	}
}
