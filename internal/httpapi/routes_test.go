package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
)

// TestWhoMayUseWhat calls every route as every kind of caller, under both settings. What it checks
// is only whether the caller is let in.
func TestWhoMayUseWhat(t *testing.T) {
	callers := []string{"", "reader", "editor", "admin"}
	// Who is let in: from which caller on, when everybody may read and when members may.
	from := map[access][2]int{anyone: {0, 0}, readers: {0, 1}, members: {1, 1}, editors: {2, 2}, admins: {3, 3}}
	for n, setting := range []auth.Access{auth.AccessPublic, auth.AccessLogin} {
		f := newFixture(t, setting)
		for _, route := range (&server{}).routes() {
			if route.id == "renew-session" { // takes a cookie, which none of these has
				continue
			}
			for i, caller := range callers {
				path := strings.ReplaceAll(route.path, "{doc_id}", "none")
				body := ""
				if route.body > 0 {
					body = "{}"
				}
				got := f.call(t, caller, route.method, path, body)
				refused := got.status == http.StatusForbidden ||
					got.status == http.StatusUnauthorized
				if refused != (i < from[route.access][n]) {
					t.Errorf("%s: %s %s as %q: %d", setting, route.method, path, caller, got.status)
				}
				if refused && (caller == "") != (got.status == http.StatusUnauthorized) {
					t.Errorf("%s %s as %q: %d, want 401 for nobody and 403 for somebody",
						route.method, path, caller, got.status)
				}
			}
		}
	}
}

func TestEveryRouteIsDescribed(t *testing.T) {
	ids := map[string]bool{}
	for _, route := range (&server{}).routes() {
		text, ok := texts[route.id]
		if !ok || text.tag == "" || text.summary == "" || text.description == "" {
			t.Errorf("%s has no words", route.id)
		}
		if ids[route.id] {
			t.Errorf("%s is there twice", route.id)
		}
		ids[route.id] = true
	}
	if len(ids) != len(texts) {
		t.Errorf("%d routes, %d texts", len(ids), len(texts))
	}
}

func TestBadCredentials(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for _, header := range []string{
		"Bearer", "Bearer ", "Bearer lk_0000", "Bearer a.b.c", "Basic YTpi", "lk_" + f.keys["reader"],
		f.keys["reader"], "Bearer " + f.keys["reader"] + " x",
	} {
		for _, path := range []string{"/api/documents", "/api/users/me"} {
			r := request(t, "GET", f.url+path, "")
			r.Header.Set("Authorization", header)
			wantStatus(t, f.send(t, r), http.StatusUnauthorized)
		}
		r := request(t, "GET", f.url+"/api/health", "") // for anyone, whatever they carry
		r.Header.Set("Authorization", header)
		wantStatus(t, f.send(t, r), http.StatusOK)
	}
	r := request(t, "GET", f.url+"/api/users/me", "")
	r.Header.Set("Authorization", "bearer  "+f.keys["reader"])
	wantStatus(t, f.send(t, r), http.StatusOK)
}
