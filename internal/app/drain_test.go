package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// draining is a server that is told to stop while it answers.
type draining struct {
	url  string
	stop func() error
	// delayed gets a value when the delay begins, and letting one through ends it.
	delayed chan bool
	// asked gets a value when the model is asked, which answers when released is closed.
	asked, released chan bool
}

func startDraining(t *testing.T, d Drain) draining {
	t.Helper()
	s := draining{delayed: make(chan bool), asked: make(chan bool), released: make(chan bool)}
	stub := llmtest.NewServer(t, openaitest.Wire{})
	held := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet { // the list of models
			stub.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body) // else nobody sees the caller go away
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.asked <- true
		select {
		case <-s.released:
			stub.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(held.Close)
	a, err := Open(t.Context(), config.Config{
		DataDir: t.TempDir(), Access: "public", OpenAIBaseURL: held.URL,
		Models: config.Models{Order: config.OpenAI, OpenAIModel: llmtest.Model},
	}, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ingest.Ingest(t.Context(), ingest.Request{
		OwnerID: a.Local.UserID, DocID: "imu",
		Text: "# Gyroscopes\n\nA gyroscope measures the rate of rotation about its axes.",
	}); err != nil {
		t.Fatal(err)
	}
	s.url, s.stop = serveApp(t, a, Service{Drain: d, sleep: func(asked time.Duration) {
		if asked != d.Delay {
			t.Errorf("the delay is %v, want %v", asked, d.Delay)
		}
		s.delayed <- true
		s.delayed <- true
	}})
	return s
}

// ask sends a question and returns a channel that gets all of the stream.
func (s draining) ask(t *testing.T) <-chan string {
	t.Helper()
	events := make(chan string, 1)
	go func() {
		request, _ := http.NewRequest(http.MethodPost, s.url+"/api/query",
			strings.NewReader(`{"question":"What does a gyroscope measure?"}`))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "text/event-stream")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			events <- err.Error()
			return
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			text = append(text, err.Error()...)
		}
		events <- string(text)
	}()
	<-s.asked
	return events
}

