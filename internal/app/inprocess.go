package app

import (
	"io"
	"net/http"

	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/httpapi"
)

// Client returns a client of this process's own API, which acts as the built-in account. No
// port is opened.
func (a *App) Client() (*client.Client, error) {
	return client.New("http://in.process", "", inProcess{a})
}

// inProcess is the round trip from a client to the handler of the same process.
type inProcess struct{ app *App }

// RoundTrip serves the request as the local account. The response's body streams.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(httpapi.WithPrincipal(r.Context(), t.app.Local))
	if served.Body == nil {
		served.Body = http.NoBody
	}
	served.RequestURI = r.URL.RequestURI()
	reader, writer := io.Pipe()
	w := &pipedResponse{header: http.Header{}, body: writer, started: make(chan struct{})}
	go func() {
		defer func() {
			w.WriteHeader(http.StatusOK)
			_ = writer.Close()
		}()
		t.app.Handler.ServeHTTP(w, served)
	}()
	select {
	case <-w.started:
	case <-r.Context().Done():
		_ = reader.CloseWithError(r.Context().Err())
		return nil, r.Context().Err()
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1, Header: w.sent, Body: reader, ContentLength: -1, Request: r,
	}, nil
}

// pipedResponse is a ResponseWriter whose body is read at the other end of a pipe.
type pipedResponse struct {
	header  http.Header
	sent    http.Header
	status  int
	body    *io.PipeWriter
	started chan struct{}
}

func (w *pipedResponse) Header() http.Header { return w.header }

// Flush is there because streams want it; a pipe holds nothing back.
func (w *pipedResponse) Flush() {}

func (w *pipedResponse) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status, w.sent = status, w.header.Clone()
	close(w.started)
}

func (w *pipedResponse) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}
