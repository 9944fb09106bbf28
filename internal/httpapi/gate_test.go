package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/limit"
)

// TestShedding: when as much is under way as may be, more of it is refused with 503 and Retry-After, and
// everything else is served: above all whether the server works, and the end of a session.
func TestShedding(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	refused := map[string]int{}
	gate := func(name string) *limit.Gate {
		return limit.NewGate(1, limit.Line{Time: time.Minute}, func() { refused[name]++ })
	}
	f.deps.Gates = Gates{Searches: gate("search"), Answers: gate("answer"), Ingests: gate("ingest")}
	f.serve(t)
	for _, c := range []struct {
		gate                 *limit.Gate
		name, method, path   string
		caller, body         string
		refusedWhile, served int
	}{
		{f.deps.Gates.Searches, "search", "POST", "/api/search", "", `{"question":"what"}`, 1, 200},
		{f.deps.Gates.Answers, "answer", "POST", "/api/query", "", `{"question":"what"}`, 1, 200},
		{f.deps.Gates.Ingests, "ingest", "POST", "/api/ingest", "editor", `{"doc_id":"x","text":"x"}`, 1, 201},
		{f.deps.Gates.Ingests, "ingest", "DELETE", "/api/documents/x", "editor", "", 2, 204},
	} {
		leave, err := c.gate.Enter(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		got := f.call(t, c.caller, c.method, c.path, c.body)
		wantStatus(t, got, http.StatusServiceUnavailable)
		if got.header.Get("Retry-After") != "60" || got.problem.Detail == "" {
			t.Errorf("%s: %v %+v", c.path, got.header, got.problem)
		}
		if refused[c.name] != c.refusedWhile {
			t.Errorf("%s: %d counted, want %d", c.path, refused[c.name], c.refusedWhile)
		}
		for _, path := range []string{"/api/health", "/api/ready", "/api/documents"} {
			wantStatus(t, f.call(t, "", "GET", path, ""), http.StatusOK)
		}
		wantStatus(t, f.call(t, "", "POST", "/api/auth/logout", `{"refresh_token":"x"}`), http.StatusNoContent)
		leave()
		wantStatus(t, f.call(t, c.caller, c.method, c.path, c.body), c.served)
	}
}

// TestSlowReaderTakesNoPlace: a client that does not read its response keeps nobody from searching.
func TestSlowReaderTakesNoPlace(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.deps.Gates.Searches = limit.NewGate(1, limit.Line{}, func() {})
	handler, err := New(f.deps)
	if err != nil {
		t.Fatal(err)
	}
	writing, goOn := make(chan bool), make(chan bool)
	held := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Slow") != "" {
			w = heldWriter{w, writing, goOn}
		}
		handler.ServeHTTP(w, r)
	}))
	defer held.Close()
	search := func(slow string) int {
		r := request(t, "POST", held.URL+"/api/search", `{"question":"what"}`)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Slow", slow)
		response, _ := f.do(t, r)
		return response.StatusCode
	}
	slow := make(chan int)
	go func() { slow <- search("yes") }()
	<-writing
	if got := search(""); got != http.StatusOK {
		t.Errorf("beside a slow reader: %d", got)
	}
	close(goOn)
	if got := <-slow; got != http.StatusOK {
		t.Errorf("the slow reader gets %d", got)
	}
}

// heldWriter is a connection to a client that reads only when it is told to.
type heldWriter struct {
	http.ResponseWriter

	writing, goOn chan bool
}

func (w heldWriter) Write(p []byte) (int, error) {
	w.writing <- true
	<-w.goOn
	return w.ResponseWriter.Write(p)
}

// TestReaderThatDoesNotRead: a stream that nobody reads any more is cut off.
func TestReaderThatDoesNotRead(t *testing.T) {
	ended := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		events := eventWriter{w: w, control: http.NewResponseController(w), stall: 50 * time.Millisecond}
		text := strings.Repeat("x", 1<<20)
		var err error
		for err == nil {
			err = events.send("token", tokenEvent{text})
		}
		ended <- err
	}))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	select {
	case err := <-ended:
		if book.CodeOf(err) != book.Canceled || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the stream ends with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the stream goes on")
	}
}