// TestDrain: a server that is told to stop is not ready at once, answers new connections during the
// delay, lets go of each, and ends when the answer that is under way is whole.
func TestDrain(t *testing.T) {
	s := startDraining(t, Drain{Delay: time.Hour, Grace: time.Minute})
	events := s.ask(t)
	check(t, s.url+"/api/ready", http.StatusOK, "")
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	<-s.delayed
	for _, path := range []string{"/api/ready", "/api/ready?degraded=true"} {
		check(t, s.url+path, http.StatusServiceUnavailable, "stopping")
	}
	response, err := (&http.Client{Transport: &http.Transport{}}).Get(s.url + "/api/health")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK || !response.Close {
		t.Errorf("during the delay: %s, connection closed: %v", response.Status, response.Close)
	}
	<-s.delayed
	eventually(t, "a port that is closed", func() bool {
		_, err := (&http.Client{Transport: &http.Transport{}}).Get(s.url + "/api/health")
		return err != nil
	})
	select {
	case err := <-stopped:
		t.Errorf("the server ended before its answer: %v", err)
	default:
	}
	close(s.released)
	if text := <-events; !strings.Contains(text, "event: done") {
		t.Errorf("the answer under way: %s", text)
	}
	if err := <-stopped; err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

// TestDrainOverrun: a stream that takes longer than the grace ends with an error event, and the server
// ends well all the same.
func TestDrainOverrun(t *testing.T) {
	s := startDraining(t, Drain{Grace: time.Nanosecond})
	events := s.ask(t)
	go func() { <-s.delayed; <-s.delayed }()
	if err := s.stop(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
	text := <-events
	_, last, _ := strings.Cut(text, "event: error\ndata: ")
	if !strings.Contains(text, "event: passages") || !strings.Contains(last, `"code":"unavailable"`) ||
		!strings.Contains(last, "stopping") || !strings.HasSuffix(last, "}\n\n") {
		t.Errorf("a stream that overruns: %s", text)
	}
}

// heldIndex holds back what is written until it is told to go on, or the writer gives up.
type heldIndex struct {
	vector.Index

	writing, goOn chan bool
}

func (x heldIndex) Upsert(ctx context.Context, spaceID string, points []vector.Point) error {
	x.writing <- true
	select {
	case <-x.goOn:
	case <-ctx.Done():
	}
	return x.Index.Upsert(ctx, spaceID, points)
}

// TestDrainIngest: an ingest that is under way when the server is told to stop is finished within the
// grace, or undone. The stores agree then.
func TestDrainIngest(t *testing.T) {
	for name, c := range map[string]struct {
		grace          time.Duration
		status, stored int
	}{
		"within the grace": {time.Minute, http.StatusCreated, 1},
		"beyond it":        {time.Nanosecond, http.StatusServiceUnavailable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			settings := config.Config{DataDir: t.TempDir(), Access: "public"}
			quiet := slog.New(slog.DiscardHandler)
			a, err := Open(t.Context(), settings, quiet, "command")
			if err != nil {
				t.Fatal(err)
			}
			held := heldIndex{a.Index, make(chan bool), make(chan bool)}
			a.Index = held
			a.wire()
			key, _, err := a.Auth.CreateKey(t.Context(), a.Local, auth.KeyRequest{Permission: book.PermitIngest})
			if err != nil {
				t.Fatal(err)
			}
			url, stop := serveApp(t, a, Service{Drain: Drain{Grace: c.grace}})
			status := make(chan int, 1)
			go func() { status <- put(url, key) }()
			<-held.writing
			stopped := make(chan error, 1)
			go func() { stopped <- stop() }()
			if c.stored > 0 {
				eventually(t, "a closed port", func() bool { return closed(url) })
				close(held.goOn)
			}
			if got := <-status; got != c.status {
				t.Errorf("the ingest ends with %d, want %d", got, c.status)
			}
			if err := <-stopped; err != nil {
				t.Errorf("the server ends with %v", err)
			}
			agree(t, settings, c.stored)
		})
	}
}

// closed reports whether nobody listens at url. It asks for nothing: a request might be taken.
func closed(url string) bool {
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err == nil {
		connection.Close()
	}
	return err != nil
}

// put ingests a document and returns the status, 0 when there is no server.
func put(url, key string) int {
	request, _ := http.NewRequest(http.MethodPost, url+"/api/ingest",
		strings.NewReader(`{"doc_id":"foxes","text":"# Foxes\n\nFoxes dig dens."}`))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// agree opens the book again and looks how many documents it has, and that the stores agree.
func agree(t *testing.T, c config.Config, documents int) {
	t.Helper()
	a, err := Open(t.Context(), c, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	list, err := a.Store.ListDocuments(t.Context(), store.DocumentQuery{
		View: book.View{All: true}, Limit: 10,
	})
	if err != nil || len(list) != documents {
		t.Errorf("%d documents, want %d: %v", len(list), documents, err)
	}
	found, err := a.Reconcile.Audit(t.Context(), 0)
	if err != nil || !found.Clean() {
		t.Errorf("an audit finds %+v, %v", found, err)
	}
	space, err := a.Store.ActiveSpace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := a.Index.Count(t.Context(), space.ID()); err != nil || n != documents {
		t.Errorf("%d points, want %d: %v", n, documents, err)
	}
}

// TestSlowHeader: a client that does not come to the end of its header is cut off.
func TestSlowHeader(t *testing.T) {
	f := newFront(slog.New(slog.DiscardHandler))
	if f.server.ReadHeaderTimeout <= 0 || f.server.ReadHeaderTimeout > time.Minute {
		t.Errorf("a header may take %v", f.server.ReadHeaderTimeout)
	}
	f.server.ReadHeaderTimeout = 50 * time.Millisecond
	l, err := Listen(t.Context(), "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = f.server.Serve(l) }()
	defer f.server.Close()
	slow, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	_ = slow.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.ReadAll(slow); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection is still open")
	}
}
