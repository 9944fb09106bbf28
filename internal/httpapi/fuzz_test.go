package httpapi

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
)

func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		`{"question":"why?"}`, `{"question":"why?","selection":{"doc_id":"a"}}`, `{"top_k":1e99}`,
		`{"doc_id":"a","text":"b","metadata":{"a":[1,{}]}}`, "\xff", `{"a":"\ud800"}`, `[[[[`, ``,
		`{"username":"ada","email":"a@b.c","password":"12345678"}`, `grant_type=password&username=%zz`,
		`{"refresh_token":"x"}`, `{"visibility":"private"}`, `{"doc_id":"../x","text":""}`,
	} {
		f.Add(seed)
	}
	fx := newFixture(f, auth.AccessPublic)
	handler, err := New(fx.deps)
	if err != nil {
		f.Fatal(err)
	}
	targets := []struct{ method, path, contentType string }{
		{"POST", "/api/search", jsonType},
		{"POST", "/api/query", jsonType},
		{"POST", "/api/ingest", jsonType},
		{"POST", "/api/auth/refresh", jsonType},
		{"PATCH", "/api/documents/a", jsonType},
		{"PATCH", "/api/users/me", jsonType},
		{"POST", "/api/auth/token", formType},
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, target := range targets {
			r := httptest.NewRequest(target.method, target.path, strings.NewReader(body))
			r.Header.Set("Content-Type", target.contentType)
			r.Header.Set("Authorization", "Bearer "+fx.keys["editor"])
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%s %s: %d %s", target.method, target.path, w.Code, w.Body)
			}
			if w.Code >= 400 && w.Header().Get("Content-Type") != problemType {
				t.Errorf("%s %s: %d of type %s", target.method, target.path, w.Code,
					w.Header().Get("Content-Type"))
			}
		}
	})
}

func FuzzAddresses(f *testing.F) {
	for _, seed := range []string{
		"/api/documents/a%2Fb", "/api/documents?limit=2&cursor=_w", "/api/documents/%00/chunks",
		"/api/documents/../x", "//api//health", "/api/documents?%zz", "/api/documents/%2e%2e",
		"/api/documents?source=%ff&mine=maybe", "/api/documents?limit=1;limit=2", "/?", "*",
	} {
		f.Add(seed)
	}
	fx := newFixture(f, auth.AccessPublic)
	handler, err := New(fx.deps)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address string) {
		target, err := url.ParseRequestURI(address)
		if err != nil {
			return
		}
		for _, method := range []string{"GET", "HEAD", "DELETE", "OPTIONS", "POST"} {
			r := httptest.NewRequest(method, "/", nil)
			r.URL, r.RequestURI = target, address
			r.Header.Set("Authorization", "Bearer "+fx.keys["editor"])
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%s %s: %d %s", method, address, w.Code, w.Body)
			}
			if w.Code >= 400 && w.Header().Get("Content-Type") != problemType {
				t.Errorf("%s %s: %d of type %s", method, address, w.Code,
					w.Header().Get("Content-Type"))
			}
		}
	})
}
