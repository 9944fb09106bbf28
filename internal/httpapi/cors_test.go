package httpapi

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

func TestOtherOrigins(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	const docs = "https://docs.example.org"
	f.deps.Origins = []string{docs, "http://localhost:3000"}
	f.serve(t)
	preflight := func(origin, path string) reply {
		r := request(t, "OPTIONS", f.url+path, "")
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
		return f.send(t, r)
	}
	got := preflight(docs, "/api/query")
	wantStatus(t, got, http.StatusNoContent)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": docs, "Access-Control-Allow-Methods": "POST",
		"Access-Control-Allow-Headers": "authorization,content-type",
		"Access-Control-Max-Age":       "600", "Access-Control-Allow-Credentials": "",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
		}
	}
	for _, origin := range []string{
		"https://docs.example.org.evil.example", "https://DOCS.example.org", "http://docs.example.org",
		"https://docs.example.org:8443", "https://sub.docs.example.org", "null", "*", "",
	} {
		for _, got := range []reply{
			preflight(origin, "/api/query"), f.ofOrigin(t, origin, "/api/documents"),
		} {
			if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != "" {
				t.Errorf("%q is allowed as %q", origin, allowed)
			}
		}
	}
	got = f.ofOrigin(t, docs, "/api/documents/none") // also what fails can be read
	wantStatus(t, got, http.StatusNotFound)
	if got.header.Get("Access-Control-Allow-Origin") != docs ||
		!slices.Contains(strings.Split(got.header.Get("Vary"), ", "), "Origin") ||
		!strings.Contains(strings.ToLower(got.header.Get("Access-Control-Expose-Headers")), "retry-after") {
		t.Errorf("headers %v", got.header)
	}
	if got := f.ofOrigin(t, docs, "/"); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("pages are for their own origin only")
	}

	f.deps.Origins = nil
	f.serve(t)
	if got := f.ofOrigin(t, docs, "/api/documents"); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("without the setting an origin is allowed")
	}
}

func (f *fixture) ofOrigin(t *testing.T, origin, path string) reply {
	t.Helper()
	r := request(t, "GET", f.url+path, "")
	r.Header.Set("Origin", origin)
	return f.send(t, r)
}

func TestParseOrigins(t *testing.T) {
	got, err := ParseOrigins(" https://a.example , http://localhost:3000,")
	if err != nil || !slices.Equal(got, []string{"https://a.example", "http://localhost:3000"}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, list := range []string{
		"*", "https://*.example.org", "https://a.example/", "https://A.example", "a.example", "null",
		"ftp://a.example", "https://", "https://user@a.example", "https://a.example?x",
	} {
		if _, err := ParseOrigins(list); book.CodeOf(err) != book.Invalid {
			t.Errorf("%s: %v", list, err)
		}
	}
}

// TestSecurityHeaders: they are on every response, whatever it is.
func TestSecurityHeaders(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for _, path := range []string{
		"/", "/api/docs", "/openapi.json", "/api/health", "/api/documents", "/api/users/me", "/none",
		"/api/documents/none", "/api/none",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
			got := f.call(t, "", method, path, "")
			for _, name := range []string{
				"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
				"Cross-Origin-Resource-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy",
			} {
				if got.header.Get(name) == "" {
					t.Errorf("%s %s: %d has no %s", method, path, got.status, name)
				}
			}
			if strings.HasPrefix(path, "/api/") && path != "/api/docs" &&
				got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s may be kept: %q", method, path, got.header.Get("Cache-Control"))
			}
		}
	}
}
