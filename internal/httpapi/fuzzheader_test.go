package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/limit"
)

// FuzzHeaders sends headers that the server reads. A credential that is none of ours lets nobody in.
func FuzzHeaders(f *testing.F) {
	for _, seed := range [][5]string{
		{"Bearer lk_0", "198.51.100.1", "for=198.51.100.1", "key", "https://a.example"},
		{"bearer a.b.c", "a, b, [::1]:80,", `for="[2001:db8::1]:4711";proto=http`, `"key"`, "null"},
		{"Basic YTpi", ",,,", `for="unclosed, for=_x;`, " ", "\xff"},
		{"Bearer", "10.0.0.1, 10.0.0.2", `FOR=unknown;by="\"`, "é", "https://docs.example.org"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	fx := newFixture(f, auth.AccessLogin)
	fx.deps.Origins = []string{"https://docs.example.org"}
	fx.deps.Limits, fx.deps.Limiter = Limits{Requests: 1 << 30}, limit.NewLocal()
	var err error
	if fx.deps.Proxies, err = NewProxies("192.0.2.0/24", true); err != nil {
		f.Fatal(err)
	}
	handler, err := New(fx.deps)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, authorization, forwardedFor, forwarded, key, origin string) {
		r := httptest.NewRequest(http.MethodPost, "/api/ingest", strings.NewReader("{}"))
		r.Header["Authorization"] = []string{authorization}
		r.Header["X-Forwarded-For"] = []string{forwardedFor}
		r.Header["Forwarded"] = []string{forwarded}
		r.Header[idempotencyKey] = []string{key}
		r.Header["Accept"] = []string{origin}
		r.Header["Origin"] = []string{origin}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != 401 {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
		allowed := w.Header().Get("Access-Control-Allow-Origin")
		if (allowed != "") != (origin == "https://docs.example.org") {
			t.Errorf("the origin %q is allowed as %q", origin, allowed)
		}
	})
}

// FuzzClientAddress: whatever a client writes, its address is the one that the proxy saw.
func FuzzClientAddress(f *testing.F) {
	for _, seed := range []string{"", "8.8.8.8", "a,b", `for=8.8.8.8`, `for="`, "[::1]", "\x00", ","} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, written string) {
		for forwarded, last := range map[bool]string{false: "198.51.100.1", true: "for=198.51.100.1"} {
			proxies, err := NewProxies("10.0.0.0/8", forwarded)
			if err != nil {
				t.Fatal(err)
			}
			name := map[bool]string{false: "X-Forwarded-For", true: "Forwarded"}[forwarded]
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = "10.0.0.1:80"
			r.Header[name] = []string{written, last}
			got := addressText(proxies.client(r))
			// An open quote swallows what the proxy wrote; then the proxy is all that is known.
			if got != "198.51.100.1" && (got != "10.0.0.1" || !strings.Contains(written, `"`)) {
				t.Errorf("%s %q: the client is %s", name, written, got)
			}
			r.RemoteAddr = "203.0.113.9:80"
			if got := addressText(proxies.client(r)); got != "203.0.113.9" {
				t.Errorf("%s %q without a proxy: the client is %s", name, written, got)
			}
		}
	})
}

// FuzzSession sends cookies, from all kinds of pages. One that is none of ours lets nobody in.
func FuzzSession(f *testing.F) {
	for _, seed := range [][3]string{
		{"__Host-lectern=a.b.c.d", "same-origin", ""},
		{"__Host-lectern=.", "none", "http://example.com"},
		{"__Host-lectern=x.lk_0; __Host-lectern=y.z", "", "null"},
		{`__Host-lectern="a.b"`, "cross-site", "https://a.example"},
		{"lectern=a.b.c.d; =; ;;", "same-site", "\xff"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	fx := newFixture(f, auth.AccessLogin)
	handler, err := New(fx.deps)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, cookie, site, origin string) {
		for _, c := range [][2]string{{"POST", "/api/conversations"}, {"POST", "/api/session/renew"}} {
			r := httptest.NewRequest(c[0], c[1], strings.NewReader("{}"))
			r.Header["Cookie"] = []string{cookie}
			r.Header["Sec-Fetch-Site"] = []string{site}
			r.Header["Origin"] = []string{origin}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden {
				t.Errorf("%s answered %d %s", c[1], w.Code, w.Body)
			}
		}
	})
}
