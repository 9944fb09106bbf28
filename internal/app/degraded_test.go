package app

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/faults/proxy"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// cuttable is a server in full mode, and the ways to its stores.
type cuttable struct {
	t                 *testing.T
	address           string
	database, vectors *proxy.Proxy
}

func serveCuttable(t *testing.T) *cuttable {
	t.Helper()
	u, err := url.Parse(pgtest.Migrated(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &cuttable{
		t: t, database: proxy.Start(t, u.Host),
		vectors: proxy.Start(t, qdranttest.Start(t, qdranttest.Options{}).Address()),
	}
	u.Host = c.database.Address()
	a, err := Open(t.Context(), config.Config{
		DatabaseURL: u.String(), QdrantURL: c.vectors.Address(), Collection: "book", Access: "public",
		SigningKey: strings.Repeat("random-k", config.MinSigningKey/8),
	}, slog.New(slog.DiscardHandler), "serve")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	_, err = a.Ingest.Ingest(t.Context(), ingest.Request{
		OwnerID: a.Local.UserID, DocID: "foxes",
		Text: "# Foxes\n\nFoxes dig dens under the roots of old trees.",
	})
	if err != nil {
		t.Fatal(err)
	}
	c.address, _ = serveApp(t, a, Service{})
	return c
}

// reply is what matters of an answer.
type reply struct {
	Status     int               `json:"-"`
	RetryAfter bool              `json:"-"`
	Type       string            `json:"-"`
	Parts      map[string]string `json:"parts"`
	Degraded   []string          `json:"degraded"`
	Passages   []json.RawMessage `json:"passages"`
	Answer     string            `json:"answer"`
	Refused    bool              `json:"refused"`
}

func (c *cuttable) call(method, path string, body io.Reader) reply {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.address+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	got := reply{
		Status: response.StatusCode, RetryAfter: response.Header.Get("Retry-After") != "",
		Type: response.Header.Get("Content-Type"),
	}
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		c.t.Fatal(err)
	}
	return got
}

func (c *cuttable) ask(path string) reply {
	c.t.Helper()
	return c.call("POST", path, strings.NewReader(`{"question":"What do foxes dig?"}`))
}

// mustFind wants both ways of asking to find the page, without what is named.
func (c *cuttable) mustFind(degraded ...string) {
	c.t.Helper()
	found, answered := c.ask("/api/search"), c.ask("/api/query")
	if found.Status != http.StatusOK || len(found.Passages) == 0 {
		c.t.Errorf("search: %+v", found)
	}
	if answered.Status != http.StatusOK || answered.Refused ||
		!strings.Contains(answered.Answer, "dig dens") {
		c.t.Errorf("query: %+v", answered)
	}
	for _, r := range []reply{found, answered} {
		if diff := cmp.Diff(append([]string{}, degraded...), r.Degraded); diff != "" {
			c.t.Errorf("degraded (-want +got):\n%s", diff)
		}
	}
}

// mustFail wants asking to be refused for now.
func (c *cuttable) mustFail() {
	c.t.Helper()
	for _, path := range []string{"/api/search", "/api/query", "/api/documents"} {
		r := c.ask(path)
		if path == "/api/documents" {
			r = c.call("GET", path, http.NoBody)
		}
		if r.Status != http.StatusServiceUnavailable || !r.RetryAfter ||
			r.Type != "application/problem+json" {
			c.t.Errorf("%s: %+v, want 503 with Retry-After", path, r)
		}
	}
}

// mustSay wants the server to be alive and to say which part is down.
func (c *cuttable) mustSay(database, vectors string) {
	c.t.Helper()
	parts := map[string]string{"database": database, "vectors": vectors, "docs": "ok"}
	status := http.StatusOK
	if database != "ok" || vectors != "ok" {
		status = http.StatusServiceUnavailable
	}
	for path, want := range map[string]int{"/api/health": http.StatusOK, "/api/ready": status} {
		r := c.call("GET", path, http.NoBody)
		if r.Status != want {
			c.t.Errorf("%s: %d, want %d", path, r.Status, want)
		}
		if diff := cmp.Diff(parts, r.Parts); diff != "" {
			c.t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// comesBack waits until the server is ready, by itself.
func (c *cuttable) comesBack() {
	c.t.Helper()
	for c.call("GET", "/api/ready", http.NoBody).Status != http.StatusOK {
		select {
		case <-c.t.Context().Done():
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	c.mustSay("ok", "ok")
	c.mustFind()
}

// TestDegraded cuts a running server off from its stores, and lets it have them again.
func TestDegraded(t *testing.T) {
	c := serveCuttable(t)
	c.mustSay("ok", "ok")
	c.mustFind()

	c.vectors.Refuse(true)
	c.mustFind("vector_index")
	c.mustSay("ok", "down")
	c.vectors.Refuse(false)
	c.comesBack()

	c.database.Refuse(true)
	c.mustFail()
	c.mustSay("down", "ok")
	c.database.Refuse(false)
	c.comesBack()

	c.vectors.Refuse(true)
	c.database.Refuse(true)
	c.mustFail()
	c.mustSay("down", "down")
	c.database.Refuse(false)
	c.vectors.Refuse(false)
	c.comesBack()
}
