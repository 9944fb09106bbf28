package matrix

import (
	"context"
	"strings"
	"sync"

	"google.golang.org/grpc"

	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// place is where a step goes.
type place int

const (
	anywhere place = iota
	inPostgres
	inQdrant
)

// plan says what happens at a step of a replica.
type plan struct {
	at place
	// before is called before the step and may take its time.
	before func()
	// after is called after a message to PostgreSQL, before the answer is passed on, which is lost
	// if it returns false.
	after func() bool
	// fault is what Qdrant suffers, if the step is a call of it.
	fault qdranttest.Fault
	// call makes the call of Qdrant in another way.
	call func(ctx context.Context, method string, send func(context.Context) error) error
}

// steps counts the steps of a replica.
type steps struct {
	mu   sync.Mutex
	plan *plan
	left int // until the plan's step
}

// arm lets the plan happen at the n-th step from now, counted from 1.
func (s *steps) arm(p plan, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan, s.left = &p, n
}

// disarm forgets the plan and reports whether its step had come.
func (s *steps) disarm() (reached bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = nil
	return s.left <= 0
}

// next counts a step and returns what is planned for it.
func (s *steps) next(at place) *plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plan == nil || s.plan.at != anywhere && s.plan.at != at {
		return nil
	}
	if s.left--; s.left != 0 {
		return nil
	}
	return s.plan
}

// message is a step to PostgreSQL.
func (r *replica) message() (answered func() bool) {
	p := r.steps.next(inPostgres)
	if p == nil {
		return nil
	}
	if p.before != nil {
		p.before()
	}
	return p.after
}

// call is a step to Qdrant.
func (r *replica) call(
	ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	send := func(ctx context.Context) error {
		return invoke(ctx, method, request, reply, conn, options...)
	}
	p := r.steps.next(inQdrant)
	if p == nil {
		return send(ctx)
	}
	if p.before != nil {
		p.before()
	}
	name := strings.TrimPrefix(method, "/qdrant.")
	if p.fault != "" {
		r.world.qdrant.Inject(name, p.fault)
	}
	if p.call != nil {
		return p.call(ctx, name, send)
	}
	return send(ctx)
}
