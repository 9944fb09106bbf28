package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
)

// A Client is where a folder can be brought.
var _ ingest.Target = (*Client)(nil)

// serve returns a client of a server that answers with handle.
func serve(t *testing.T, handle http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	c, err := New(server.URL+"/", "lk_key", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNew(t *testing.T) {
	for _, address := range []string{"", "localhost:8080", "ftp://x", "http://", "://", "http://a b"} {
		if _, err := New(address, "", nil); book.CodeOf(err) != book.Invalid {
			t.Errorf("New(%q): %v", address, err)
		}
	}
}

// TestHidesCredentials: no message repeats the password in the address of a server.
func TestHidesCredentials(t *testing.T) {
	away := transport(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
	for _, answer := range []http.RoundTripper{away, answering(500, "no JSON"), answering(200, "no JSON")} {
		c, err := New("http://ada:hunter2@lectern.example:80/book/", "", answer)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Search(t.Context(), Question{Question: "q"})
		if message := book.MessageOf(err); strings.Contains(err.Error(), "hunter2") ||
			!strings.Contains(message, "http://lectern.example:80/book ") {
			t.Error(err)
		}
	}
	for address, want := range map[string]string{
		"http://ada:hunter2@x/@y": "http://x/@y", "ftp://ada:hunter2@x": `"ftp://x"`,
		"ada:hunter2@x:80": `"x:80"`, "http://ada:hunter2/@x": `"http://x"`, "://ada:hunter2@x": `"://x"`,
		"ada:hunter2@": `""`,
	} {
		got := Shown(address)
		if _, err := New(address, "", nil); err != nil {
			got = err.Error()
		}
		if strings.Contains(got, "hunter2") || !strings.Contains(got, want) {
			t.Errorf("%s is shown as %s", address, got)
		}
	}
}

func TestRequests(t *testing.T) {
	for _, test := range []struct {
		call       func(*Client) error
		line, body string
	}{
		{
			func(c *Client) error { _, err := c.Search(t.Context(), Question{Question: "q", TopK: 3}); return err },
			"POST /api/search", `{"question":"q","top_k":3}`,
		},
		{func(c *Client) error {
			_, err := c.Ask(t.Context(), Question{Question: "q", Selection: "words"})
			return err
		}, "POST /api/query", `{"question":"q","selection":"words"}`},
		{
			func(c *Client) error { _, err := c.Document(t.Context(), "a/b c?é"); return err },
			"GET /api/documents/a%2Fb%20c%3F%C3%A9", "",
		},
		{func(c *Client) error { return c.Remove(t.Context(), "a/b") }, "DELETE /api/documents/a%2Fb", ""},
		{
			func(c *Client) error { _, err := c.SetVisibility(t.Context(), "a", book.Private); return err },
			"PATCH /api/documents/a", `{"visibility":"private"}`,
		},
		{func(c *Client) error {
			_, err := c.Put(t.Context(), ingest.Request{DocID: "a", Text: "x", Source: "s", TakeOver: true})
			return err
		}, "POST /api/ingest", `{"doc_id":"a","text":"x","source":"s","take_over":true}`},
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if got := r.Method + " " + r.RequestURI; got != test.line || string(body) != test.body {
				t.Errorf("%s %s, want %s %s", got, body, test.line, test.body)
			}
			if got := r.Header.Get("Authorization"); got != "Bearer lk_key" {
				t.Errorf("%s: Authorization is %q", test.line, got)
			}
			io.WriteString(w, "{}")
		})
		if err := test.call(c); err != nil {
			t.Errorf("%s: %v", test.line, err)
		}
	}
}

// TestNoOtherResource: a doc_id such as "." must not become the address of something else.
func TestNoOtherResource(t *testing.T) {
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s was sent", r.Method, r.RequestURI)
	})
	for _, id := range []string{"", ".", "..", "a/../b"} {
		_, read := c.Document(t.Context(), id)
		_, changed := c.SetVisibility(t.Context(), id, book.Public)
		for _, err := range []error{read, changed, c.Remove(t.Context(), id)} {
			if book.CodeOf(err) != book.Invalid {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
}

func TestDocumentsReadsEveryPage(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if query.Get("source") != "s" || query.Get("mine") != "true" {
			t.Errorf("the query is %v", query)
		}
		if query.Get("cursor") == "" {
			io.WriteString(w, `{"items":[{"doc_id":"a","chunks":2},{"doc_id":"b"}],"next_cursor":"n"}`)
			return
		}
		io.WriteString(w, `{"items":[{"doc_id":"c"}],"next_cursor":null}`)
	})
	got, err := c.SourceDocuments(t.Context(), "s")
	want := []book.Document{{DocID: "a", Chunks: 2}, {DocID: "b"}, {DocID: "c"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name    string
		handle  http.HandlerFunc
		code    book.Code
		message string
		retry   time.Duration
	}{
		{"problem", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "70")
			w.WriteHeader(http.StatusTooManyRequests)
			io.WriteString(w, `{"title":"Too Many","detail":"slow down","code":"rate_limited"}`)
		}, book.RateLimited, "slow down", 70 * time.Second},
		{"problem with fields", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			io.WriteString(w, `{"detail":"bad","code":"invalid","errors":[{"location":"body.top_k",`+
				`"message":"too many"}]}`)
		}, book.Invalid, "top_k: too many", 0},
		{"another server", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<html>Bad gateway", http.StatusBadGateway)
		}, book.Unavailable, "is it a Lectern server?", 0},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "<html>")
		}, book.Unavailable, "broke off", 0},
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"passages":[`)
		}, book.Unavailable, "broke off", 0},
	} {
		_, err := serve(t, test.handle).Search(t.Context(), Question{Question: "q"})
		if book.CodeOf(err) != test.code || !strings.Contains(book.MessageOf(err), test.message) {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if e, ok := errors.AsType[*book.Error](err); !ok || e.RetryAfter != test.retry {
			t.Errorf("%s: retry after %v", test.name, e)
		}
		if strings.Contains(err.Error(), "lk_key") {
			t.Errorf("%s: the error shows the key: %v", test.name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := serve(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := c.Search(ctx, Question{}); book.CodeOf(err) != book.Canceled {
		t.Errorf("a canceled search: %v", err)
	}
}

func FuzzResponse(f *testing.F) {
	f.Add(200, `{"passages":[{"doc_id":"a"}]}`)
	f.Add(401, `{"code":"unauthenticated","detail":"no"}`)
	f.Add(500, `{"code":5}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			t.Skip()
		}
		c, err := New("http://x", "", answering(status, body))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Search(t.Context(), Question{Question: "q"})
		if status >= 300 && err == nil {
			t.Errorf("status %d is no error", status)
		}
	})
}

// answering is a transport that gives every request the same response.
func answering(status int, body string) http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{}, Request: r,
			Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestWaitsForItsTurn: a request that came too often is sent again when the server says so.
func TestWaitsForItsTurn(t *testing.T) {
	calls := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !strings.Contains(string(body), "question") {
			t.Errorf("call %d has the body %q, %v", calls, body, err)
		}
		if calls++; calls == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			io.WriteString(w, `{"detail":"slow down","code":"rate_limited"}`)
			return
		}
		io.WriteString(w, `{}`)
	})
	if _, err := c.Search(t.Context(), Question{Question: "q"}); err != nil || calls != 2 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
