package qdrant

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

func count(t *testing.T, x *Index) int {
	t.Helper()
	n, err := x.Count(t.Context(), testSpace.ID())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func idsOf(points []vector.Point) []uuid.UUID {
	ids := make([]uuid.UUID, len(points))
	for i, p := range points {
		ids[i] = p.ID
	}
	return ids
}

func TestUpsertBatches(t *testing.T) {
	inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
		if err := x.Upsert(t.Context(), testSpace.ID(), testPoints(1000)); err != nil {
			t.Fatal(err)
		}
		if n := server.Calls("Points/Upsert"); n != 8 || count(t, x) != 1000 {
			t.Errorf("%d batches, %d points; want 8 and 1000", n, count(t, x))
		}
	})
}

// TestUpsertStreams: two batches are on their way at once, never more.
func TestUpsertStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under, calls atomic.Int64
		start := time.Now()
		_, err := inParallel(slices.Collect(slices.Chunk(testPoints(1000), upsertBatch)),
			func([]vector.Point) (bool, error) {
				calls.Add(1)
				if n := under.Add(1); n > streams {
					t.Errorf("%d at once", n)
				}
				time.Sleep(time.Second)
				under.Add(-1)
				return false, nil
			})
		if err != nil || calls.Load() != 8 || time.Since(start) != 4*time.Second {
			t.Errorf("%d calls in %s, %v; want 8 in 4s", calls.Load(), time.Since(start), err)
		}
	})
}

// TestUpsertWaitTimeout: the server calls it a success, and it is none.
func TestUpsertWaitTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
		points, id := testPoints(2), testSpace.ID()
		server.Inject("Points/Upsert", qdranttest.WaitTimeout)
		if err := x.Upsert(t.Context(), id, points); !errors.Is(err, vector.ErrLate) {
			t.Errorf("once: %v, want ErrLate", err)
		}
		if err := x.Delete(t.Context(), id, idsOf(points)); err != nil {
			t.Fatal(err)
		}
		server.Deliver()
		if n := count(t, x); n != 2 {
			t.Errorf("%d points came back, want 2: the warning was right", n)
		}
		server.Inject("Points/Upsert", slices.Repeat([]qdranttest.Fault{"wait timeout"}, 3)...)
		err := x.Upsert(t.Context(), id, testPoints(1))
		if book.CodeOf(err) != book.Unavailable || !errors.Is(err, vector.ErrMayLand) {
			t.Errorf("each time: %v, want unavailable that may land", err)
		}
		server.Inject("Points/Delete", slices.Repeat([]qdranttest.Fault{"wait timeout"}, 3)...)
		if err := x.Delete(t.Context(), id, idsOf(points)); book.CodeOf(err) != book.Unavailable {
			t.Errorf("Delete: %v, want unavailable", err)
		}
	})
}

// TestUpsertDuplicate: a write that the network delivers twice changes nothing.
func TestUpsertDuplicate(t *testing.T) {
	inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
		server.Inject("Points/Upsert", qdranttest.Duplicate)
		points := testPoints(3)
		if err := x.Upsert(t.Context(), testSpace.ID(), points); err != nil {
			t.Fatal(err)
		}
		before, err := x.Scan(t.Context(), testSpace.ID(), uuid.Nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		server.Deliver()
		after, err := x.Scan(t.Context(), testSpace.ID(), uuid.Nil, 10)
		if diff := cmp.Diff(before, after); diff != "" || err != nil || len(after) != 3 {
			t.Errorf("%v %s", err, diff)
		}
	})
}

// TestUpsertPartOfBatches: one batch may land late and another fails for good.
func TestUpsertPartOfBatches(t *testing.T) {
	inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
		server.Inject("Points/Upsert", qdranttest.Late, "", qdranttest.RateLimit,
			qdranttest.RateLimit, qdranttest.RateLimit, qdranttest.RateLimit)
		err := x.Upsert(t.Context(), testSpace.ID(), testPoints(10*upsertBatch))
		if book.CodeOf(err) != book.Unavailable || !errors.Is(err, vector.ErrMayLand) {
			t.Errorf("%v, want unavailable that may land", err)
		}
		if n := server.Calls("Points/Upsert"); n >= 10 {
			t.Errorf("%d attempts: the batches after a failed one are sent all the same", n)
		}
	})
}

// TestUpsertRefusedByEngine: what is left of a refused batch comes to light at the next start.
func TestUpsertRefusedByEngine(t *testing.T) {
	inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
		x.dimensions.Store(testSpace.ID(), 5) // as if somebody had put another collection there
		points := testPoints(100)
		for i := range points {
			points[i].Dense = nil
		}
		points[7].Dense = []float32{1, 0, 0, 0, 0}
		err := x.Upsert(t.Context(), testSpace.ID(), points)
		if book.CodeOf(err) != book.Internal || !errors.Is(err, vector.ErrMayLand) {
			t.Errorf("%v, want internal that may land", err)
		}
		first := count(t, x)
		server.Stop()
		if err := server.Reload(server.Writes()); err != nil {
			t.Fatal(err)
		}
		memory := bufconn.Listen(1 << 16)
		server.Listen(memory)
		again := openInMemory(t, memory, testKey)
		defer again.Close()
		if then := count(t, again); first == 0 || then <= first || then >= 100 {
			t.Errorf("%d points, and %d after a restart; want some, then more, never all", first, then)
		}
	})
}

// TestUpsertNotSent: what never left cannot land. No connection, an ended context, a batch that
// waits behind a failed one.
func TestUpsertNotSent(t *testing.T) {
	inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
		server.Stop()
		err := x.Upsert(t.Context(), testSpace.ID(), testPoints(2))
		if book.CodeOf(err) != book.Unavailable || errors.Is(err, vector.ErrMayLand) {
			t.Errorf("server down: %v, want unavailable that cannot land", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err = x.Upsert(ctx, testSpace.ID(), testPoints(2))
		if book.CodeOf(err) != book.Canceled || errors.Is(err, vector.ErrMayLand) {
			t.Errorf("context ended: %v, want canceled that cannot land", err)
		}
	})
}

// TestUpsertSends looks at the requests: fixed ids in each attempt, and always wait.
func TestUpsertSends(t *testing.T) {
	server := qdranttest.Start(t, qdranttest.Options{})
	var sent []*qdrant.UpsertPoints
	x, err := Open(Config{
		URL: server.Address(), Alias: "test",
		Interceptors: []grpc.UnaryClientInterceptor{func(ctx context.Context, name string,
			request, answer any, conn *grpc.ClientConn, go_ grpc.UnaryInvoker, o ...grpc.CallOption,
		) error {
			if upsert, ok := request.(*qdrant.UpsertPoints); ok {
				sent = append(sent, upsert)
			}
			return go_(ctx, name, request, answer, conn, o...)
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.Ensure(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	server.Inject("Points/Upsert", qdranttest.Refuse)
	points := testPoints(3)
	if err := x.Upsert(t.Context(), testSpace.ID(), points); !errors.Is(err, vector.ErrLate) {
		t.Fatal(err)
	}
	if len(sent) != 2 {
		t.Fatalf("%d attempts, want 2", len(sent))
	}
	for _, attempt := range sent {
		if !attempt.GetWait() || len(attempt.GetPoints()) != 3 {
			t.Errorf("wait %t, %d points", attempt.GetWait(), len(attempt.GetPoints()))
		}
		for i, p := range attempt.GetPoints() {
			if p.GetId().GetUuid() != points[i].ID.String() {
				t.Errorf("point %d is sent as %s, want %s", i, p.GetId(), points[i].ID)
			}
		}
	}
}
