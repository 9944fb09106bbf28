//go:build failpoints

package replicas

import (
	"io"
	"net"
	"sync"
	"testing"
)

// proxy stands between a server and a store, so that the way between them can be cut.
type proxy struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	conns map[*link]bool
	down  bool
}

// link is a connection and its other half.
type link struct {
	in, out net.Conn
	mute    bool // what the store answers is swallowed
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, target: target, conns: map[*link]bool{}}
	t.Cleanup(func() { listener.Close(); p.cut() })
	go p.accept()
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.connect(in)
	}
}

func (p *proxy) connect(in net.Conn) {
	p.mu.Lock()
	down := p.down
	p.mu.Unlock()
	if down {
		in.Close()
		return
	}
	out, err := net.Dial("tcp", p.target)
	if err != nil {
		in.Close()
		return
	}
	l := &link{in: in, out: out}
	p.mu.Lock()
	p.conns[l] = true
	p.mu.Unlock()
	go func() { io.Copy(out, in); l.close() }()
	p.answers(l)
	p.mu.Lock()
	delete(p.conns, l)
	p.mu.Unlock()
}

// answers copies what the store says, unless acknowledgements are to be lost.
func (p *proxy) answers(l *link) {
	defer l.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.out.Read(buffer)
		p.mu.Lock()
		mute := l.mute
		p.mu.Unlock()
		if mute || err != nil {
			return // the request was done, and nobody hears of it
		}
		if _, err := l.in.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (l *link) close() {
	l.in.Close()
	l.out.Close()
}

// cut breaks all connections off.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.conns {
		l.close()
	}
}

// loseAnswers makes each connection break off with the next answer of the store.
func (p *proxy) loseAnswers() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.conns {
		l.mute = true
	}
}

// refuse turns connections away, and cuts those that are there, until it is told otherwise.
func (p *proxy) refuse(down bool) {
	p.mu.Lock()
	p.down = down
	p.mu.Unlock()
	if down {
		p.cut()
	}
}
