package httpapi

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// TestSlowBodyOverTheWire: whoever does not send the body that was announced gets an answer, and the
// connection ends; whether the body is wanted or not.
func TestSlowBodyOverTheWire(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		status  int
		within  time.Duration
	}{
		"wanted": {func(w http.ResponseWriter, r *http.Request) {
			if problem := readBody(w, r, jsonType, smallBody); problem != nil {
				problem.write(w)
			}
		}, http.StatusRequestTimeout, readTimeout(smallBody)},
		"refused": {func(w http.ResponseWriter, _ *http.Request) {
			newProblem(book.Errorf(book.Unauthenticated, "sign in")).write(w)
		}, http.StatusUnauthorized, maxDrainTime},
		"of no use": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		}, http.StatusNoContent, maxDrainTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, connection := net.Pipe()
				server := &http.Server{Handler: &outer{
					next: c.handler, log: slog.New(slog.DiscardHandler),
				}}
				defer server.Close()
				go server.Serve(&onePipe{connection, make(chan struct{})})
				began := time.Now()
				go io.WriteString(client, "POST / HTTP/1.1\r\nHost: a\r\n"+
					"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"q")
				_ = client.SetDeadline(began.Add(time.Hour))
				reader := bufio.NewReader(client)
				response, err := http.ReadResponse(reader, nil)
				if err != nil {
					t.Fatal(err)
				}
				_, err = io.Copy(io.Discard, response.Body)
				if err == nil {
					_, err = reader.ReadByte()
				}
				if response.StatusCode != c.status || err != io.EOF || time.Since(began) > c.within+time.Second {
					t.Errorf("status %d, then %v, after %v; want %d, then EOF, after %v",
						response.StatusCode, err, time.Since(began), c.status, c.within)
				}
			})
		})
	}
}

// onePipe is a listener with a single connection.
type onePipe struct {
	net.Conn
	closed chan struct{}
}

func (l *onePipe) Accept() (net.Conn, error) {
	if c := l.Conn; c != nil {
		l.Conn = nil
		return c, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *onePipe) Close() error {
	close(l.closed)
	return nil
}

func (l *onePipe) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "127.0.0.1:1" }
