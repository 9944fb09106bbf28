package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/limit"
)

// newLimitedFixture serves with limits, behind a proxy that names clients.
func newLimitedFixture(t *testing.T, limits Limits) *fixture {
	f := newFixture(t, auth.AccessPublic)
	f.deps.Limits, f.deps.Limiter = limits, limit.NewLocal()
	var err error
	if f.deps.Proxies, err = NewProxies("127.0.0.1", false); err != nil {
		t.Fatal(err)
	}
	f.serve(t)
	return f
}

// from sends a request of a client at this address.
func (f *fixture) from(t *testing.T, address, caller, method, path, body string) reply {
	t.Helper()
	r := request(t, method, f.url+path, body)
	r.Header.Set("X-Forwarded-For", address)
	if caller != "" {
		r.Header.Set("Authorization", "Bearer "+f.keys[caller])
	}
	return f.send(t, r)
}

func TestRateLimits(t *testing.T) {
	f := newLimitedFixture(t, Limits{Requests: 3, Writes: 2, Answers: 1, SignIns: 2})
	const list = "/api/documents"
	for i := range 3 {
		got := f.from(t, "198.51.100.1", "", "GET", list, "")
		wantStatus(t, got, http.StatusOK)
		if p := got.header.Get("RateLimit-Policy"); p != `"requests";q=3;w=60` {
			t.Errorf("policy %q", p)
		}
		if l := got.header.Get("RateLimit"); !strings.HasPrefix(l, `"requests";r=`+strconv.Itoa(2-i)+`;t=`) {
			t.Errorf("limit %q", l)
		}
	}
	got := f.from(t, "198.51.100.1", "", "GET", list, "")
	wantStatus(t, got, http.StatusTooManyRequests)
	after, err := strconv.Atoi(got.header.Get("Retry-After"))
	if err != nil || after < 1 || after > 20 || got.problem.Code != book.RateLimited {
		t.Errorf("%v: %+v", got.header, got.problem)
	}
	if !strings.HasPrefix(got.header.Get("RateLimit"), `"requests";r=0;t=`) {
		t.Errorf("limit %q", got.header.Get("RateLimit"))
	}

	// Others go on: another address, and accounts wherever they are, which share nothing.
	wantStatus(t, f.from(t, "198.51.100.2", "", "GET", list, ""), http.StatusOK)
	for _, caller := range []string{"reader", "editor"} {
		for i := range 3 {
			address := "198.51.100." + strconv.Itoa(i+1)
			wantStatus(t, f.from(t, address, caller, "GET", list, ""), http.StatusOK)
		}
		wantStatus(t, f.from(t, "198.51.100.9", caller, "GET", list, ""), http.StatusTooManyRequests)
	}
	// Each kind of request has a limit of its own.
	const question = `{"question":"What is a servo?"}`
	wantStatus(t, f.from(t, "198.51.100.1", "reader", "POST", "/api/query", question), http.StatusOK)
	wantStatus(t, f.from(t, "198.51.100.1", "reader", "POST", "/api/query", question), 429)
	for range 2 {
		wantStatus(t, f.from(t, "198.51.100.1", "editor", "DELETE", list+"/none", ""), 404)
	}
	wantStatus(t, f.from(t, "198.51.100.1", "editor", "DELETE", list+"/none", ""), 429)
	// Whether the server works can always be asked.
	for range 9 {
		wantStatus(t, f.from(t, "198.51.100.1", "", "GET", "/api/health", ""), http.StatusOK)
	}
}

// TestKeysHaveTheirOwnLimits: what a key uses up, another key and the account's tokens still have; but
// questions to models are the account's, however many keys it has.
func TestKeysHaveTheirOwnLimits(t *testing.T) {
	f := newLimitedFixture(t, Limits{Requests: 3, Writes: 2, Answers: 2})
	f.signIn(t, "ada", book.Editor)
	f.signIn(t, "bob", book.Reader)
	admin, err := f.deps.Accounts.EnsureLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "second"} {
		made, _, err := f.deps.Accounts.CreateKey(t.Context(), admin,
			auth.KeyRequest{Username: "ada", Permission: book.PermitIngest})
		if err != nil {
			t.Fatal(err)
		}
		f.keys[name] = made
	}
	const address, question = "198.51.100.1", `{"question":"What is a servo?"}`
	for _, caller := range []string{"first", "second", "ada"} {
		for i := range 4 {
			want := map[bool]int{true: http.StatusOK, false: http.StatusTooManyRequests}[i < 3]
			got := f.from(t, address, caller, "GET", "/api/documents", "")
			wantStatus(t, got, want)
			left := `"requests";r=` + strconv.Itoa(max(2-i, 0)) + `;`
			if l := got.header.Get("RateLimit"); !strings.HasPrefix(l, left) {
				t.Errorf("request %d of %s: %q", i, caller, l)
			}
		}
		for i := range 3 {
			want := map[bool]int{true: 404, false: 429}[i < 2]
			wantStatus(t, f.from(t, address, caller, "DELETE", "/api/documents/none", ""), want)
		}
	}
	wantStatus(t, f.from(t, address, "first", "POST", "/api/query", question), http.StatusOK)
	wantStatus(t, f.from(t, address, "second", "POST", "/api/query", question), http.StatusOK)
	for _, caller := range []string{"first", "second", "ada"} {
		wantStatus(t, f.from(t, address, caller, "POST", "/api/query", question), 429)
	}
	wantStatus(t, f.from(t, address, "bob", "POST", "/api/query", question), http.StatusOK)
}

// TestSignInsAreLimitedByAddress: also for those who carry a credential, and by network.
func TestSignInsAreLimitedByAddress(t *testing.T) {
	f := newLimitedFixture(t, Limits{Requests: 99, SignIns: 2})
	const login = `{"login":"nobody","password":"wrong password"}`
	for i, address := range []string{"2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::"} {
		want := http.StatusUnauthorized
		if i == 2 {
			want = http.StatusTooManyRequests
		}
		wantStatus(t, f.from(t, address, "", "POST", "/api/auth/login", login), want)
	}
	wantStatus(t, f.from(t, "2001:db8:0:1::9", "admin", "POST", "/api/auth/login", login), 429)
	wantStatus(t, f.from(t, "2001:db8:0:2::1", "", "POST", "/api/auth/login", login), 401)
	form := "grant_type=password&username=nobody&password=x"
	r := request(t, "POST", f.url+"/api/auth/token", form)
	r.Header.Set("Content-Type", formType)
	r.Header.Set("X-Forwarded-For", "2001:db8:0:1::1")
	wantStatus(t, f.send(t, r), http.StatusTooManyRequests)
}

// TestBadCredentialsCount: guessing keys is limited, too, and locks nobody out who has one.
func TestBadCredentialsCount(t *testing.T) {
	f := newLimitedFixture(t, Limits{Requests: 2})
	f.keys["guesser"] = "lk_guess"
	for i := range 3 {
		want := http.StatusUnauthorized
		if i == 2 {
			want = http.StatusTooManyRequests
		}
		wantStatus(t, f.from(t, "198.51.100.1", "guesser", "GET", "/api/users/me", ""), want)
	}
	wantStatus(t, f.from(t, "198.51.100.1", "reader", "GET", "/api/users/me", ""), http.StatusOK)
}
