package app

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/tracing/tracingtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// secretWorld is a server whose every secret is known, and everything that it says.
type secretWorld struct {
	*App

	t         *testing.T
	url       string
	log       *lockedBuffer
	collector *tracingtest.Collector
	parrot    *parrot
	vectors   *qdranttest.Server // nil in embedded mode
	database  *cut
	document  map[string]any
	secrets   map[string]string // by what they are
	leaveOut  []string          // fields that example leaves out
	// conversation is the id of one of the reader's.
	conversation string
	found        map[string]bool // what was told, so that it is said once
	sent         int
	failures     int
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// secretQuestion is one that the book answers, so that models are asked.
const (
	secretQuestion = "zqQuestion what does a gyroscope measure"
	secretPassword = "zqPassword"
)

// mark is a text that stands nowhere else.
func (w *secretWorld) mark(of string) string {
	mark := "zqMark" + of
	w.secrets["the mark of "+of] = mark
	return mark
}

// text is what a field of this name holds: a secret, but for names of things, which are none.
func (w *secretWorld) text(field string) string {
	switch field {
	case "doc_id", "source", "chapter", "username", "login", "hand_over_to", "actor", "target", "to":
		return "name-of-" + field
	case "id", "user_id", "key_id", "invitation_id", "message_id", "conversation_id":
		return uuid.NewString()
	case "question", "text":
		return secretQuestion
	case "selection":
		return "zqMarked passage"
	case "email":
		return w.secrets["email"] + fmt.Sprint(w.sent) + "@example.org"
	case "password", "current_password", "new_password":
		return w.secrets["password"]
	case "refresh_token":
		return w.secrets["refresh token"]
	case "token", "invitation":
		return w.secrets["invitation"]
	}
	return w.mark(field)
}

// openSecrets opens a world; c says what is special about it.
func openSecrets(t *testing.T, full bool, c config.Config) *secretWorld {
	t.Helper()
	w := &secretWorld{
		t: t, log: new(lockedBuffer), collector: tracingtest.Start(t, tracingtest.HTTP), parrot: newParrot(t),
		leaveOut: []string{"conversation_id"}, found: map[string]bool{},
		secrets: map[string]string{
			"question": "zqQuestion", "marked passage": "zqMarked", "email": "zqmail",
			"password": secretPassword, "signing key": "zqSigning-0123456789-abcdefghijklmnop",
			"Gemini key": "zqGemini", "OpenAI key": "zqOpenAI", "Anthropic key": "zqClaude",
			"embedding key": "zqEmbedding", "Qdrant key": "zqQdrant", "SMTP password": "zqSMTP",
			"collector's header": "zqCollector", "administrator's password": "zqAdministrator",
			"a private document": "zqPrivate",
		},
	}
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization="+w.secrets["collector's header"])
	c.DataDir, c.Access, c.MetricsListen = t.TempDir(), "public", "127.0.0.1:0"
	c.SigningKey, c.Embedder, c.EmbeddingModel = w.secrets["signing key"], "openai", "e"
	c.EmbeddingDimensions, c.EmbeddingBaseURL = 8, w.parrot.url
	c.EmbeddingAPIKey = w.secrets["embedding key"]
	c.GeminiAPIKey, c.GeminiBaseURL = w.secrets["Gemini key"], w.parrot.url
	c.OpenAIAPIKey, c.OpenAIBaseURL = w.secrets["OpenAI key"], w.parrot.url
	c.Models.Order = "gemini,openai,claude,extractive"
	c.Models.GeminiModel, c.Models.OpenAIModel, c.Models.ClaudeModel = "g", "o", "c"
	c.Models.ClaudeAPIKey, c.Models.ClaudeBaseURL = w.secrets["Anthropic key"], w.parrot.url
	c.PublicURL, c.MailFrom = "https://ask.example.org", "book@example.org"
	c.SMTPURL = "smtp://mail:" + w.secrets["SMTP password"] + "@" + mailParrot(t)
	if full {
		w.vectors = qdranttest.Start(t, qdranttest.Options{APIKey: w.secrets["Qdrant key"]})
		w.database, c.DatabaseURL = cutTo(t, pgtest.Migrated(t))
		u, err := url.Parse(c.DatabaseURL)
		if err != nil {
			t.Fatal(err)
		}
		w.secrets["database's password"], _ = u.User.Password()
		c.QdrantURL, c.QdrantAPIKey = w.vectors.Address(), w.secrets["Qdrant key"]
		c.Collection = "secrets"
	}
	var err error
	w.App, err = Open(t.Context(), c, telemetry.NewLogger(w.log, slog.LevelDebug, true), "serve",
		WithTelemetry(telemetry.New(telemetry.Build{Version: "v1"})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	w.serve()
	w.signUp()
	return w
}

// serve serves the program as it is now.
func (w *secretWorld) serve() {
	w.t.Helper()
	handler, err := w.handler(w.Log)
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	w.t.Cleanup(server.Close)
	w.url = server.URL
}

// signUp gets every kind of secret that the server gives out, and fills the book.
func (w *secretWorld) signUp() {
	w.t.Helper()
	if err := w.openModels(hasty); err != nil {
		w.t.Fatal(err)
	}
	w.Answer = answer.New(w.Retrieve, w.Models, "")
	w.serve()
	account := fmt.Sprintf(`{"username":"ada","email":%q,"password":%q,"login":"ada"}`,
		w.text("email"), w.secrets["password"])
	made, _, err := w.localKey()
	if err != nil {
		w.t.Fatal(err)
	}
	w.secrets["admin's key"] = made
	w.json(http.MethodPost, "/api/auth/register", "", strings.Replace(account, `,"login":"ada"`, "", 1))
	login := fmt.Sprintf(`{"login":"ada","password":%q}`, w.secrets["password"])
	signedIn := w.json(http.MethodPost, "/api/auth/login", "", login)
	w.secrets["access token"] = signedIn["access_token"].(string)
	w.secrets["refresh token"] = signedIn["refresh_token"].(string)
	w.conversation = w.json(http.MethodPost, "/api/conversations", w.secrets["access token"],
		`{"title":"`+w.mark("title")+`"}`)["id"].(string)
	invited := w.json(http.MethodPost, "/api/invitations", made, `{"role":"reader"}`)
	w.secrets["invitation"] = invited["token"].(string)
	again := w.json(http.MethodPost, "/api/auth/login", "", login)
	w.secrets["cookie"] = again["refresh_token"].(string) + "." + again["access_token"].(string)
	for docID, text := range map[string]string{
		"imu":     "# Gyroscopes\n\nA gyroscope measures the rate of rotation about its axes, zqQuestion. zqMarked passage.",
		"private": "# Diary\n\nThe gyroscope's diary says zqPrivate.",
	} {
		_, err := w.Ingest.Ingest(w.t.Context(), ingest.Request{
			DocID: docID, Text: text, OwnerID: w.Local.UserID, Visibility: visibilityOf(docID),
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// hasty is a policy for tests that do not wait.
var hasty = llm.Policy{
	Answer: 20 * time.Second, FirstToken: 10 * time.Second, Stall: 10 * time.Second, Tries: 1,
	Backoff: 1, MaxBackoff: 1, Rest: 1,
}

// look looks for secrets in what was said.
func (w *secretWorld) look(where, said string, by call) {
	w.t.Helper()
	for what, secret := range w.secrets {
		if first := what + where[max(0, len(where)-8):]; strings.Contains(said, secret) && !w.found[first] {
			w.found[first] = true
			at := strings.Index(said, secret)
			w.t.Errorf("%s tells %s: ...%s... (last request: %s %s %.300s)", where, what,
				said[max(0, at-400):min(len(said), at+len(secret)+100)], by.method, by.path, by.body)
		}
	}
}

// check looks for secrets in all that the server has said so far.
func (w *secretWorld) check(after string) {
	w.t.Helper()
	w.look("after "+after+" the log", w.log.String(), call{})
	scraped := httptest.NewRecorder()
	w.Telemetry.Handler().ServeHTTP(scraped, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	w.look("after "+after+" a scrape", scraped.Body.String(), call{})
	if !strings.Contains(scraped.Body.String(), "lectern_http_request_duration_seconds") {
		w.t.Error("there are no metrics")
	}
}

// end closes the program and looks at what it has sent.
func (w *secretWorld) end() {
	w.t.Helper()
	_ = w.Close()
	w.check("the end")
	sent := w.collector.Text()
	w.look("the collector was told", sent, call{})
	if !strings.Contains(sent, "POST /api/query") || !strings.Contains(w.log.String(), "route") {
		w.t.Error("there are no traces, or no log")
	}
}
