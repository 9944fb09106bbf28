package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// parrot is a provider of models that repeats all that it was told: keys, questions and texts.
type parrot struct {
	url  string
	mode atomic.Pointer[parroting]
}

// parroting is one way to do that. The zero value refuses everything but embeddings.
type parroting struct {
	name       string
	status     int
	kind       string // of the body: json, text or stream
	embeddings bool   // refused as well
	wait       bool   // say nothing until the caller has gone
}

func newParrot(t *testing.T) *parrot {
	t.Helper()
	p := new(parrot)
	p.mode.Store(&parroting{status: http.StatusBadRequest, kind: "json"})
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// ServeHTTP implements http.Handler.
func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	mode := p.mode.Load()
	if r.URL.Path == "/embeddings" && !mode.embeddings {
		var request struct{ Input []string }
		_ = json.Unmarshal(body, &request)
		sendVectors(w, request.Input)
		return
	}
	if mode.wait {
		<-r.Context().Done()
		return
	}
	told := fmt.Sprint(r.URL, r.Header, string(body))
	report := map[string]any{"message": told, "type": told, "code": told, "status": told, "param": told}
	text, _ := json.Marshal(map[string]any{"type": "error", "error": report, "message": told, "code": told})
	switch mode.kind {
	case "json":
		w.Header().Set("Content-Type", "application/json")
	case "text":
		text = []byte(told)
	case "stream":
		w.Header().Set("Content-Type", "text/event-stream")
		text = fmt.Appendf(nil, "event: error\ndata: %s\n\n", text)
	}
	w.WriteHeader(mode.status)
	_, _ = w.Write(text)
}

// sendVectors answers with a vector for each text.
func sendVectors(w http.ResponseWriter, texts []string) {
	type vector struct {
		Object    string    `json:"object"`
		Index     int       `json:"index"`
		Embedding []float64 `json:"embedding"`
	}
	list := []vector{}
	for i, text := range texts {
		v := vector{"embedding", i, make([]float64, 8)}
		for at, c := range []byte(text) {
			v.Embedding[(at+int(c))%8]++
		}
		list = append(list, v)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": list, "model": "e"})
}

// ways are all ways of a provider to fail while it repeats what it was told.
func ways() []parroting {
	var all []parroting
	for _, status := range []int{200, 400, 401, 402, 403, 404, 413, 429, 500, 503, 529} {
		for _, kind := range []string{"json", "text", "stream"} {
			all = append(all, parroting{
				name: fmt.Sprint(status, " ", kind), status: status, kind: kind, embeddings: true,
			})
		}
	}
	return all
}

// cut is the way to a database, which can be cut.
type cut struct {
	listener net.Listener
	mu       sync.Mutex
	open     []net.Conn
}

func cutTo(t *testing.T, databaseURL string) (*cut, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, server := &cut{listener: listener}, u.Host
	t.Cleanup(c.now)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				return
			}
			c.mu.Lock()
			c.open = append(c.open, client, upstream)
			c.mu.Unlock()
			go pass(upstream, client, func() {})
			go pass(client, upstream, func() {})
		}
	}()
	u.Host = listener.Addr().String()
	return c, u.String()
}

// now cuts it.
func (c *cut) now() {
	c.listener.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		conn.Close()
	}
}

// mailParrot is the address of a mail server that refuses everything with what it was told.
func mailParrot(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for n := 0; ; n++ {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go refuseMail(client, n%2 == 0)
		}
	}()
	return listener.Addr().String()
}

var mailVerbs = []string{"EHLO", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"}

// refuseMail refuses the password, or the recipient.
func refuseMail(client net.Conn, password bool) {
	defer client.Close()
	fmt.Fprint(client, "220 parrot\r\n")
	lines := bufio.NewScanner(client)
	for lines.Scan() {
		told := lines.Text()
		verb, _, _ := strings.Cut(told, " ")
		answered := !slices.Contains(mailVerbs, verb) // a challenge
		switch {
		case verb == "EHLO":
			fmt.Fprint(client, "250-parrot\r\n250 AUTH CRAM-MD5\r\n")
		case verb == "AUTH":
			fmt.Fprint(client, "334 PDFAcGFycm90Pg==\r\n")
		case answered && !password:
			fmt.Fprint(client, "235 ok\r\n")
		case answered, verb == "RCPT":
			fmt.Fprintf(client, "550 you said %s\r\n", told)
		default:
			fmt.Fprint(client, "250 ok\r\n")
		}
	}
}

// panicking is a store that panics with all that it was given.
type panicking struct{ store.Store }

func (panicking) BeginAttempt(_ context.Context, l []store.Limit) (time.Duration, error) {
	panic(fmt.Sprint(l, secretPassword))
}

func (panicking) CreateUser(_ context.Context, u book.User) (book.User, error) {
	panic(fmt.Errorf("no %+v", u))
}

func (panicking) RefreshToken(_ context.Context, hash []byte) (book.RefreshToken, error) {
	panic(string(hash))
}

func (panicking) LinkByHash(context.Context, book.LinkPurpose, []byte) (book.Link, error) {
	panic(map[string]string{secretQuestion: secretQuestion})
}

func (panicking) Baseline(_ context.Context, docID, space string) (store.Baseline, error) {
	panic(struct{ text string }{docID + space + secretQuestion})
}

func (panicking) CreateConversation(_ context.Context, c book.Conversation) (book.Conversation, error) {
	panic(c)
}

func (panicking) BeginTurn(_ context.Context, _ uuid.UUID, t store.Turn) error { panic(t) }

func (panicking) TermFrequencies(context.Context, []uint32) (map[uint32]int, int, error) {
	panic(secretQuestion)
}

func (panicking) Resolve(
	context.Context, store.ActiveSpace, []uuid.UUID, book.View,
) (map[uuid.UUID]book.Passage, error) {
	panic(fmt.Errorf("no %s", secretQuestion))
}

// localKey makes a key of an administrator.
func (w *secretWorld) localKey() (string, book.APIKey, error) {
	return w.Auth.CreateKey(w.t.Context(), w.Local, auth.KeyRequest{Permission: book.PermitAdmin})
}

func visibilityOf(docID string) book.Visibility {
	if docID == "private" {
		return book.Private
	}
	return book.Public
}

// asks are questions whose answers come at once or as a stream, with earlier turns and in a conversation
// that is kept.
func (w *secretWorld) asks() []call {
	var all []call
	body := fmt.Sprintf(`{"question":%q,"selection":%q,"conversation":[{"question":%q,"answer":%q}]}`,
		secretQuestion+"?", w.text("selection"), w.mark("before"), w.mark("said"))
	for _, accept := range []string{"application/json", "text/event-stream"} {
		all = append(all, call{
			http.MethodPost, "/api/query", "",
			map[string]string{"Content-Type": "application/json", "Accept": accept},
			body,
		}, call{
			http.MethodPost, "/api/query", "",
			map[string]string{
				"Content-Type": "application/json", "Accept": accept,
				"Authorization": "Bearer " + w.secrets["access token"],
			},
			fmt.Sprintf(`{"question":%q,"conversation_id":%q}`, secretQuestion, w.conversation),
		})
	}
	return all
}
