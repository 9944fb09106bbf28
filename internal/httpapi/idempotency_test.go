package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
)

// gate is an Ingester whose ingests go wrong first, and wait until they may go on.
type gate struct {
	Ingester
	fail    error
	started chan bool // nil: nothing waits
	goOn    chan bool
	calls   int
}

func (g *gate) Ingest(ctx context.Context, r ingest.Request) (ingest.Result, error) {
	g.calls++
	if g.started != nil {
		g.started <- true
		<-g.goOn
	}
	if g.fail != nil {
		return ingest.Result{}, g.fail
	}
	return g.Ingester.Ingest(ctx, r)
}

func newGate(t *testing.T) (*fixture, *gate) {
	f := newFixture(t, auth.AccessPublic)
	g := &gate{Ingester: f.library}
	f.deps.Ingest = g
	f.serve(t)
	return f, g
}

const page = `{"doc_id":"a/b","text":"# Foxes\n\nFoxes dig dens."}`

// callOnce is call with a key.
func (f *fixture) callOnce(t testing.TB, who, key, method, path, body string) reply {
	t.Helper()
	r := request(t, method, f.url+path, body)
	r.Header.Set("Authorization", "Bearer "+f.keys[who])
	r.Header.Set("Idempotency-Key", key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return f.send(t, r)
}

func (f *fixture) ingestOnce(t testing.TB, who, key, body string) reply {
	t.Helper()
	return f.callOnce(t, who, key, "POST", "/api/ingest", body)
}

// sameAnswer checks that a request was answered from memory, as before.
func sameAnswer(t *testing.T, first, again reply) {
	t.Helper()
	if first.header.Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says that it was given before")
	}
	if again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("the second answer does not say that it was given before")
	}
	if again.status != first.status || string(again.body) != string(first.body) ||
		again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		t.Errorf("%d %s, then %d %s", first.status, first.body, again.status, again.body)
	}
}

func TestIdempotencyKey(t *testing.T) {
	f, g := newGate(t)
	first := f.ingestOnce(t, "editor", "k-1", page)
	wantStatus(t, first, http.StatusCreated)
	sameAnswer(t, first, f.ingestOnce(t, "editor", "k-1", page))
	sameAnswer(t, first, f.ingestOnce(t, "editor", `"k-1"`, page)) // as the draft writes it
	if g.calls != 1 {
		t.Errorf("ingested %d times", g.calls)
	}
	another := f.ingestOnce(t, "editor", "k-1", strings.Replace(page, "Foxes", "Wolves", 1))
	wantStatus(t, another, http.StatusUnprocessableEntity)
	wantStatus(t, f.callOnce(t, "editor", "k-1", "DELETE", "/api/documents/a%2Fb", ""),
		http.StatusUnprocessableEntity)
	// Another account's key of the same name is another key.
	wantStatus(t, f.ingestOnce(t, "other", "k-1", strings.Replace(page, "a/b", "c", 1)),
		http.StatusCreated)
	wantStatus(t, f.ingestOnce(t, "editor", "k-2", page), http.StatusOK)

	changed := f.callOnce(t, "editor", "k-3", "PATCH", "/api/documents/a%2Fb",
		`{"visibility":"private"}`)
	wantStatus(t, changed, http.StatusOK)
	sameAnswer(t, changed, f.callOnce(t, "editor", "k-3", "PATCH", "/api/documents/a%2Fb",
		`{"visibility":"private"}`))
	deleted := f.callOnce(t, "editor", "k-4", "DELETE", "/api/documents/a%2Fb", "")
	wantStatus(t, deleted, http.StatusNoContent)
	sameAnswer(t, deleted, f.callOnce(t, "editor", "k-4", "DELETE", "/api/documents/a%2Fb", ""))
	gone := f.callOnce(t, "editor", "k-5", "DELETE", "/api/documents/a%2Fb", "")
	wantStatus(t, gone, http.StatusNotFound)
	sameAnswer(t, gone, f.callOnce(t, "editor", "k-5", "DELETE", "/api/documents/a%2Fb", ""))
}

