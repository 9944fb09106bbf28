package qdrant

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

const testKey = "a-key-that-nobody-may-see"

// inBubble runs a test with a server in memory and a clock that jumps. The bubble ends only when no
// goroutine of it is left: nothing leaks.
func inBubble(t *testing.T, test func(t *testing.T, x *Index, server *qdranttest.Server)) {
	synctest.Test(t, func(t *testing.T) {
		server, err := qdranttest.New(qdranttest.Options{APIKey: testKey})
		if err != nil {
			t.Fatal(err)
		}
		memory := bufconn.Listen(1 << 16)
		server.Listen(memory)
		x := openInMemory(t, memory, testKey)
		if err := x.Ensure(t.Context(), testSpace); err != nil {
			t.Fatal(err)
		}
		test(t, x, server)
		x.Close()
		server.Stop()
	})
}

func openInMemory(t *testing.T, memory *bufconn.Listener, key string) *Index {
	t.Helper()
	x, err := open(Config{URL: "127.0.0.1", APIKey: key}, grpc.WithContextDialer(
		func(ctx context.Context, _ string) (net.Conn, error) { return memory.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// method is one way to call the index, and the server's method that it comes down to.
type method struct {
	name string
	on   string
	call func(ctx context.Context, x *Index) error
	// once is what becomes of a fault in the first attempt, where it differs from others.
	isSearch, isUpsert bool
}

func methods() []method {
	id := testSpace.ID()
	points := testPoints(3)
	ids := []uuid.UUID{points[0].ID}
	fresh := testSpace
	fresh.PrefixVersion = 99
	return []method{
		{
			name: "Upsert", on: "Points/Upsert", isUpsert: true,
			call: func(ctx context.Context, x *Index) error { return x.Upsert(ctx, id, points) },
		},
		{
			name: "Delete", on: "Points/Delete",
			call: func(ctx context.Context, x *Index) error { return x.Delete(ctx, id, ids) },
		},
		{
			name: "Search", on: "Points/QueryBatch", isSearch: true,
			call: func(ctx context.Context, x *Index) error {
				_, err := x.Search(ctx, id, vector.Query{
					Dense: points[0].Dense, Scopes: []book.Scope{"public"}, Limit: 1,
				})
				return err
			},
		},
		{
			name: "Fetch", on: "Points/Get",
			call: func(ctx context.Context, x *Index) error {
				_, err := x.Fetch(ctx, id, ids)
				return err
			},
		},
		{
			name: "Scan", on: "Points/Scroll",
			call: func(ctx context.Context, x *Index) error {
				_, err := x.Scan(ctx, id, uuid.Nil, 1)
				return err
			},
		},
		{
			name: "Count", on: "Points/Count",
			call: func(ctx context.Context, x *Index) error {
				_, err := x.Count(ctx, id)
				return err
			},
		},
		{
			name: "Ensure, looking", on: "Collections/Get",
			call: func(ctx context.Context, x *Index) error { return x.Ensure(ctx, testSpace) },
		},
		{
			name: "Ensure, making", on: "Collections/Create",
			call: func(ctx context.Context, x *Index) error { return x.Ensure(ctx, fresh) },
		},
		{
			name: "Ensure, indexing", on: "Points/CreateFieldIndex",
			call: func(ctx context.Context, x *Index) error { return x.Ensure(ctx, fresh) },
		},
		{
			name: "Drop", on: "Collections/Delete",
			call: func(ctx context.Context, x *Index) error { return x.Drop(ctx, id) },
		},
		{
			name: "PointAlias", on: "Collections/UpdateAliases",
			call: func(ctx context.Context, x *Index) error { return x.PointAlias(ctx, id) },
		},
		{
			name: "Ping", on: "Collections/CollectionExists", isSearch: true,
			call: func(ctx context.Context, x *Index) error { return x.Ping(ctx) },
		},
	}
}

// each lists the faults. late: an upsert that suffers it may land later. passes: the next attempt
// may succeed. slow: the attempt ends only when its patience does.
var each = []struct {
	fault              qdranttest.Fault
	late, passes, slow bool
}{
	{fault: qdranttest.Refuse, late: true, passes: true},
	{fault: qdranttest.Break, late: true, passes: true},
	{fault: qdranttest.LoseAnswer, late: true, passes: true},
	{fault: qdranttest.Hang, late: true, passes: true, slow: true},
	{fault: qdranttest.TimeOut, late: true, passes: true, slow: true},
	{fault: qdranttest.Late, late: true, passes: true, slow: true},
	{fault: qdranttest.DiskFull, late: true},
	{fault: qdranttest.RateLimit, passes: true},
}

// TestFaultOnce: a fault that passes is not seen, but for what may land again.
func TestFaultOnce(t *testing.T) {
	for _, f := range each {
		for _, m := range methods() {
			t.Run(fmt.Sprintf("%s/%s", m.name, f.fault), func(t *testing.T) {
				inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
					before := server.Calls(m.on)
					server.Inject(m.on, f.fault)
					start := time.Now()
					err := m.call(t.Context(), x)
					failed := !f.passes || f.slow && m.isSearch
					late := m.isUpsert && f.late
					again := late || m.name == "Drop" && f.late
					switch {
					case failed && book.CodeOf(err) != book.Unavailable:
						t.Errorf("%v, want unavailable", err)
					case !failed && again && !errors.Is(err, vector.ErrLate):
						t.Errorf("%v, want ErrLate", err)
					case !failed && !again && err != nil:
						t.Errorf("%v, want nil", err)
					}
					if got := errors.Is(err, vector.ErrMayLand); got != (failed && late) {
						t.Errorf("ErrMayLand is %t", got)
					}
					if n := server.Calls(m.on) - before; failed && n != 1 {
						t.Errorf("%d attempts, want 1", n)
					}
					if f.fault == qdranttest.RateLimit && time.Since(start) != time.Second {
						t.Errorf("tried again after %s, not as the server advised", time.Since(start))
					}
					server.Deliver()
				})
			})
		}
	}
}

// TestFaultAgain: attempts are bounded, the error says that the server is not fit to answer, and
// the key is nowhere.
func TestFaultAgain(t *testing.T) {
	for _, f := range each {
		for _, m := range methods() {
			t.Run(fmt.Sprintf("%s/%s", m.name, f.fault), func(t *testing.T) {
				inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
					before := server.Calls(m.on)
					server.Inject(m.on, slices.Repeat([]qdranttest.Fault{f.fault}, 10)...)
					start := time.Now()
					err := m.call(t.Context(), x)
					if book.CodeOf(err) != book.Unavailable {
						t.Errorf("%v, want unavailable", err)
					}
					if got := errors.Is(err, vector.ErrMayLand); got != (m.isUpsert && f.late) {
						t.Errorf("ErrMayLand is %t", got)
					}
					want := maxAttempts
					if !f.passes || f.slow && m.isSearch {
						want = 1
					}
					if n := server.Calls(m.on) - before; n != want {
						t.Errorf("%d attempts, want %d", n, want)
					}
					if took := time.Since(start); took > writing.all {
						t.Errorf("took %s", took)
					}
					var known *book.Error
					if f.fault == qdranttest.RateLimit && errors.As(err, &known) &&
						known.RetryAfter != time.Second {
						t.Errorf("RetryAfter is %s", known.RetryAfter)
					}
					if strings.Contains(err.Error()+book.MessageOf(err), testKey) {
						t.Errorf("the key is shown: %v", err)
					}
					server.Deliver()
				})
			})
		}
	}
}

// TestFaultCallerGoes: the caller's deadline and cancellation end a call at once, and an upsert
// that was sent may land.
func TestFaultCallerGoes(t *testing.T) {
	for _, m := range methods() {
		t.Run(m.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
				for want, end := range map[book.Code]func() (context.Context, context.CancelFunc){
					book.Deadline: func() (context.Context, context.CancelFunc) {
						return context.WithTimeout(t.Context(), time.Second)
					},
					book.Canceled: func() (context.Context, context.CancelFunc) {
						ctx, cancel := context.WithCancel(t.Context())
						time.AfterFunc(time.Second, cancel)
						return ctx, cancel
					},
				} {
					server.Inject(m.on, qdranttest.Late)
					ctx, cancel := end()
					start := time.Now()
					err := m.call(ctx, x)
					cancel()
					if book.CodeOf(err) != want || time.Since(start) != time.Second {
						t.Errorf("%v after %s, want %s after 1s", err, time.Since(start), want)
					}
					if got := errors.Is(err, vector.ErrMayLand); got != m.isUpsert {
						t.Errorf("ErrMayLand is %t", got)
					}
				}
			})
		})
	}
}
