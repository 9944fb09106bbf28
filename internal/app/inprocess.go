package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/httpapi"
)

// Client returns a client of this process's own API, which acts as the built-in account. No
// port is opened; requests are not logged unless they fail, and not counted as readers' are.
func (a *App) Client() (*client.Client, error) {
	handler, err := a.handler(slog.New(warnings{a.Log.Handler()}))
	if err != nil {
		return nil, err
	}
	return client.New("http://in.process", "", inProcess{handler, a.Local})
}

// inProcess is the round trip from a client to the handler of the same process.
type inProcess struct {
	handler http.Handler
	caller  book.Principal
}

// RoundTrip serves the request as the local account. The response's body streams.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(httpapi.WithPrincipal(r.Context(), t.caller))
	if served.Body == nil {
		served.Body = http.NoBody
	}
	served.RequestURI = r.URL.RequestURI()
	reader, writer := io.Pipe()
	w := &pipedResponse{header: http.Header{}, body: writer, started: make(chan struct{})}
	go func() {
		defer func() {
			if recover() != nil { // a handler that gives up half-way panics, as net/http expects
				w.WriteHeader(http.StatusInternalServerError)
				_ = writer.CloseWithError(io.ErrUnexpectedEOF)
				return
			}
			w.WriteHeader(http.StatusOK)
			_ = writer.Close()
		}()
		t.handler.ServeHTTP(w, served)
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

// warnings passes on what is logged as a warning or worse.
type warnings struct{ to slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.to.Enabled(ctx, level)
}

func (w warnings) Handle(ctx context.Context, r slog.Record) error { return w.to.Handle(ctx, r) }

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.to.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.to.WithGroup(name)} }
