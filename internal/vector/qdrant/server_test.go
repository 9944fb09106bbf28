package qdrant

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

func TestKeys(t *testing.T) {
	server := qdranttest.Start(t, qdranttest.Options{APIKey: testKey, ReadOnlyKey: "may-read"})
	writer := openAt(t, server.Address(), testKey)
	defer writer.Close()
	if err := writer.Ensure(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"", "some-wrong-key"} {
		x := openAt(t, server.Address(), key)
		defer x.Close()
		for _, m := range methods() {
			err := m.call(t.Context(), x)
			if book.CodeOf(err) != book.Unavailable || !strings.Contains(book.MessageOf(err), "key") {
				t.Errorf("%s with key %q: %v, want unavailable", m.name, key, err)
			}
			if key != "" && strings.Contains(err.Error(), key) {
				t.Errorf("%s shows the key: %v", m.name, err)
			}
		}
	}
	reader := openAt(t, server.Address(), "may-read")
	defer reader.Close()
	if err := reader.Ping(t.Context()); err != nil {
		t.Errorf("Ping with a key that may read: %v", err)
	}
	err := reader.Upsert(t.Context(), testSpace.ID(), testPoints(1))
	if book.CodeOf(err) != book.Unavailable {
		t.Errorf("Upsert with a key that may not write: %v, want unavailable", err)
	}
}

// TestKeyIsNotRepeated: a proxy may say back to us what we sent.
func TestKeyIsNotRepeated(t *testing.T) {
	x, err := Open(Config{
		URL: "localhost", APIKey: testKey, Interceptors: []grpc.UnaryClientInterceptor{
			func(context.Context, string, any, any, *grpc.ClientConn, grpc.UnaryInvoker,
				...grpc.CallOption,
			) error {
				return status.Error(codes.Internal, "bad header api-key: "+testKey)
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for _, m := range methods() {
		if err := m.call(t.Context(), x); err == nil || strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: %v, want an error without the key", m.name, err)
		}
	}
}

// TestServerDown: every method says so, and a search does not wait.
func TestServerDown(t *testing.T) {
	inBubble(t, func(t *testing.T, x *Index, server *qdranttest.Server) {
		server.Stop()
		for _, m := range methods() {
			start := time.Now()
			if err := m.call(t.Context(), x); book.CodeOf(err) != book.Unavailable {
				t.Errorf("%s: %v, want unavailable", m.name, err)
			}
			if m.isSearch && time.Since(start) > 0 {
				t.Errorf("%s took %s", m.name, time.Since(start))
			}
		}
	})
}

// TestServerComesLater: an index opens without its server and works when it is there; also when it
// is there again.
func TestServerComesLater(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	x := openAt(t, address, "")
	defer x.Close()
	if err := x.Ping(t.Context()); book.CodeOf(err) != book.Unavailable {
		t.Errorf("Ping: %v, want unavailable", err)
	}
	server, err := qdranttest.New(qdranttest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		server.Listen(l)
		for try := 0; x.Ensure(t.Context(), testSpace) != nil; try++ {
			if try == 100 {
				t.Fatal("the server is not found again")
			}
		}
		if err := x.Upsert(t.Context(), testSpace.ID(), testPoints(1)); err != nil {
			t.Fatal(err)
		}
		server.Stop()
	}
	if n := server.Writes(); n != 5 {
		t.Errorf("%d writes, want a collection, two indexes and two points", n)
	}
}

// TestServerForgets: with an older snapshot, the index shows what the server has, no more; and it
// writes again, also where the collection itself is gone.
func TestServerForgets(t *testing.T) {
	x, server := opened(t)
	id := testSpace.ID()
	points := testPoints(3)
	var marks []int
	for _, p := range points {
		marks = append(marks, server.Writes())
		if err := x.Upsert(t.Context(), id, []vector.Point{p}); err != nil {
			t.Fatal(err)
		}
	}
	for _, keep := range []int{server.Writes(), marks[2], marks[1], 0} {
		if err := server.Restart(keep); err != nil {
			t.Fatal(err)
		}
		if keep == 0 {
			break
		}
		refs, err := x.Scan(t.Context(), id, uuid.Nil, 10)
		for try := 0; book.CodeOf(err) == book.Unavailable && try < 100; try++ {
			refs, err = x.Scan(t.Context(), id, uuid.Nil, 10)
		}
		if want := keep - marks[0]; err != nil || len(refs) != want {
			t.Errorf("%d points, %v; want %d", len(refs), err, want)
		}
	}
	_, err := x.Count(t.Context(), id)
	for try := 0; book.CodeOf(err) == book.Unavailable && try < 100; try++ {
		_, err = x.Count(t.Context(), id)
	}
	err = x.Upsert(t.Context(), id, points)
	if book.CodeOf(err) != book.NotFound || errors.Is(err, vector.ErrMayLand) {
		t.Errorf("the collection is gone: %v, want not_found that cannot land", err)
	}
	if err := x.Ensure(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	if err := x.Upsert(t.Context(), id, points); err != nil || count(t, x) != 3 {
		t.Errorf("%d points, %v; want 3", count(t, x), err)
	}
}

// TestSearchScoresExactly: where the server scores by int8, Search does not.
func TestSearchScoresExactly(t *testing.T) {
	x, server := opened(t)
	points := make([]vector.Point, 300)
	for i := range points {
		points[i] = testPoint()
		for j := range points[i].Dense {
			points[i].Dense[j] = float32(rand.NormFloat64())
		}
		points[i].Dense = vector.Unit(points[i].Dense)
	}
	if err := x.Upsert(t.Context(), testSpace.ID(), points); err != nil {
		t.Fatal(err)
	}
	server.Optimize(x.collection(testSpace.ID()))
	q := vector.Query{Dense: points[0].Dense, Scopes: []book.Scope{"public"}, Limit: 20}
	hits, err := x.Search(t.Context(), testSpace.ID(), q)
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	for _, p := range points {
		var score float64
		for i := range p.Dense {
			score += float64(p.Dense[i]) * float64(q.Dense[i])
		}
		want = append(want, score)
	}
	slices.Sort(want)
	slices.Reverse(want)
	for i, h := range hits.Dense {
		if diff := h.Score - want[i]; diff > 1e-5 || diff < -1e-5 {
			t.Errorf("hit %d has score %v, want %v", i, h.Score, want[i])
		}
	}
}
