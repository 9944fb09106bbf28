package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// fullMode is a program over a PostgreSQL server and a stand-in for Qdrant.
type fullMode struct {
	*App
	handler http.Handler
	vectors *qdranttest.Server
}

func openFull(t testing.TB, databaseURL string, vectors qdranttest.Options) fullMode {
	t.Helper()
	f := fullMode{vectors: qdranttest.Start(t, vectors)}
	c := config.Config{
		DatabaseURL: databaseURL, QdrantURL: f.vectors.Address(), Collection: "bench",
		Access: "public", SigningKey: strings.Repeat("random-k", config.MinSigningKey/8),
	}
	var err error
	f.App, err = Open(t.Context(), c, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if f.handler, err = f.App.handler(slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fullMode) ingest(t testing.TB, docID, text string) {
	t.Helper()
	_, err := f.Ingest.Ingest(t.Context(), ingest.Request{
		OwnerID: f.Local.UserID, DocID: docID, Text: text,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ask asks as somebody without an account.
func (f fullMode) ask(t testing.TB, path, question string) string {
	t.Helper()
	body := strings.NewReader(`{"question":"` + question + `"}`)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, body)
	request.Header.Set("Content-Type", "application/json")
	response := httptest.NewRecorder()
	f.handler.ServeHTTP(response, request)
	if response.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, response.Code, response.Body)
	}
	return response.Body.String()
}

// TestRoundTrips: in full mode a search makes two round trips, one to each store, and an answer one
// more, for the evidence.
func TestRoundTrips(t *testing.T) {
	relay, databaseURL := relayTo(t, pgtest.Migrated(t))
	f := openFull(t, databaseURL, qdranttest.Options{})
	f.ingest(t, "foxes", "# Foxes\n\nFoxes dig dens under the roots of old trees.")
	f.ingest(t, "owls", "# Owls\n\nOwls sleep by day and hunt mice at night.")
	for path, want := range map[string]int{"/api/search": 1, "/api/query": 2} {
		f.ask(t, path, "What do foxes dig?") // prepares statements
		before := f.vectors.Calls("")
		relay.take()
		answer := f.ask(t, path, "When do owls hunt mice?")
		trips, _ := relay.take()
		if asked := f.vectors.Calls("") - before; trips != want || asked != 1 {
			t.Errorf("%s: %d round trips to PostgreSQL, want %d, and %d to Qdrant, want 1", path,
				trips, want, asked)
		}
		if !strings.Contains(answer, "hunt mice at night") {
			t.Errorf("%s: %s", path, answer)
		}
	}
}