func TestIdempotencyKeyWhileRunning(t *testing.T) {
	f, g := newGate(t)
	g.started, g.goOn = make(chan bool), make(chan bool)
	first := make(chan reply, 1)
	go func() { first <- f.ingestOnce(t, "editor", "k", page) }()
	<-g.started
	running := f.ingestOnce(t, "editor", "k", page)
	wantStatus(t, running, http.StatusConflict)
	if running.header.Get("Retry-After") != "1" {
		t.Errorf("headers %v, want Retry-After", running.header)
	}
	close(g.goOn)
	sameAnswer(t, <-first, f.ingestOnce(t, "editor", "k", page))
}

// TestIdempotencyKeyAfterAFailure: what may go better another time is done again.
func TestIdempotencyKeyAfterAFailure(t *testing.T) {
	f, g := newGate(t)
	for _, code := range []book.Code{
		book.Unavailable, book.Internal, book.Conflict, book.Deadline,
	} {
		g.fail = &book.Error{Code: code, Message: "not now", RetryAfter: time.Second}
		for range 2 {
			calls := g.calls
			got := f.ingestOnce(t, "editor", "k", page)
			if got.problem.Code != code || g.calls != calls+1 ||
				got.header.Get("Idempotency-Replayed") != "" {
				t.Errorf("%s: %d %s after %d calls", code, got.status, got.body, g.calls-calls)
			}
		}
	}
	if lasting(http.StatusTooManyRequests) {
		t.Error("a refusal for now is remembered")
	}
	g.fail = book.Errorf(book.Invalid, "never")
	first := f.ingestOnce(t, "editor", "never", page)
	wantStatus(t, first, http.StatusUnprocessableEntity)
	sameAnswer(t, first, f.ingestOnce(t, "editor", "never", page))
	g.fail = nil
	wantStatus(t, f.ingestOnce(t, "editor", "k", page), http.StatusCreated)
}

func TestIdempotencyKeyIsBounded(t *testing.T) {
	f, g := newGate(t)
	for _, key := range []string{
		"", `""`, strings.Repeat("k", 256), "with space", "tab\there", "ümlaut",
	} {
		wantStatus(t, f.ingestOnce(t, "editor", key, page), http.StatusUnprocessableEntity)
	}
	r := request(t, "POST", f.url+"/api/ingest", page)
	r.Header = http.Header{
		"Authorization": {"Bearer " + f.keys["editor"]}, "Content-Type": {"application/json"},
		"Idempotency-Key": {"one", "two"},
	}
	wantStatus(t, f.send(t, r), http.StatusUnprocessableEntity)
	if g.calls != 0 {
		t.Errorf("ingested %d times", g.calls)
	}
	wantStatus(t, f.ingestOnce(t, "editor", strings.Repeat("~", 255), page), http.StatusCreated)
	// Who may not write learns nothing about keys.
	r = request(t, "POST", f.url+"/api/ingest", page)
	r.Header = http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"k"}}
	wantStatus(t, f.send(t, r), http.StatusUnauthorized)
	wantStatus(t, f.ingestOnce(t, "reader", "k", page), http.StatusForbidden)
}

// TestIdempotencyIsDescribed: the OpenAPI document names the header where it counts, and only there.
func TestIdempotencyIsDescribed(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	var with []string
	for path := range f.document.at("paths") {
		for method, operation := range f.document.at("paths", path) {
			parameters, _ := operation.(map[string]any)["parameters"].([]any)
			for _, p := range parameters {
				if p.(map[string]any)["name"] == "Idempotency-Key" {
					with = append(with, method+" "+path)
				}
			}
		}
	}
	slices.Sort(with)
	want := []string{
		"delete /api/documents/{doc_id}", "patch /api/documents/{doc_id}", "post /api/conversations", "post /api/ingest",
	}
	if diff := cmp.Diff(want, with); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
