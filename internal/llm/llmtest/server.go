package llmtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/llm"
)

// Wire is a vendor's wire format, as its public documentation describes it.
type Wire interface {
	// Decode reads a call into the terms of the contract. It reports what the vendor would not take.
	Decode(r *http.Request, body []byte) (Call, error)
	// Frames are the server-sent events of an answer; call.Model is the model that was asked for.
	Frames(call Call, s Script) Frames
	// Refuse writes a refusal. False when the vendor has no such refusal.
	Refuse(w http.ResponseWriter, s Script) bool
	// ErrorEvent is an event that reports a fault in the middle of a stream.
	ErrorEvent() string
	// Models is the body of the list of models and Path where it is.
	Models() (path, body string)
}

// Call is what a caller sent.
type Call struct {
	Model     string
	Key       string
	System    string
	Messages  []llm.Message
	Tools     []llm.Tool
	MaxTokens int
}

// Frames are the events of an answer: one for each piece of text, and what comes around them.
type Frames struct {
	Head []string
	Text []string
	Tail []string
}

// Server is a stub provider.
type Server struct {
	URL string

	wire Wire
	http *httptest.Server

	mu      sync.Mutex
	scripts []Script
	calls   []Call
	header  http.Header
	faults  []error
	running int
	ended   chan struct{}
}

// NewServer starts a server on the loopback interface. Until it has a script it answers Answer.
func NewServer(t testing.TB, wire Wire) *Server {
	t.Helper()
	s := &Server{wire: wire, scripts: []Script{Answer()}, ended: make(chan struct{}, 1)}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	t.Cleanup(s.Close)
	return s
}

// Answer is the answer to Question.
func Answer() Script {
	return Script{
		Text:  []string{"A gyroscope measures ", "the rate of rotation", ". [1]"},
		Usage: llm.Usage{InputTokens: 120, OutputTokens: 9},
	}
}

// Play sets what the next calls get, one after the other; the last script is repeated.
func (s *Server) Play(scripts ...Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts = scripts
}

// Disconnect closes every connection.
func (s *Server) Disconnect() { s.http.CloseClientConnections() }

// Close ends every call and stops listening.
func (s *Server) Close() {
	s.Disconnect()
	s.http.Close()
}

// Calls are the calls so far, and what was wrong with them.
func (s *Server) Calls() ([]Call, []error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...), append([]error(nil), s.faults...)
}

// Header is that of the last call, nil if there was none.
func (s *Server) Header() http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.header
}

// Forget leaves out the calls so far, which a test of memory must not count.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// Idle reports whether no call is being answered, and waits for it at most that long.
func (s *Server) Idle(wait time.Duration) bool {
	deadline := time.After(wait)
	for {
		s.mu.Lock()
		running := s.running
		s.mu.Unlock()
		if running == 0 {
			return true
		}
		select {
		case <-s.ended:
		case <-deadline:
			return false
		}
	}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path, body := s.wire.Models(); r.Method == http.MethodGet && r.URL.Path == path {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
		return
	}
	call, script, ok := s.begin(w, r)
	defer s.end()
	if !ok {
		return
	}
	if _, refusal := refusals[script.Fault]; refusal && s.wire.Refuse(w, script) {
		return
	}
	s.stream(w, r, script, s.wire.Frames(call, script))
}

func (s *Server) begin(w http.ResponseWriter, r *http.Request) (Call, Script, bool) {
	body, _ := io.ReadAll(r.Body)
	call, err := s.wire.Decode(r, body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running++
	if err != nil {
		s.faults = append(s.faults, err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return call, Script{}, false
	}
	s.calls, s.header = append(s.calls, call), r.Header
	script := s.scripts[0]
	if len(s.scripts) > 1 {
		s.scripts = s.scripts[1:]
	}
	return call, script, true
}

func (s *Server) end() {
	s.mu.Lock()
	s.running--
	s.mu.Unlock()
	select {
	case s.ended <- struct{}{}:
	default:
	}
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request, script Script, frames Frames) {
	w.Header().Set("Content-Type", "text/event-stream")
	switch script.Fault {
	case Empty:
		return
	case WebPage:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>\n<p>data: sign in to the network</p>\n</html>\n")
		return
	}
	send := func(events ...string) {
		for _, event := range events {
			_, _ = io.WriteString(w, event)
			_ = http.NewResponseController(w).Flush()
		}
	}
	send(frames.Head...)
	if script.Slow > 0 {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(script.Slow):
		}
	}
	for i, text := range frames.Text {
		if script.Fault != "" && i == script.After {
			break
		}
		send(text)
	}
	switch script.Fault {
	case Cut:
		panic(http.ErrAbortHandler)
	case Silence:
		<-r.Context().Done()
	case BadEvent:
		next := strings.TrimSpace(frames.Text[script.After])
		send(next[:len(next)-5] + "\n\n")
	case ErrorEvent:
		send(s.wire.ErrorEvent())
	case NoFinish:
	default:
		send(frames.Tail...)
	}
}
