package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/conversation"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/telemetry"
)

// fixture is a server over real accounts and a small library, with a key for each kind of caller.
type fixture struct {
	url      string
	deps     Deps
	library  *library
	keys     map[string]string // by caller: reader, editor, other (editor), admin; "" is anonymous
	log      *bytes.Buffer
	document node      // the OpenAPI document
	index    *fallible // of real stores
}

func newFixture(t testing.TB, access auth.Access) *fixture {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "accounts.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	accounts, err := auth.New(s, auth.Config{SigningKey: bytes.Repeat([]byte{7}, auth.MinKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{library: newLibrary(), keys: map[string]string{}, log: new(bytes.Buffer)}
	f.deps = Deps{
		Accounts: accounts, Access: access, Documents: f.library, Ingest: f.library,
		Search: f.library, Answers: f.library, Requests: s, Backup: f.library.backUp, Reembed: f.library,
		Conversations: s, Feedback: s,
		Continue: conversation.New(s, f.library, slog.New(slog.DiscardHandler)),
		Checks:   map[string]func(context.Context) error{"store": s.Ping},
		Log:      telemetry.NewLogger(f.log, slog.LevelDebug, false),
	}
	f.makeKeys(t)
	f.serve(t)
	return f
}

func (f *fixture) makeKeys(t testing.TB) {
	t.Helper()
	admin, err := f.deps.Accounts.EnsureLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]book.Role{
		"reader": book.Reader, "editor": book.Editor, "other": book.Editor, "admin": book.Admin,
	} {
		u, err := f.deps.Accounts.CreateUser(t.Context(), admin,
			auth.Registration{Username: name, Email: name + "@example.org"}, role)
		if err != nil {
			t.Fatal(err)
		}
		f.library.names[u.ID] = name
		f.keys[name], _, err = f.deps.Accounts.CreateKey(t.Context(), admin,
			auth.KeyRequest{Username: name, Permission: role.Permission()})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// serve starts a server over f.deps.
func (f *fixture) serve(t testing.TB) {
	t.Helper()
	handler, err := New(f.deps)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	f.url = server.URL
	_, body := f.do(t, request(t, "GET", f.url+"/openapi.json", ""))
	if err := json.Unmarshal(body, &f.document); err != nil {
		t.Fatal(err)
	}
}

// reply is a response that was read.
type reply struct {
	status  int
	header  http.Header
	body    []byte
	problem Problem // of a failure
}

// call sends body, JSON unless it is empty, as the named caller.
func (f *fixture) call(t testing.TB, caller, method, path, body string) reply {
	t.Helper()
	r := request(t, method, f.url+path, body)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	switch key := f.keys[caller]; {
	case strings.HasPrefix(key, sessionCookie):
		r.Header.Set("Cookie", key)
		if strings.HasSuffix(caller, "another origin") {
			r.Header.Set("Sec-Fetch-Site", "same-site")
		}
	case caller != "":
		r.Header.Set("Authorization", "Bearer "+key)
	}
	return f.send(t, r)
}

// send sends r and checks what holds for every response.
func (f *fixture) send(t testing.TB, r *http.Request) reply {
	t.Helper()
	response, body := f.do(t, r)
	got := reply{status: response.StatusCode, header: response.Header, body: body}
	if got.header.Get("X-Request-Id") == "" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s %s: headers are missing: %v", r.Method, r.URL, got.header)
	}
	f.checkDocumented(t, r, got)
	if got.status < 400 || r.Method == http.MethodHead {
		return got
	}
	if contentType := got.header.Get("Content-Type"); contentType != problemType {
		t.Errorf("%s %s: %d has type %q: %s", r.Method, r.URL, got.status, contentType, body)
	}
	if err := json.Unmarshal(body, &got.problem); err != nil {
		t.Errorf("%s %s: %d is no problem: %v: %s", r.Method, r.URL, got.status, err, body)
	}
	p := got.problem
	if p.Status != got.status || p.Title == "" || p.Detail == "" || p.Type != "about:blank" ||
		!slices.Contains(book.Codes(), p.Code) {
		t.Errorf("%s %s: %d is the problem %+v", r.Method, r.URL, got.status, p)
	}
	return got
}

func (f *fixture) do(t testing.TB, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

// checkDocumented checks that the OpenAPI document names the status for the operation.
func (f *fixture) checkDocumented(t testing.TB, r *http.Request, got reply) {
	t.Helper()
	var at node
	for path := range f.document.at("paths") {
		if pathMatches(path, r.URL.EscapedPath()) {
			at = f.document.at("paths", path)
		}
	}
	operation, ok := at[strings.ToLower(r.Method)].(map[string]any)
	if !ok {
		return
	}
	responses := operation["responses"].(map[string]any)
	if _, ok := responses[strconv.Itoa(got.status)]; !ok {
		t.Errorf("%s %s answers %d, which the OpenAPI document does not say: %s",
			r.Method, r.URL.Path, got.status, got.body)
	}
}

func pathMatches(template, path string) bool {
	a, b := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(a, b, func(a, b string) bool {
		return a == b || strings.HasPrefix(a, "{") && b != ""
	})
}

func (r reply) decode(t testing.TB, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
}

func request(t testing.TB, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantStatus(t testing.TB, got reply, want int) {
	t.Helper()
	if got.status != want {
		t.Errorf("status %d, want %d: %s", got.status, want, got.body)
	}
}
