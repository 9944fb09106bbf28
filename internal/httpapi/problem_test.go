package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

func TestEveryCodeHasAStatus(t *testing.T) {
	seen := map[int]book.Code{}
	for _, code := range book.Codes() {
		status, ok := statuses[code]
		if !ok || status < 400 {
			t.Errorf("%q has the status %d", code, status)
		}
		if other, taken := seen[status]; taken {
			t.Errorf("%q and %q have the same status", code, other)
		}
		seen[status] = code
		p := newProblem(book.Errorf(code, "the message"))
		if p.Code != code || p.Status != status || p.Title == "" || p.Detail != "the message" {
			t.Errorf("%q becomes %+v", code, p)
		}
		if got := codeOfStatus(status); got != code {
			t.Errorf("%d is %q, want %q", status, got, code)
		}
	}
	if len(statuses) != len(book.Codes()) {
		t.Errorf("%d rows for %d codes", len(statuses), len(book.Codes()))
	}
}

func TestCauseIsNotShown(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.library.fail = book.Wrap(book.Unavailable, errors.New("dial secret-host"), "try again")
	got := f.call(t, "", "GET", "/api/documents/a", "")
	wantStatus(t, got, http.StatusServiceUnavailable)
	if strings.Contains(string(got.body), "secret") {
		t.Errorf("the cause is shown: %s", got.body)
	}
	if !strings.Contains(f.log.String(), "secret-host") {
		t.Error("the cause is not in the log")
	}
	f.library.fail = errors.New("some secret of a library")
	got = f.call(t, "", "GET", "/api/documents/a", "")
	wantStatus(t, got, http.StatusInternalServerError)
	if strings.Contains(string(got.body), "secret") {
		t.Errorf("the cause is shown: %s", got.body)
	}
}

func TestProblemHeaders(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.library.fail = &book.Error{
		Code: book.Unavailable, Message: "later", RetryAfter: 1500 * time.Millisecond,
	}
	got := f.call(t, "", "GET", "/api/documents/a", "")
	if retry := got.header.Get("Retry-After"); retry != "2" {
		t.Errorf("Retry-After is %q, want 2", retry)
	}
	got = f.call(t, "", "GET", "/api/users/me", "")
	wantStatus(t, got, http.StatusUnauthorized)
	if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
		t.Errorf("401 without WWW-Authenticate: %v", got.header)
	}
}

func TestUnknownAddresses(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/nowhere", 404},
		{"GET", "/api/nowhere", 404},
		{"POST", "/api/nowhere", 404},
		{"GET", "/api/documents/a/b", 404},
		{"GET", "/api/documents/a/b/chunks", 404},
		{"GET", "/api/documents/", 404},
		{"GET", "/api/health/", 404},
		{"GET", "/assets/none.js", 404},
		{"OPTIONS", "/nowhere", 404},
		{"PUT", "/api/documents/a", 405},
		{"DELETE", "/api/search", 405},
		{"POST", "/api/health", 405},
		{"POST", "/openapi.json", 405},
		{"POST", "/", 405},
		{"BREW", "/api/query", 405},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			got := f.call(t, "", c.method, c.path, "")
			wantStatus(t, got, c.want)
			if got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("an error may be cached: %v", got.header)
			}
			if c.want == 405 && got.header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
		})
	}
	got := f.call(t, "", "GET", "/api/documents/a/b", "")
	if !strings.Contains(got.problem.Detail, "%2F") {
		t.Errorf("no hint how to write a slash: %s", got.problem.Detail)
	}
	got = f.call(t, "", "GET", "/docs/intro", "")
	if !strings.Contains(got.problem.Detail, "--base-url") {
		t.Errorf("no hint what a citation's link lacks: %s", got.problem.Detail)
	}
}

func TestOptionsAndHead(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	got := f.call(t, "", "OPTIONS", "/api/documents/a", "")
	wantStatus(t, got, http.StatusNoContent)
	if allow := got.header.Get("Allow"); allow != "DELETE, GET, HEAD, PATCH, OPTIONS" {
		t.Errorf("Allow is %q", allow)
	}
	for path, want := range map[string]int{
		"/": 200, "/api/health": 200, "/openapi.yaml": 200, "/api/documents/none": 404, "/x": 404,
	} {
		got := f.call(t, "", "HEAD", path, "")
		if got.status != want || len(got.body) != 0 {
			t.Errorf("HEAD %s: %d with %d bytes, want %d without any", path, got.status,
				len(got.body), want)
		}
	}
}

func TestPanic(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.library.taken = func(context.Context) { panic("a secret fault") }
	got := f.call(t, "", "POST", "/api/query", `{"question":"why?"}`)
	wantStatus(t, got, http.StatusInternalServerError)
	if strings.Contains(string(got.body), "secret") {
		t.Errorf("the fault is shown: %s", got.body)
	}
	text := f.log.String()
	if !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "problem_test.go") ||
		strings.Contains(text, "secret") {
		t.Errorf("the log says of a fault with words: %s", text)
	}
	f.library.taken = func(context.Context) { _ = f.library.books["none"].text[1:] }
	wantStatus(t, f.call(t, "", "POST", "/api/query", `{"question":"why?"}`), 500)
	if !strings.Contains(f.log.String(), "out of range") {
		t.Errorf("the log does not say what a fault of the program is: %s", f.log)
	}
}

// TestPanicMidway breaks the connection rather than let half an answer look whole.
func TestPanicMidway(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("half"))
		panic("too late")
	})
	defer func() {
		if fault := recover(); fault != http.ErrAbortHandler {
			t.Errorf("the server is told %v, want ErrAbortHandler", fault)
		}
	}()
	o := &outer{next: mux, log: f.deps.Log}
	o.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}

func TestLogHoldsNoSecrets(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.call(t, "reader", "POST", "/api/search", `{"question":"hush-question"}`)
	f.call(t, "", "POST", "/api/auth/login", `{"login":"hush-login","password":"hush-password"}`)
	f.call(t, "", "POST", "/api/auth/login", `{"login":1,"password":"hush-password"}`)
	f.call(t, "", "GET", "/api/documents?doc_id=hush-query", "")
	text := f.log.String()
	if strings.Contains(text, "hush") || strings.Contains(text, f.keys["reader"]) {
		t.Errorf("the log tells too much:\n%s", text)
	}
	if strings.Count(text, "route=/api/search") != 1 || !strings.Contains(text, "status=401") {
		t.Errorf("requests are missing from the log:\n%s", text)
	}
}

func TestRequestID(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for given, kept := range map[string]bool{
		"abc-1.2_3": true, "": false, "a b": false, strings.Repeat("x", 65): false, "a\"b": false,
	} {
		r := request(t, "GET", f.url+"/api/health", "")
		r.Header.Set("X-Request-Id", given)
		if id := f.send(t, r).header.Get("X-Request-Id"); (id == given) != kept {
			t.Errorf("the request id %q became %q", given, id)
		}
	}
}
