package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	address, _, _ := serve(t, "--data-dir", t.TempDir())
	port := address[strings.LastIndex(address, ":"):]
	succeed(t, nil, "health", "--server", address)
	succeed(t, nil, "health", "--listen", "0.0.0.0"+port)
	t.Setenv("LECTERN_LISTEN", port)
	succeed(t, nil, "health", "--ready")
}

func TestHealthFails(t *testing.T) {
	half := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/ready" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"code":"unavailable","detail":"not ready: see parts",` +
				`"parts":{"vector index":"down","relational store":"ok"}}`))
		}
	}))
	t.Cleanup(half.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	_ = closed.Close()

	succeed(t, nil, "health", "--server", half.URL)
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--server", half.URL, "--ready"}, exitFailure, "not ready: the vector index is down\n"},
		{[]string{"--listen", nobody}, exitFailure, "is it running?"},
		{[]string{"--server", "nowhere"}, exitUsage, "http://HOST:PORT"},
		{[]string{"--listen", "nowhere:port:too"}, exitUsage, "http://HOST:PORT"},
	} {
		r := lectern(t, append([]string{"health"}, test.args...)...)
		if r.code != test.code || !strings.Contains(r.stderr, test.want) {
			t.Errorf("health %q: exit %d, %q; want %d, %q", test.args, r.code, r.stderr, test.code, test.want)
		}
	}
}
