package embedtest

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/embed"
)

// Stub is a provider's server over a Fake. It answers as the provider would, until a script tells it
// to misbehave. It is safe for concurrent use.
type Stub struct {
	*httptest.Server
	*Fake

	mu     sync.Mutex
	script []http.HandlerFunc
	calls  int
}

// NewStub starts a Stub that ends with the test. serve makes the handler that speaks the provider's
// wire format.
func NewStub(t testing.TB, fake *Fake, serve func(s *Stub) http.HandlerFunc) *Stub {
	s := &Stub{Fake: fake}
	well := serve(s)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := s.next(); fault != nil {
			fault(w, r)
			return
		}
		well(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *Stub) next() http.HandlerFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if len(s.script) == 0 {
		return nil
	}
	fault := s.script[0]
	s.script = s.script[1:]
	return fault
}

// Script sets what the next requests get, one each. Later ones are answered well.
func (s *Stub) Script(faults ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = faults
}

// Calls returns how many requests came so far.
func (s *Stub) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Vectors embeds texts. They are not of length 1, and a text without words has one too: the models
// of providers are like that.
func (s *Stub) Vectors(r *http.Request, texts []string) ([][]float32, error) {
	documents := make([]embed.Text, len(texts))
	for i, text := range texts {
		documents[i].Text = text
	}
	vectors, err := s.EmbedDocuments(r.Context(), documents)
	for i, vector := range vectors {
		if vector == nil {
			vector = make([]float32, s.Space().Dimensions)
			vector[0] = 1
			vectors[i] = vector
		}
		for d := range vector {
			vector[d] *= 3
		}
	}
	return vectors, err
}

// AppendVector appends a vector as a JSON array; NaN and infinity as Python writes them.
func AppendVector(to []byte, vector []float32) []byte {
	to = append(to, '[')
	for i, x := range vector {
		if i > 0 {
			to = append(to, ',')
		}
		to = strconv.AppendFloat(to, float64(x), 'g', -1, 32)
	}
	return append(to, ']')
}

// Reply is a response of this status and JSON body. headers are names and values in turn.
func Reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// Cut ends the connection in the middle of a response that looked well.
func Cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"embeddings":[{"values":[0.1,`))
	panic(http.ErrAbortHandler)
}

// Hang answers nothing until the client has gone, or a minute is over.
func Hang(_ http.ResponseWriter, r *http.Request) {
	buffer := make([]byte, 1<<10) // only behind the body is the end of the connection seen
	for {
		if _, err := r.Body.Read(buffer); err != nil {
			break
		}
	}
	select {
	case <-r.Context().Done():
	case <-time.After(time.Minute):
	}
}
