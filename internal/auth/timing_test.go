package auth

import (
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// TestSameTime compares the times of sign-ins with an unknown name with those with a wrong password, in
// pairs: of two that take the same time either is the longer one as often as the other.
func TestSameTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	const pairs = 64
	longer := 0
	for i := range pairs {
		names := []string{"ada", "eve"}
		if i%2 == 1 { // neither is always the first
			names[0], names[1] = names[1], names[0]
		}
		took := map[string]time.Duration{}
		for _, name := range names {
			start := time.Now()
			_, err := f.Login(f.ctx, name, "incorrect horse")
			took[name] = time.Since(start)
			wantCode(t, err, book.Unauthenticated)
		}
		if took["ada"] > took["eve"] {
			longer++
		}
		f.pass(5 * time.Minute)
	}
	// Outside of these bounds (five standard deviations) by chance: once in a million runs.
	if longer < 12 || longer > 52 {
		t.Errorf("a wrong password takes longer than an unknown name in %d of %d pairs", longer, pairs)
	}
}
