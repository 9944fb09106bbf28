package qdranttest

import (
	"context"
	"math/rand/v2"
	"sync"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Fault is what happens to one call.
type Fault string

// The faults. "Later" is when Deliver is called.
const (
	Refuse      Fault = "refuse"       // Unavailable, and nothing is done
	Break       Fault = "break"        // nothing is done, and the connections break
	LoseAnswer  Fault = "lose answer"  // it is done, and the connections break
	Hang        Fault = "hang"         // nothing is done, and no answer comes
	TimeOut     Fault = "time out"     // it is done, and no answer comes
	Late        Fault = "late"         // it is done later, and no answer comes
	WaitTimeout Fault = "wait timeout" // a write is done later; the answer is a success of that name
	Duplicate   Fault = "duplicate"    // it is done and answered, and done again later
	DiskFull    Fault = "disk full"    // half of the points of an upsert are written; Internal
	RateLimit   Fault = "rate limit"   // ResourceExhausted, to be tried again after a second
)

// faults are those to come, by method, and what is to be delivered.
type faults struct {
	mu    sync.Mutex
	next  map[string][]Fault
	calls map[string]int
	later []func()
	roll  func() Fault
}

// Inject lets the next calls of a method fail, one after the other, each by a fault of the list;
// "" is no fault. Methods are named as in "Points/Upsert", "Collections/Get".
func (s *Server) Inject(method string, list ...Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if s.faults.next == nil {
		s.faults.next = make(map[string][]Fault)
	}
	s.faults.next[method] = append(s.faults.next[method], list...)
}

// Roll asks roll for the fault of each call that has none by Inject.
func (s *Server) Roll(roll func() Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.roll = roll
}

// Calls is how many calls of a method have come in, those that failed too; of all for "".
func (s *Server) Calls(method string) int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return s.faults.calls[method]
}

// Deliver does what was to be done later.
func (s *Server) Deliver() {
	s.faults.mu.Lock()
	later := s.faults.later
	s.faults.later = nil
	s.faults.mu.Unlock()
	for _, do := range later {
		do()
	}
}

// take counts a call and returns its fault.
func (f *faults) take(method string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = make(map[string]int)
	}
	f.calls[method]++
	f.calls[""]++
	if list := f.next[method]; len(list) > 0 {
		f.next[method] = list[1:]
		return list[0]
	}
	if f.roll != nil {
		return f.roll()
	}
	return ""
}

func (f *faults) postpone(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.later = append(f.later, do)
}

// suffer answers one call under a fault.
func (s *Server) suffer(
	ctx context.Context, fault Fault, request any, handle grpc.UnaryHandler,
) (any, error) {
	later := func() { _, _ = handle(context.WithoutCancel(ctx), request) }
	switch fault {
	case Refuse:
		return nil, status.Error(codes.Unavailable, "the server refuses")
	case Break, LoseAnswer:
		if fault == LoseAnswer {
			later()
		}
		s.breakConnections()
		return nil, status.Error(codes.Unavailable, "nobody reads this")
	case Hang, TimeOut, Late:
		if fault == TimeOut {
			later()
		}
		if fault == Late {
			s.faults.postpone(later)
		}
		<-ctx.Done()
		return nil, ctx.Err()
	case WaitTimeout:
		if !isPointsWrite(request) {
			return handle(ctx, request)
		}
		s.faults.postpone(later)
		return &qdrant.PointsOperationResponse{
			Result: &qdrant.UpdateResult{Status: qdrant.UpdateStatus_WaitTimeout},
		}, nil
	case Duplicate:
		s.faults.postpone(later)
		return handle(ctx, request)
	case DiskFull:
		writeHalf(ctx, request, handle)
		return nil, status.Error(codes.Internal, "Service internal error: No space left on device")
	case RateLimit:
		_ = grpc.SetTrailer(ctx, metadata.Pairs("retry-after", "1"))
		return nil, status.Error(codes.ResourceExhausted, "Rate limiting exceeded")
	}
	return handle(ctx, request)
}

func isPointsWrite(request any) bool {
	switch request.(type) {
	case *qdrant.UpsertPoints, *qdrant.DeletePoints:
		return true
	}
	return false
}

// RandomFaults returns what Roll asks: a share of calls suffers one of the faults that do not keep
// the caller waiting. The same seed gives the same faults. Duplicate is left out: no caller can
// know that what was answered is done again.
func RandomFaults(share float64, seed uint64) func() Fault {
	quick := []Fault{Refuse, Break, LoseAnswer, WaitTimeout, DiskFull}
	random := rand.New(rand.NewPCG(seed, 0))
	return func() Fault {
		if random.Float64() >= share {
			return ""
		}
		return quick[random.IntN(len(quick))]
	}
}

func writeHalf(ctx context.Context, request any, handle grpc.UnaryHandler) {
	if upsert, ok := request.(*qdrant.UpsertPoints); ok {
		half := proto.CloneOf(upsert)
		half.Points = half.GetPoints()[:len(half.GetPoints())/2]
		_, _ = handle(ctx, half)
	}
}

func (s *Server) breakConnections() {
	s.serving.Lock()
	defer s.serving.Unlock()
	s.serving.listener.breakAll()
}
