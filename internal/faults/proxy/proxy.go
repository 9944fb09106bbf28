// Package proxy stands between a program and a store, so that a test can break the way between
// them.
package proxy

import (
	"net"
	"sync"
	"testing"
)

// Proxy passes on what comes over its connections, until it is told otherwise. It is safe for
// concurrent use.
type Proxy struct {
	listener net.Listener
	target   *net.TCPAddr
	stop     sync.Once
	ended    chan struct{} // closed by Stop

	mu     sync.Mutex
	links  map[*link]bool
	watch  func() (answered func() bool)
	down   bool
	frozen bool
}

// link is a connection and its other half.
type link struct {
	in    net.Conn
	out   *net.TCPConn
	mute  bool          // what the store answers is swallowed
	asked []func() bool // of requests that are not answered yet
}

// Start listens until the test ends.
func Start(t testing.TB, target string) *Proxy {
	t.Helper()
	to, err := net.ResolveTCPAddr("tcp", target)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{
		listener: listener, target: to, ended: make(chan struct{}), links: map[*link]bool{},
	}
	t.Cleanup(p.Stop)
	go p.accept()
	return p
}

// Stop ends all connections, frozen ones too, and refuses new ones. It may be called again.
func (p *Proxy) Stop() {
	p.stop.Do(func() {
		_ = p.listener.Close()
		close(p.ended)
		p.Cut()
	})
}

// Address is host:port of the listener.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Watch calls request before each piece that the program sends is passed on, in whatever pieces
// they come, and what request returns before the first piece of the answer is, or when the
// connection ends without one; where that returns false, the connection breaks off instead. Either
// may be nil, and may take its time.
func (p *Proxy) Watch(request func() (answered func() bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = request
}

// Cut breaks all connections off.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.close()
	}
}

// LoseAnswers makes each connection break off with the next answer of the store.
func (p *Proxy) LoseAnswers() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.mute = true
	}
}

// Refuse turns connections away, and cuts those that are there, until it is told otherwise.
func (p *Proxy) Refuse(down bool) {
	p.mu.Lock()
	p.down = down
	p.mu.Unlock()
	if down {
		p.Cut()
	}
}

// Freeze is what the death of the program is to the store: its connections end. The program itself
// hears nothing any more until Stop, and its new connections stay without an answer.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = true
	for l := range p.links {
		_ = l.out.Close()
	}
}

func (p *Proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.connect(in)
	}
}

func (p *Proxy) connect(in net.Conn) {
	defer p.close(in)
	p.mu.Lock()
	away := p.down || p.frozen
	p.mu.Unlock()
	if away {
		return
	}
	out, err := net.DialTCP("tcp", nil, p.target)
	if err != nil {
		return
	}
	defer out.Close() //nolint:errcheck // it may be closed
	l := &link{in: in, out: out}
	p.mu.Lock()
	p.links[l] = true
	away = p.down || p.frozen // meanwhile
	p.mu.Unlock()
	if !away {
		go p.requests(l)
		p.answers(l)
	}
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
	p.deliver(l)
}

// close ends the program's half of a connection, when it may.
func (p *Proxy) close(in net.Conn) {
	p.mu.Lock()
	frozen := p.frozen
	p.mu.Unlock()
	if frozen {
		<-p.ended
	}
	_ = in.Close()
}

// requests copies what the program says, to its end: what was held up arrives although the program
// has gone.
func (p *Proxy) requests(l *link) {
	defer l.out.CloseWrite() //nolint:errcheck // it may be closed
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.in.Read(buffer)
		if n > 0 {
			p.ask(l)
			if _, err := l.out.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *Proxy) ask(l *link) {
	p.mu.Lock()
	watch := p.watch
	p.mu.Unlock()
	if watch == nil {
		return
	}
	answered := watch()
	if answered == nil {
		return
	}
	p.mu.Lock()
	over := !p.links[l]
	if !over {
		l.asked = append(l.asked, answered)
	}
	p.mu.Unlock()
	if over {
		answered()
	}
}

// answers copies what the store says, unless it is to be lost.
func (p *Proxy) answers(l *link) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.out.Read(buffer)
		if n == 0 && err != nil || !p.deliver(l) || p.isFrozen() {
			return // the request was done, and nobody hears of it
		}
		if _, err := l.in.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// deliver reports whether an answer may be passed on.
func (p *Proxy) deliver(l *link) bool {
	p.mu.Lock()
	asked, mute := l.asked, l.mute
	l.asked = nil
	p.mu.Unlock()
	for _, answered := range asked {
		mute = !answered() || mute
	}
	return !mute
}

func (p *Proxy) isFrozen() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.frozen
}

func (l *link) close() {
	_ = l.in.Close()
	_ = l.out.Close()
}
