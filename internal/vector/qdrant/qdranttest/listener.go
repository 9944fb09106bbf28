package qdranttest

import (
	"net"
	"sync"
)

// listener remembers its connections, so that they can be broken.
type listener struct {
	net.Listener

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func newListener(l net.Listener) *listener {
	return &listener{Listener: l, conns: make(map[net.Conn]bool)}
}

func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[conn] = true
	return &noticed{conn, l}, nil
}

// breakAll closes all connections without a word.
func (l *listener) breakAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.conns {
		_ = conn.Close()
	}
	clear(l.conns)
}

// noticed is a connection that its listener forgets when it is closed.
type noticed struct {
	net.Conn

	from *listener
}

func (c *noticed) Close() error {
	c.from.mu.Lock()
	delete(c.from.conns, c.Conn)
	c.from.mu.Unlock()
	return c.Conn.Close()
}
