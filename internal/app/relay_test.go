package app

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// relay stands between clients and a server and looks at whose turn it is on each connection. So it
// counts round trips as the network has them, whatever they are for.
type relay struct {
	server string
	mu     sync.Mutex
	trips  int
	waited time.Duration
}

// relayTo puts a relay before the server of a database's URL and returns the URL that goes through
// it.
func relayTo(t testing.TB, databaseURL string) (*relay, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{server: u.Host}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { r.serve(client) })
		}
	})
	t.Cleanup(func() { listener.Close(); group.Wait() })
	u.Host = listener.Addr().String()
	return r, u.String()
}

func (r *relay) serve(client net.Conn) {
	server, err := net.Dial("tcp", r.server)
	if err != nil {
		client.Close()
		return
	}
	turn := &turn{relay: r}
	var group sync.WaitGroup
	group.Go(func() { pass(server, client, turn.asked) })
	group.Go(func() { pass(client, server, turn.answered) })
	group.Wait()
}

// pass copies until one side has ended, and then ends both.
func pass(to, from net.Conn, seen func()) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		seen()
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// turn is whose it is on one connection, and since when the server has been asked or had answered.
type turn struct {
	*relay
	servers bool
	since   time.Time
}

func (t *turn) asked() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.servers {
		t.trips++
	}
	t.servers, t.since = true, time.Now()
}

func (t *turn) answered() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.since.IsZero() {
		t.waited += time.Since(t.since)
	}
	t.servers, t.since = false, time.Now()
}

// take returns the round trips since it was last called and how long the server took for them, the
// way from here to there and back included.
func (r *relay) take() (trips int, waited time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	trips, waited = r.trips, r.waited
	r.trips, r.waited = 0, 0
	return trips, waited
}
