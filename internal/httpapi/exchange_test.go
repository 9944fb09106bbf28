package httpapi

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// lines are those that a call logs.
func (f *fixture) lines(t *testing.T, method, path, body string) []string {
	t.Helper()
	f.log.Reset()
	f.call(t, "admin", method, path, body)
	return strings.Split(strings.TrimSpace(f.log.String()), "\n")
}

// TestRequestLine: one line for each request, by its route.
func TestRequestLine(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "a/b", "hush", "")
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", "/api/documents/a%2Fb", "", "INFO method=GET route=/api/documents/{doc_id} status=200"},
		{"HEAD", "/api/health", "", "DEBUG method=HEAD route=/api/health status=200"},
		{"GET", "/api/ready", "", "DEBUG method=GET route=/api/ready status=200"},
		{"GET", "/nowhere/hush?hush=hush", "", "INFO method=GET route=none status=404"},
		{"HUSH", "/api/health", "", "INFO method=other route=none status=405"},
		{"DELETE", "/api/keys/hush", "", "INFO method=DELETE route=/api/keys/{key_id} status=422"},
		{"OPTIONS", "/api/search", "", "INFO method=OPTIONS route=none status=204"},
		{"POST", "/api/search", `{"question":"hush"}`, "INFO method=POST route=/api/search status=200"},
		{"GET", "/", "", "INFO method=GET route=/{$} status=200"},
	} {
		lines := f.lines(t, c.method, c.path, c.body)
		line := strings.Replace(lines[len(lines)-1], "msg=request ", "", 1)
		if len(lines) != 1 || !strings.Contains(line, "level="+c.want) ||
			!strings.Contains(line, " duration_ms=") || !strings.Contains(line, " request_id=") ||
			!strings.Contains(line, " remote=127.0.0.1") || strings.Contains(line, "hush") {
			t.Errorf("%s %s logs %q, want %s", c.method, c.path, lines, c.want)
		}
	}
}

// TestEveryLineNamesItsRequest, also one that is not about the end of it.
func TestEveryLineNamesItsRequest(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.library.fail = book.Wrap(book.Unavailable, errors.New("the disk"), "try again")
	lines := f.lines(t, "GET", "/api/documents/a", "")
	if len(lines) != 2 || !strings.Contains(lines[0], "the disk") ||
		!strings.Contains(lines[1], "status=503") || !strings.Contains(lines[1], "code=unavailable") {
		t.Fatalf("logged %q", lines)
	}
	_, id, _ := strings.Cut(lines[0], "request_id=")
	if id == "" || !strings.HasSuffix(lines[1], id) {
		t.Errorf("logged %q", lines)
	}
}

// TestStreamThatFailed: its status is that of its beginning.
func TestStreamThatFailed(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.library.failLate = book.Errorf(book.Deadline, "too late")
	f.log.Reset()
	r := request(t, http.MethodPost, f.url+"/api/query", `{"question":"why?"}`)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", eventType)
	f.do(t, r)
	if text := f.log.String(); !strings.Contains(text, "status=200") ||
		!strings.Contains(text, "code=deadline") {
		t.Errorf("logged %s", text)
	}
}

// TestDegradedIsLogged, and the question only where that is wanted.
func TestDegradedIsLogged(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.library.degraded = []string{"index"}
	for _, logged := range []bool{false, true} {
		f.deps.LogQuestions = logged
		f.serve(t)
		for _, path := range []string{"/api/search", "/api/query"} {
			line := f.lines(t, "POST", path, `{"question":"why so?","selection":"hush"}`)[0]
			if !strings.Contains(line, "degraded=[index]") {
				t.Errorf("%s does not say what was missing: %s", path, line)
			}
			if strings.Contains(line, `question="why so?"`) != logged || strings.Contains(line, "hush") {
				t.Errorf("questions logged: %v; %s", logged, line)
			}
		}
	}
}
