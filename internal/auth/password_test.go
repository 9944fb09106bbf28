package auth

import (
	"context"
	"runtime"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestHash(t *testing.T) {
	h := newHasher(argonDefault)
	encoded, err := h.hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.hash(t.Context(), goodPassword)
	if err != nil || again == encoded {
		t.Errorf("two hashes of one password are equal (%v): no salt", err)
	}
	for _, c := range []struct {
		encoded, password string
		want              bool
	}{
		{encoded, goodPassword, true},
		{encoded, goodPassword + " ", false},
		{encoded, "", false},
		{"", "", false},
		{"", goodPassword, false},
		{"$argon2id$v=19$m=19456,t=2,p=1$$", "", false},
		{"$argon2i$v=19" + encoded[len("$argon2id$v=19"):], goodPassword, false},
		{encoded[:len(encoded)-2], goodPassword, false},
		{encoded + "A", goodPassword, false},
		{h.nobody, "", false},
	} {
		got, err := h.matches(t.Context(), c.encoded, c.password)
		if err != nil || got != c.want {
			t.Errorf("matches(%q, %q) = %v, %v; want %v", c.encoded, c.password, got, err, c.want)
		}
	}
}

// TestHashesAreBounded fills all slots: then nobody gets another, and a caller who cannot wait
// leaves.
func TestHashesAreBounded(t *testing.T) {
	h := newHasher(argonDefault)
	if n := cap(h.slots); n < 1 || n > runtime.GOMAXPROCS(0) {
		t.Errorf("%d hashes at a time", n)
	}
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.hash(ctx, goodPassword)
	wantCode(t, err, book.Canceled)
	_, err = h.matches(ctx, "", goodPassword)
	wantCode(t, err, book.Canceled)
}

// Signing in with an unknown name must cost what a wrong password costs: compare the two.
func BenchmarkLogin(b *testing.B) {
	h := newHasher(argonDefault)
	encoded, err := h.hash(b.Context(), goodPassword)
	if err != nil {
		b.Fatal(err)
	}
	for name, encoded := range map[string]string{"wrong password": encoded, "unknown user": ""} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if ok, err := h.matches(b.Context(), encoded, "wrong"); ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
