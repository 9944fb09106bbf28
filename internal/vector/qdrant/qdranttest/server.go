// Package qdranttest is a stand-in for a Qdrant server: the part of its gRPC services that Lectern
// uses, as strict as the real one is documented and was seen to be, with faults to inject.
// Where the real one is random (the order of equal scores, what is left of a refused batch), so is
// this one. testdata/qdrant-golden.json holds what the real engine answers, and a test compares.
//
// It knows what Lectern asks for and answers Unimplemented to the rest. It is one node with one
// shard, compares every vector, and makes every write searchable before it answers.
package qdranttest

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// Options say how the server is set up.
type Options struct {
	// APIKey, if not empty, must come with each call; ReadOnlyKey is one that may not write.
	APIKey, ReadOnlyKey string
	// Path is the file that keeps the data; memory does without one.
	Path string
	// Lenient lets filters name keys that have no index, as a server without strict mode does.
	Lenient bool
	// Forgetful acknowledges points that it would take at once and keeps none, for those who measure
	// what stands before a server.
	Forgetful bool
	// AnyDistance lets collections be made that compare by something else than cosine, though
	// they are searched by cosine.
	AnyDistance bool
}

// maxRequest is the longest request in bytes that the server takes, by default.
const maxRequest = 32 << 20

// Server is a stand-in. It serves between Listen and Stop.
type Server struct {
	options Options
	faults  faults
	last    atomic.Pointer[metadata.MD]

	mu      sync.RWMutex // guards the data
	journal *journal
	engine  *engine

	serving struct {
		sync.Mutex
		grpc     *grpc.Server
		listener *listener
		done     sync.WaitGroup
	}
}

// New returns a server that holds what its file holds.
func New(options Options) (*Server, error) {
	j, err := openJournal(options.Path)
	if err != nil {
		return nil, err
	}
	s := &Server{options: options, journal: j, engine: newEngine()}
	s.replay()
	return s, nil
}

// Start returns a server without a file that listens on a free port until the test ends.
func Start(t testing.TB, options Options) *Server {
	t.Helper()
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Listen(l)
	t.Cleanup(s.Stop)
	return s
}

// Listen serves in the background.
func (s *Server) Listen(l net.Listener) {
	s.serving.Lock()
	defer s.serving.Unlock()
	server := grpc.NewServer(
		grpc.UnaryInterceptor(s.intercept),
		grpc.MaxRecvMsgSize(maxRequest),
		// The client pings every ten seconds, also when nothing is under way.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime: time.Second, PermitWithoutStream: true,
		}),
	)
	qdrant.RegisterQdrantServer(server, healthService{})
	qdrant.RegisterCollectionsServer(server, collectionsService{Server: s})
	qdrant.RegisterPointsServer(server, pointsService{Server: s})
	s.serving.grpc, s.serving.listener = server, newListener(l)
	s.serving.done.Go(func() { _ = server.Serve(s.serving.listener) })
}

// Address is host:port of the listener.
func (s *Server) Address() string {
	s.serving.Lock()
	defer s.serving.Unlock()
	return s.serving.listener.Addr().String()
}

// Stop refuses and breaks all connections. Calls under way end without an answer.
func (s *Server) Stop() {
	s.serving.Lock()
	defer s.serving.Unlock()
	s.serving.grpc.Stop()
	s.serving.done.Wait()
}

// Close closes the file of a stopped server.
func (s *Server) Close() error { return s.journal.close() }

// Writes is how many changes the server has taken. A refused upsert may be two.
func (s *Server) Writes() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.journal.changes)
}

// Restart stops a server that listens on TCP, keeps the first n changes as Reload does, and listens
// at the same address again.
func (s *Server) Restart(n int) error {
	address := s.Address()
	s.Stop()
	if err := s.Reload(n); err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s.Listen(l)
	return nil
}

// Reload does to the data of a stopped server what a restart does: the first n changes are there,
// the others are lost, as with a disk that did not keep its promise, or an older snapshot.
func (s *Server) Reload(n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.journal.truncate(n); err != nil {
		return err
	}
	s.replay()
	return nil
}

// replay builds the data anew from the journal.
func (s *Server) replay() {
	s.engine = newEngine()
	for _, change := range s.journal.changes {
		s.engine.apply(change)
	}
	for _, c := range s.engine.collections {
		c.reload()
	}
}

// change writes a checked change down and applies it. The caller holds mu.
func (s *Server) change(change proto.Message) error {
	if err := s.journal.add(change); err != nil {
		return err
	}
	s.engine.apply(change)
	return nil
}

// Optimize builds the segments of a collection anew: counts become exact, and dense vectors with
// quantisation are scored by int8 from then on.
func (s *Server) Optimize(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.engine.collections[name]; c != nil {
		c.rebuild(true)
	}
}
