package auth

import (
	"testing"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/limit"
)

func TestHash(t *testing.T) {
	h := newHasher(argonDefault, nil)
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

// TestHashesAreBounded: while too many passwords are hashed, others are refused. Nobody guessed then, so
// it does not count as an attempt.
func TestHashesAreBounded(t *testing.T) {
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	refused := 0
	gate := limit.NewGate(1, limit.Line{}, func() { refused++ })
	f.hasher.gate = gate
	leave, err := gate.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		_, err := f.Login(t.Context(), "ada", goodPassword)
		wantCode(t, err, book.Unavailable)
	}
	if refused != 10 {
		t.Errorf("%d refused", refused)
	}
	leave()
	if _, err := f.Login(t.Context(), "ada", goodPassword); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// Signing in with an unknown name must cost what a wrong password costs: compare the two.
func BenchmarkLogin(b *testing.B) {
	h := newHasher(argonDefault, nil)
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
