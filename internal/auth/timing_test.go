package auth

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// guess is a sign-in that fails.
type guess struct{ login, password string }

// TestSameTime compares the times of sign-ins with an unknown name with those of every other kind that
// fails, round by round: of two that take the same time either is the longer one as often as the other.
func TestSameTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	f.user(t, "leaving", book.Reader)
	_, err := f.CreateUser(f.ctx, f.admin, Registration{Username: "bot"}, book.Reader)
	wantCode(t, err, "")
	for _, name := range []string{"gone", "away"} {
		f.user(t, name, book.Reader)
		_, err = f.SetDisabled(f.ctx, f.admin, name, true)
		wantCode(t, err, "")
	}
	wantCode(t, f.DeleteUser(f.ctx, f.admin, "leaving", DeletionRequest{DeleteDocuments: true}), "")
	f.compareTimes(t, 40, book.Unauthenticated, 5*time.Minute, guess{"eve", "incorrect horse"}, map[string]guess{
		"a wrong password":                {"ada", "incorrect horse"},
		"a wrong password for an address": {"ada@example.org", "incorrect horse"},
		"a disabled account":              {"gone", "incorrect horse"},
		"its password":                    {"away", goodPassword},
		"an account that is deleted":      {"leaving", goodPassword},
		"an account without password":     {"bot", "incorrect horse"},
		"the built-in account":            {"local", "incorrect horse"},
	})
}

// TestSameTimeThrottled: an account that may not be tried yet is refused as one that is not there is.
func TestSameTimeThrottled(t *testing.T) {
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	for range 6 {
		for _, login := range []string{"ada", "eve"} {
			_, err := f.Login(f.ctx, login, "incorrect horse")
			wantCode(t, err, book.Unauthenticated)
		}
	}
	f.compareTimes(t, 400, book.RateLimited, 0, guess{"eve", "incorrect horse"}, map[string]guess{
		"a wrong password": {"ada", "incorrect horse"}, "the password": {"ada", goodPassword},
	})
}

// compareTimes has each kind of guess fail with code in every round, after which so much time passes, and
// looks how often it takes longer than the first one.
func (f fixture) compareTimes(
	t *testing.T, rounds int, code book.Code, passes time.Duration, unknown guess, kinds map[string]guess,
) {
	t.Helper()
	const base = "an unknown name"
	all := maps.Clone(kinds)
	all[base] = unknown
	names := slices.Collect(maps.Keys(all))
	longer := map[string]int{}
	for range rounds {
		rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		took := map[string]time.Duration{}
		for _, name := range names {
			start := time.Now()
			_, err := f.Login(f.ctx, all[name].login, all[name].password)
			took[name] = time.Since(start)
			wantCode(t, err, code)
		}
		for name := range kinds {
			if took[name] > took[base] {
				longer[name]++
			}
		}
		f.pass(passes)
	}
	// By chance, so far (five standard deviations) from one half: once in a million runs.
	far := int(5 * math.Sqrt(float64(rounds)) / 2)
	for name := range kinds {
		if n := longer[name]; n < rounds/2-far || n > rounds/2+far {
			t.Errorf("%s takes longer than %s in %d of %d rounds", name, base, n, rounds)
		}
	}
}
